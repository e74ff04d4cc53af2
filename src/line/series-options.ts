import type { SeriesBegin } from "../core/detector.js";
import type { PixelType } from "../core/frame.js";
import type { DetectorMask } from "./series-needs.js";

const TOP: Readonly<Record<PixelType, number>> = {
  uint8: 255,
  uint16: 65535,
  uint32: 4294967295,
  int16: 32767,
  int32: 2147483647,
  float32: Number.MAX_VALUE,
};
const BOTTOM: Readonly<Record<PixelType, number>> = {
  uint8: 0,
  uint16: 0,
  uint32: 0,
  int16: -32768,
  int32: -2147483648,
  float32: -Number.MAX_VALUE,
};

/**
 * Pixel values that are data, inclusive. Masked, dead and gap pixels hold the maximum of the type, with some firmware the one below
 * it (detectors reference §4; in 8 bit 254 is a count like any other); the begin message may name a saturation and an error value.
 */
export function countLimits(type: PixelType, begin: Pick<SeriesBegin, "saturation" | "errorValue">): { low: number; high: number } {
  if (type === "float32") return { low: -Number.MAX_VALUE, high: Number.MAX_VALUE };
  let low = BOTTOM[type] < 0 ? BOTTOM[type] + 1 : 0;
  let high = TOP[type] - (type === "uint16" || type === "uint32" ? 2 : 1);
  const { saturation, errorValue } = begin;
  if (saturation !== null && saturation > 1) high = Math.min(high, saturation - 1);
  if (errorValue !== null && errorValue < 0) low = Math.max(low, errorValue + 1);
  if (errorValue !== null && errorValue > 1) high = Math.min(high, errorValue - 1);
  return { low, high };
}

/** The mask of the stream and the configured one together; non-zero is masked. `problem`: why one is not used. */
export function combineMasks(
  frame: { height: number; width: number },
  stream: Uint8Array | null,
  given: DetectorMask | null,
): { mask: Uint8Array | null; problem: string | null } {
  const size = frame.height * frame.width;
  const sent = stream?.length === size ? stream : null;
  const frames = `${frame.height} x ${frame.width}`;
  const misfit = stream && !sent ? `the stream's mask has ${stream.length} pixels, the frames are ${frames}: it is not used` : null;
  if (!given) return { mask: sent, problem: misfit };
  if (given.height !== frame.height || given.width !== frame.width)
    return { mask: sent, problem: `the configured mask is ${given.height} x ${given.width}, the frames are ${frames}: it is not used` };
  return { mask: sent ? given.pixels.map((v, p) => (v !== 0 || sent[p] !== 0 ? 1 : 0)) : given.pixels, problem: misfit };
}
