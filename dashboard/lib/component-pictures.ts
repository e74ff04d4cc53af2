import { colourBytes } from "../../src/core/class-colours.js";
import { colourTable } from "./colour-tables.js";
import { percentile, sortedSample } from "./histogram.js";
import { type Curve, colourOf, type Look } from "./look.js";

/** Logarithm of a mean pattern: 1 + this is the ratio of the brightest to the darkest that is told apart. */
const STEEP = 999;
/** Part of the pixels that the colours must tell apart. */
const BRIGHT = 0.999;

/** A mean pattern as RGBA; clear where it has no value. */
export function drawRates(values: ArrayLike<number>, curve: Curve, out: Uint8ClampedArray): void {
  const high = percentile(sortedSample(Float32Array.from(values)), BRIGHT) || 1;
  const look: Look = { kind: "sequence", curve, low: 0, high, steep: STEEP, table: colourTable("magma") };
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (!Number.isNaN(v)) out.set([...colourOf(look, v), 255], 4 * i);
  }
}

const OTHERS = { dark: 44, light: 214 } as const;
/** Where some components are, as RGBA; other classes in one grey, clear where there is no result. */
export function drawPlace(
  labels: Float32Array,
  of: { readonly ids: ReadonlySet<number>; readonly color: string },
  dark: boolean,
  out: Uint8ClampedArray,
): void {
  const own = colourBytes(of.color);
  const other = dark ? OTHERS.dark : OTHERS.light;
  for (let i = 0; i < labels.length; i++) {
    const v = labels[i] as number;
    if (Number.isNaN(v)) continue;
    const [r, g, b] = of.ids.has(v) ? own : [other, other, other];
    out[4 * i] = r;
    out[4 * i + 1] = g;
    out[4 * i + 2] = b;
    out[4 * i + 3] = 255;
  }
}

/** Novelty beyond which colours are the same, σ. */
export const NOVELTY_ENDS = 10;
/** A map of novelties as RGBA, clear where there is no result. */
export function drawNovelty(values: ArrayLike<number>, dark: boolean, out: Uint8ClampedArray): void {
  const table = colourTable(dark ? "blue orange dark" : "blue orange");
  const look: Look = { kind: "signed", curve: "lin", low: -NOVELTY_ENDS, high: NOVELTY_ENDS, steep: STEEP, table };
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (!Number.isNaN(v)) out.set([...colourOf(look, v), 255], 4 * i);
  }
}
