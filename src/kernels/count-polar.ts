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
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] === 0) continue;
    end = listBin(bin, counts[bin], end, sum, out);
    if (end < 0) return -1;
  }
  end = listBin(counts.length, nearer, end, sum, out);
  return end < 0 ? -1 : listBin(counts.length + 1, sum - end, end, sum, out);
}

/** Lists a bin so many times from `end` on; answers the end after that, -1 for what are no whole counts or more than `most` in all. */
function listBin(bin: number, times: number, end: number, most: number, out: Uint16Array): number {
  const to = end + times;
  if (!(times >= 0 && to <= most && Number.isInteger(times))) return -1;
  for (let at = end; at < to; at++) out[at] = bin;
  return to;
}
