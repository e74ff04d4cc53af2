import type { FrameShape } from "../core/frame.js";
import { BYTES_PER_PIXEL, frameBytes } from "../core/frame.js";
import type { KernelInstance } from "./kernel-module.js";
import { DECODED, SIZE_MISMATCH, TRUNCATED } from "./pixel-lane.js";

/**
 * Decodes a payload of `length` bytes at `packed` in the memory of the kernels to `frame`, by way of `scratch`, as large as the frame.
 * 0, or a negative code of DECODE_ERRORS.
 */
export function unpackPayload(
  { bytes: memory, run }: KernelInstance,
  length: number,
  shape: FrameShape,
  frame: number,
  packed: number,
  scratch: number,
): number {
  const bytes = frameBytes(shape);
  if (shape.encoding === "none") {
    if (length !== bytes) return length < bytes ? TRUNCATED : SIZE_MISMATCH;
    memory().copyWithin(frame, packed, packed + length);
  } else {
    const code = unpack(run, shape, length, frame, bytes, packed, scratch);
    if (code !== DECODED) return code;
  }
  if (shape.bigEndian) run.swapBytes(frame, bytes, BYTES_PER_PIXEL[shape.type]);
  return DECODED;
}

function unpack(
  run: KernelInstance["run"],
  { encoding, element }: FrameShape,
  length: number,
  frame: number,
  bytes: number,
  packed: number,
  scratch: number,
): number {
  if (encoding === "lz4-block") return run.decodeLz4(packed, packed + length, frame, bytes);
  if (encoding === "lz4-hdf5") return run.decodeLz4Hdf5(packed, length, frame, bytes);
  return run.decodeBslz4(packed, length, frame, bytes, scratch, element);
}
