import type { PixelArray } from "../core/frame.js";
import { isInvalid } from "./measure-frame.js";
import type { LaneSetup } from "./pixel-lane.js";
import type { Summary } from "./summarise.js";

/** A summary of no frames. */
export function emptySummary(height: number, width: number): Summary {
  const pixels = height * width;
  return {
    height,
    width,
    frames: 0,
    sum: new Float64Array(pixels),
    squares: new Float64Array(pixels),
    max: new Float64Array(pixels).fill(Number.NaN),
    valid: new Uint32Array(pixels),
  };
}

/** Adds the valid pixels of one frame to the arrays of a summary; the number of frames is the caller's to count. */
export function accumulateFrame(pixels: PixelArray, setup: LaneSetup, { sum, squares, max, valid }: Summary): void {
  const { mask, low, high } = setup;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    if ((mask !== null && mask[i] !== 0) || isInvalid(value, low, high)) continue;
    sum[i] += value;
    squares[i] += value * value;
    if (!(max[i] >= value)) max[i] = value;
    valid[i]++;
  }
}
