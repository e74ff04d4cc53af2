import type { FrameShape } from "../core/frame.js";
import { BYTES_PER_PIXEL, frameBytes } from "../core/frame.js";
import type { KernelInstance } from "./kernel-module.js";
import { DECODED, SIZE_MISMATCH, TRUNCATED } from "./pixel-lane.js";

/**
 * Decodes a payload to `frame` in the memory of the kernels, by way of `packed` and `scratch`, as large as the payload and the frame.
 * 0, or a negative code of DECODE_ERRORS.
 */
export function unpackPayload(
  { bytes: memory, run }: KernelInstance,
  payload: Uint8Array,
  shape: FrameShape,
  frame: number,
  packed: number,
  scratch: number,
): number {
  const { length } = payload;
  const bytes = frameBytes(shape);
  if (shape.encoding === "none") {
    if (length !== bytes) return length < bytes ? TRUNCATED : SIZE_MISMATCH;
    memory().set(payload, packed);
    memory().copyWithin(frame, packed, packed + length);
  } else {
    memory().set(payload, packed);
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
