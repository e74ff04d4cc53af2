import type { FrameShape } from "../core/frame.js";
import { BYTES_PER_PIXEL, frameBytes } from "../core/frame.js";
import { decodeBslz4, decodeLz4Hdf5 } from "./decode-bslz4.js";
import { decodeLz4 } from "./decode-lz4.js";
import { checkShape, DECODED, payloadLimit, SIZE_MISMATCH, TRUNCATED } from "./pixel-lane.js";

function copyRaw(payload: Uint8Array, out: Uint8Array): number {
  if (payload.length !== out.length) return payload.length < out.length ? TRUNCATED : SIZE_MISMATCH;
  out.set(payload);
  return DECODED;
}

function unpack(payload: Uint8Array, shape: FrameShape, out: Uint8Array): number {
  switch (shape.encoding) {
    case "none":
      return copyRaw(payload, out);
    case "lz4-block":
      return decodeLz4(payload, 0, payload.length, out, 0, out.length);
    case "lz4-hdf5":
      return decodeLz4Hdf5(payload, out);
    case "bslz4":
      return decodeBslz4(payload, shape.element, out);
  }
}

/** Turns big-endian pixels of 2 or 4 bytes round, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Decodes a payload into `out`, which is frameBytes(shape) long. 0, or a negative code of DECODE_ERRORS (`out` is then undefined). */
export function decodeFrame(payload: Uint8Array, shape: FrameShape, out: Uint8Array): number {
  const fault = checkShape(shape);
  if (fault !== DECODED) return fault;
  if (out.length !== frameBytes(shape)) throw new Error(`a frame of ${frameBytes(shape)} bytes cannot go into ${out.length}`);
  if (payload.length > payloadLimit(shape)) return SIZE_MISMATCH;
  const code = unpack(payload, shape, out);
  if (code === DECODED && shape.bigEndian) swapBytes(out, BYTES_PER_PIXEL[shape.type]);
  return code;
}
