import { type FrameShape, frameBytes, type PixelArray, pixelArray } from "../core/frame.js";
import { decodeFrame } from "../kernels/decode-frame.js";
import { frameOf } from "./frame-of-array.js";
import { Problem } from "./problem.js";
import type { CborValue } from "./read-cbor.js";
import { describeArray } from "./typed-array.js";

/** Sides that a header announces; null: it does not. */
type Announced = readonly [height: number | null, width: number | null];

/**
 * An image in a header (mask, flat field), decoded; null where it is broken or of another size than the frames. A header
 * without announced sides yields none: nothing would bound what a few compressed bytes may ask for.
 */
export function unpackHeaderImage(shape: FrameShape, payload: Uint8Array, [height, width]: Announced): PixelArray | null {
  if (shape.height !== height || shape.width !== width) return null;
  const bytes = new Uint8Array(frameBytes(shape));
  return decodeFrame(payload, shape, bytes) === 0 ? pixelArray(shape.type, shape.height * shape.width, bytes.buffer) : null;
}

function described(value: CborValue, announced: Announced): PixelArray | null {
  const array = describeArray(value, "header array");
  if (array instanceof Problem) return null;
  const shape = frameOf(array, "header array");
  return shape instanceof Problem ? null : unpackHeaderImage(shape, array.payload, announced);
}

/** Non-zero: masked. Any bit counts: gap, dead, under-, over-responding, noisy. */
export function maskOf(pixels: PixelArray | null): Uint8Array | null {
  return pixels && !(pixels instanceof Float32Array) ? Uint8Array.from(pixels, (v) => (v === 0 ? 0 : 1)) : null;
}

export const flatfieldOf = (pixels: PixelArray | null): Float32Array | null => (pixels instanceof Float32Array ? pixels : null);

/** A pixel mask in CBOR; null where there is none that fits. */
export const readMask = (value: CborValue, height: number | null, width: number | null): Uint8Array | null =>
  maskOf(described(value, [height, width]));

/** A flat field in CBOR; null where there is none that fits. */
export const readFlatfield = (value: CborValue, height: number | null, width: number | null): Float32Array | null =>
  flatfieldOf(described(value, [height, width]));
