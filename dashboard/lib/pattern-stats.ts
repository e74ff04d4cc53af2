import type { PixelType } from "../../src/core/frame.js";
import { percentile, sortedSample } from "./histogram.js";
import { MASK } from "./layer-image.js";

/** A detector image ready to be drawn. */
export interface Pattern {
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  /** NaN where `mask` says so. */
  readonly values: Float32Array;
  readonly mask: Uint8Array;
  /** Over valid pixels. */
  readonly sum: number;
  readonly max: number;
  /** Highest value of the colour table: hot pixels lie above it. */
  readonly high: number;
  /** Centre of mass, px; null of an empty frame. */
  readonly com: { readonly row: number; readonly col: number } | null;
  /** Masked, dead or saturated pixels. */
  readonly invalid: number;
}

const FULL: Readonly<Partial<Record<PixelType, number>>> = { uint8: 255, uint16: 65_535, uint32: 4_294_967_295 };

/** Part of the pixels that the colour table must tell apart. */
const BRIGHT = 0.9995;

/**
 * Pixels of a frame with what is masked or saturated told apart: detectors mark both with the highest value of an
 * unsigned type, and with values below zero of a signed one; NaN in summaries.
 */
export function readPattern(height: number, width: number, type: PixelType, data: ArrayLike<number>): Pattern {
  const n = height * width;
  const values = new Float32Array(n);
  const mask = new Uint8Array(n).fill(MASK.present);
  const full = FULL[type];
  const signed = type === "int16" || type === "int32";
  let sum = 0;
  let max = 0;
  let invalid = 0;
  let byRow = 0;
  let byCol = 0;
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const i = r * width + c;
      const v = data[i] as number;
      if (v === full || (signed && v < 0) || Number.isNaN(v)) {
        values[i] = Number.NaN;
        mask[i] = MASK.masked;
        invalid++;
        continue;
      }
      values[i] = v;
      sum += v;
      byRow += v * r;
      byCol += v * c;
      if (v > max) max = v;
    }
  const high = percentile(sortedSample(values), BRIGHT) || max || 1;
  return { height, width, type, values, mask, sum, max, high, com: sum > 0 ? { row: byRow / sum, col: byCol / sum } : null, invalid };
}
