import { cellOf, isPlaced, type PolarGrid } from "./polar-bins.js";

/** Linear features per position. */
export const FEATURES = 16;

/**
 * Lists a frame that is listed in entries by polar bins about a centre: entries of the same form with the bin in place of the pixel, in the
 * same order. Counts nearer than the first ring or beyond the last are left out, and all of them for a centre that is not a number.
 * `table`: of the phase of the centre.
 */
export function listPolar(
  entries: Uint32Array,
  width: number,
  table: Uint16Array,
  { bins, steps, reach }: PolarGrid,
  row: number,
  col: number,
): Uint32Array {
  const out = new Uint32Array(entries.length);
  if (!isPlaced(row, col)) return out.subarray(0, 0);
  const side = 2 * reach + 1;
  let n = 0;
  for (let i = 0; i < entries.length; i++) {
    const pixel = entries[i] & 0x1ffffff;
    const r = Math.floor(pixel / width) - cellOf(row, steps) + reach;
    const c = (pixel % width) - cellOf(col, steps) + reach;
    if (r < 0 || r >= side || c < 0 || c >= side) continue;
    const bin = table[r * side + c] / 4;
    if (bin < bins) out[n++] = (entries[i] - pixel) | bin;
  }
  return out.subarray(0, n);
}

/** Sums of the counts of polar entries times the weights [bins, FEATURES] of their bins. */
export function projectPolar(entries: Uint32Array, weights: Float32Array): Float32Array {
  const out = new Float32Array(FEATURES);
  for (let i = 0; i < entries.length; i++) {
    const at = (entries[i] & 0x1ffffff) * FEATURES;
    for (let k = 0; k < FEATURES; k++) out[k] += (entries[i] >>> 25) * weights[at + k];
  }
  return out;
}
