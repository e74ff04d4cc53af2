import type { PixelArray } from "../core/frame.js";
import type { LaneSetup } from "./pixel-lane.js";
import { ADF_EDGE, DISK_EDGE } from "./pixel-lane.js";

/** The square of a radius for comparing with squared distances; nothing lies within one that is negative or not a number. */
export const squaredRadius = (radius: number): number => (radius >= 0 ? radius * radius : -1);

/** A value outside the limits, or none at all. */
export const isInvalid = (value: number, low: number, high: number): boolean => value < low || value > high || Number.isNaN(value);

/** Centre of mass from a moment and counts; NaN for counts that are not positive. */
const centreOf = (moment: number, counts: number): number => (counts > 0 ? moment / counts : Number.NaN);

/**
 * Turns what one pass over a frame has found into MEASURES at out[offset...]. `found`: sum, bf, counts within the dark field's inner edge,
 * row and column moment, counts near the disk, their row and column moment, highest value, invalid pixels.
 */
export function writeMeasures(found: ArrayLike<number>, row: number, col: number, out: Float64Array, offset: number): void {
  const sum = found[0];
  const disk = found[5];
  out[offset] = sum;
  out[offset + 1] = found[1];
  out[offset + 2] = sum - found[2];
  out[offset + 3] = centreOf(found[3], sum) - row;
  out[offset + 4] = centreOf(found[4], sum) - col;
  out[offset + 5] = disk;
  out[offset + 6] = centreOf(found[6], disk);
  out[offset + 7] = centreOf(found[7], disk);
  out[offset + 8] = found[8];
  out[offset + 9] = found[9];
}

/** The measures of PixelLane.measure, by the book: one loop over all pixels. */
export function measureFrame(
  pixels: PixelArray,
  setup: LaneSetup,
  out: Float64Array,
  offset: number,
  row: number,
  col: number,
  radius: number,
): void {
  const { width, mask, low, high } = setup;
  const bfEdge = squaredRadius(radius);
  const adfEdge = squaredRadius(ADF_EDGE * radius);
  const diskEdge = squaredRadius(DISK_EDGE * radius);
  let [sum, bf, within, momentRow, momentCol, disk, diskRow, diskCol, invalid, max] = [0, 0, 0, 0, 0, 0, 0, 0, 0, Number.NaN];
  for (let i = 0; i < pixels.length; i++) {
    if (mask !== null && mask[i] !== 0) continue;
    const value = pixels[i];
    if (isInvalid(value, low, high)) {
      invalid++;
      continue;
    }
    const c = i % width;
    const r = (i - c) / width;
    const distance = (r - row) * (r - row) + (c - col) * (c - col);
    if (!(max >= value)) max = value;
    sum += value;
    momentRow += value * r;
    momentCol += value * c;
    if (distance <= bfEdge) bf += value;
    if (distance <= adfEdge) within += value;
    if (distance <= diskEdge) {
      disk += value;
      diskRow += value * r;
      diskCol += value * c;
    }
  }
  writeMeasures([sum, bf, within, momentRow, momentCol, disk, diskRow, diskCol, max, invalid], row, col, out, offset);
}
