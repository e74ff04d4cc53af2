import type { DetectorArea } from "../../src/core/virtual-detector.js";
import { type Fields, isFields, list, number, numberOrNull, text } from "./read-fields.js";

/** A virtual detector as the daemon lists it. */
export interface ListedDetector {
  readonly id: string;
  readonly name: string;
  /** null: the profile of a component. */
  readonly area: DetectorArea | null;
  readonly component: number | null;
  /** Powers of row and col; null: it is no moment. */
  readonly moment: readonly [number, number] | null;
}

function readArea(raw: Fields): DetectorArea | null {
  const [inner, outer] = [numberOrNull(raw, "inner"), numberOrNull(raw, "outer")];
  if (inner === null || outer === null) return null;
  const [from, to] = [numberOrNull(raw, "from"), numberOrNull(raw, "to")];
  return { inner, outer, sector: from === null || to === null ? null : { from, to, fold: number(raw, "fold", 1) } };
}

function readMoment(raw: Fields): readonly [number, number] | null {
  const [rows, cols] = list(raw, "moment");
  return typeof rows === "number" && typeof cols === "number" ? [rows, cols] : null;
}

export const readDetectors = (body: unknown): readonly ListedDetector[] =>
  (isFields(body) ? list(body, "virtual_detectors") : [])
    .filter(isFields)
    .filter((raw) => text(raw, "id") !== "")
    .map((raw) => ({
      id: text(raw, "id"),
      name: text(raw, "name"),
      area: readArea(raw),
      component: numberOrNull(raw, "component"),
      moment: readMoment(raw),
    }));
