import type { Component, Explanation, ExplanationPart, Grain } from "../../src/core/components.js";
import { isFields, number, numberOrNull, part, text } from "./read-fields.js";

/** Most components and grains that the page takes. */
const MOST = 65_536;
const isId = (v: number | null): v is number => v !== null && Number.isInteger(v) && v >= 0;
const within = (v: number): number => Math.min(1, Math.max(0, v));

/** A component as the daemon tells it, or null where it has no id. */
export function readComponent(raw: unknown): Component | null {
  if (!isFields(raw)) return null;
  const id = numberOrNull(raw, "id");
  if (!isId(id)) return null;
  const color = text(raw, "color");
  return {
    id,
    fold: Math.max(0, Math.round(number(raw, "fold"))),
    name: text(raw, "name", `Class ${id}`),
    color: /^#[0-9a-f]{6}$/i.test(color) ? color : "#767676",
    share: within(number(raw, "share")),
    frozen: raw.frozen === true,
    background: raw.background === true,
  };
}

export function readGrain(raw: unknown): Grain | null {
  if (!isFields(raw)) return null;
  const [id, component] = [numberOrNull(raw, "id"), numberOrNull(raw, "component")];
  if (!isId(id) || !isId(component)) return null;
  return {
    id,
    component,
    angle: numberOrNull(raw, "angle"),
    fold: Math.max(0, Math.round(number(raw, "fold"))),
    area: Math.max(0, number(raw, "area")),
    row: number(raw, "row"),
    column: number(raw, "column"),
  };
}

function readPart(raw: unknown): ExplanationPart | null {
  if (!isFields(raw)) return null;
  const component = numberOrNull(raw, "component");
  return {
    component: isId(component) ? component : null,
    share: within(number(raw, "share")),
    angle: numberOrNull(raw, "angle"),
    fold: Math.max(0, Math.round(number(raw, "fold"))),
  };
}

function readWaits(raw: unknown): Explanation["waits"] {
  if (!isFields(raw)) return null;
  const at = (key: string) => ({ component: number(part(raw, key), "component", -1), grain: number(part(raw, key), "grain", -1) });
  return { shown: at("shown"), known: at("known") };
}

/** Which components explain a frame, as the daemon tells it; null where it does not say of which position. */
export function readExplanation(raw: unknown): Explanation | null {
  if (!isFields(raw)) return null;
  const [row, column] = [numberOrNull(raw, "row"), numberOrNull(raw, "column")];
  if (!isId(row) || !isId(column)) return null;
  const [alone, residual] = [number(raw, "alone", Number.NaN), number(raw, "residual", Number.NaN)];
  return {
    row,
    column,
    electrons: Math.max(0, number(raw, "electrons")),
    parts: readAll(raw.parts, readPart),
    alone,
    residual,
    waits: readWaits(raw.waits),
  };
}

/** What can be read of a list. */
export const readAll = <T>(raw: unknown, read: (one: unknown) => T | null): readonly T[] =>
  (Array.isArray(raw) ? raw.slice(0, MOST) : []).map(read).filter((one) => one !== null);
