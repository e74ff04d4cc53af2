import { BYTES_PER_PIXEL, type FrameShape, frameBytes, MAX_FRAME_BYTES, MAX_SIDE, PIXEL_TYPES, type PixelType } from "../core/frame.js";
import { Problem, quoted } from "./problem.js";

/** Sides of a frame in the order in which they stand on the wire. */
type Sides = readonly [first: number, second: number];

const isSide = (v: unknown): v is number => typeof v === "number" && Number.isSafeInteger(v) && v > 0;

/** Two positive integers; further dimensions of 1 at either end are squeezed away. */
export function readSides(dims: unknown): Sides | Problem {
  if (!Array.isArray(dims) || dims.length < 2 || dims.length > 8) return new Problem("bad-shape", "the shape is not two sides");
  let from = 0;
  let to = dims.length;
  while (to - from > 2 && dims[to - 1] === 1) to--;
  while (to - from > 2 && dims[from] === 1) from++;
  const [a, b] = dims.slice(from, to) as unknown[];
  if (to - from !== 2 || !isSide(a) || !isSide(b)) return new Problem("bad-shape", `the shape is not two positive integers`);
  if (a > MAX_SIDE || b > MAX_SIDE) return new Problem("too-large", `a side of ${Math.max(a, b)} pixels, at most ${MAX_SIDE} are accepted`);
  return [a, b];
}

export function readPixelType(name: unknown): PixelType | Problem {
  const type = PIXEL_TYPES.find((t) => t === name);
  return type ?? new Problem("bad-type", `pixel type ${quoted(name)}`);
}

/** A non-negative safe integer. */
export const isCount = (v: unknown): v is number => typeof v === "number" && Number.isSafeInteger(v) && v >= 0;

/** Big-endian u64 total and u32 block size in front of framed compression. */
const FRAMING = 12;

/** One byte of LZ4 makes at most 255. */
const LZ4_MOST = 256;

/** Once per frame: nothing is made for it. */
function bigEndian32(p: Uint8Array, at: number): number {
  const high = ((p[at] as number) << 8) | (p[at + 1] as number);
  return high * 0x10000 + (((p[at + 2] as number) << 8) | (p[at + 3] as number));
}

/** What can be said about a packed frame without unpacking it: `length` of these bytes from `from` on. */
export function checkPayload(shape: FrameShape, packed: Uint8Array, from = 0, length = packed.length): Problem | null {
  const bytes = frameBytes(shape);
  if (bytes > MAX_FRAME_BYTES) return new Problem("too-large", `a frame of ${bytes} bytes, at most ${MAX_FRAME_BYTES} are accepted`);
  if (shape.encoding === "none") {
    if (length === bytes) return null;
    const reason = length < bytes ? "truncated" : "size-mismatch";
    return new Problem(reason, `${length} bytes where ${shape.height} x ${shape.width} ${shape.type} need ${bytes}`);
  }
  const framed = shape.encoding !== "lz4-block";
  if (framed && length < FRAMING) return new Problem("truncated", `${length} bytes, the compression header alone takes ${FRAMING}`);
  if (length * LZ4_MOST < bytes) return new Problem("size-mismatch", `${length} compressed bytes can never make ${bytes}`);
  return framed ? checkFraming(shape, packed, from, bytes) : null;
}

function checkFraming(shape: FrameShape, packed: Uint8Array, from: number, bytes: number): Problem | null {
  const total = bigEndian32(packed, from) * 0x100000000 + bigEndian32(packed, from + 4);
  const block = bigEndian32(packed, from + 8);
  // the LiberTEM mock leaves the header of bslz4 empty: size from the shape, blocks of 8192
  if (shape.encoding === "bslz4" && total === 0 && block === 0) return null;
  if (total !== bytes) return new Problem("size-mismatch", `decodes to ${total} bytes, the shape needs ${bytes}`);
  if (block === 0) return new Problem("bad-encoding", "blocks of 0 bytes");
  if (shape.encoding === "bslz4" && block % (8 * shape.element) !== 0) {
    return new Problem("bad-encoding", `blocks of ${block} bytes are no multiple of ${8 * shape.element}`);
  }
  return null;
}

/** A bit transpose must divide the pixel into whole elements. */
export const fitsElement = (type: PixelType, element: number): boolean =>
  (element === 1 || element === 2 || element === 4) && BYTES_PER_PIXEL[type] % element === 0;
