import type { PixelArray } from "../core/frame.js";
import { isInvalid } from "./measure-frame.js";
import type { LaneSetup } from "./pixel-lane.js";
import { cellOf, isPlaced, type PolarGrid } from "./polar-bins.js";

/**
 * Counts per polar bin about a centre, in the order of the pixels, then those nearer than the first ring and those beyond the last within reach
 * of the table. `pixels` null: counts the pixels that the mask admits.
 */
export function countPolar(
  pixels: PixelArray | null,
  { height, width, mask, low, high }: LaneSetup,
  table: Uint16Array,
  { bins, steps, reach }: PolarGrid,
  row: number,
  col: number,
): Float64Array {
  const counts = new Float64Array(bins + 2);
  if (!isPlaced(row, col)) return counts;
  const [centreRow, centreCol] = [cellOf(row, steps), cellOf(col, steps)];
  for (let r = Math.max(0, centreRow - reach); r < Math.min(height, centreRow + reach + 1); r++)
    for (let c = Math.max(0, centreCol - reach); c < Math.min(width, centreCol + reach + 1); c++) {
      const at = r * width + c;
      if (mask !== null && mask[at] !== 0) continue;
      const value = pixels === null ? 1 : pixels[at];
      if (pixels !== null && isInvalid(value, low, high)) continue;
      counts[table[(r - centreRow + reach) * (2 * reach + 1) + c - centreCol + reach] / 4] += value;
    }
  return counts;
}

/**
 * Lists the events of a frame by their bins, in order: those nearer than the first ring as bin `counts.length`, those beyond the last as the
 * next one. `sum`: of all valid counts. Answers how many were written to `out`; -1 where they do not fit, or are no whole counts.
 */
export function listEvents(counts: Float32Array, nearer: number, sum: number, out: Uint16Array): number {
  if (!(sum <= out.length)) return -1;
  let end = 0;
  const list = (bin: number, times: number): boolean => {
    if (!(Number.isInteger(times) && times >= 0 && end + times <= sum)) return false;
    for (const to = end + times; end < to; end++) out[end] = bin;
    return true;
  };
  for (let bin = 0; bin < counts.length; bin++) if (counts[bin] !== 0 && !list(bin, counts[bin])) return -1;
  return list(counts.length, nearer) && list(counts.length + 1, sum - end) ? end : -1;
}
