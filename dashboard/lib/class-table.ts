import { CLASS_COLOURS, colourBytes, GRAIN_COLOURS } from "../../src/core/class-colours.js";
import type { Component } from "../../src/core/components.js";

/** Colours of classes begin again after these many; then they are hatched. */
const COLOURS = CLASS_COLOURS.length;
export const HATCHES = { none: 0, rising: 1, falling: 2, level: 3 } as const;
/** How far stripes are from the colour, towards black; of dark colours towards white. */
export const STRIPE = 0.5;
/** Relative luminance below which a colour is dark. */
export const DARK = 0.3;

/** The hatch of a class: none of the first eight, then three in turn. */
export const hatchOf = (id: number): number => (id < COLOURS ? HATCHES.none : 1 + ((Math.floor(id / COLOURS) - 1) % 3));

type Rgb = readonly [number, number, number];
export const isDark = ([r, g, b]: Rgb): boolean => 0.2126 * r + 0.7152 * g + 0.0722 * b < DARK * 255;

/** `as`: the class whose hatch it has; itself where nothing else is said. */
interface Shown extends Pick<Component, "id" | "color" | "share"> {
  readonly as?: number;
}
/** Colour table of a map of classes: entry id, and from 256 on again. What a series has wins over what it has not. */
export function classTable(components: readonly Shown[]): Uint8Array {
  const out = new Uint8Array(1024);
  const put = (id: number, colour: string, as = id): void => out.set([...colourBytes(colour), 255 - hatchOf(as)], 4 * (id % 256));
  for (let id = 0; id < 256; id++) put(id, CLASS_COLOURS[id % COLOURS] as string);
  for (const c of [...components].sort((a, b) => a.share - b.share || b.id - a.id)) put(c.id, c.color, c.as);
  return out;
}

/** Colour table of a map of grains. */
export function grainTable(): Uint8Array {
  const out = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) out.set([...(GRAIN_COLOURS[i % GRAIN_COLOURS.length] as Rgb), 255], 4 * i);
  return out;
}

const ANGLES = ["", "135deg", "45deg", "0deg"] as const;
/** CSS background of a swatch of a class, as the map has it. */
export function classFill(id: number, colour: string): string {
  const hatch = hatchOf(id);
  if (hatch === HATCHES.none) return colour;
  const rgb = colourBytes(colour);
  const to = isDark(rgb) ? 255 : 0;
  const stripe = `rgb(${rgb.map((v) => Math.round(v + STRIPE * (to - v))).join(" ")})`;
  return `repeating-linear-gradient(${ANGLES[hatch]}, ${stripe} 0 2px, ${colour} 2px 4px)`;
}
