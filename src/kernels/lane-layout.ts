import type { FrameShape, PixelType } from "../core/frame.js";
import { BYTES_PER_PIXEL, pixelArray } from "../core/frame.js";
import type { LaneSetup } from "./pixel-lane.js";
import type { Summary } from "./summarise.js";

/** Bytes after each buffer that vectors may touch (PAD in wasm/codes.ts). */
const PAD = 64;

/** Bytes after the pixels with one count that are read as well (GROUP in wasm/gather-planes.ts). */
const GROUP = 128;
/** Events that are listed before it is seen that there is no room for them (setPlanes in wasm/gather-planes.ts). */
const MORE_EVENTS = 128;

/**
 * Payloads of fewer `bytes` per pixel are taken for sparse, unless more than `events` of the pixels hold more than one count: where the time of
 * both ways was found equal (bench/kernels.ts), at about 0.3, 0.5 and 0.7 counts per pixel.
 */
const SPARSE: Readonly<Partial<Record<PixelType, { readonly bytes: number; readonly events: number }>>> = {
  uint8: { bytes: 0.2, events: 1 / 24 },
  uint16: { bytes: 0.24, events: 1 / 16 },
  uint32: { bytes: 0.29, events: 1 / 11 },
};

/** Numbers that the kernels answer to a frame: MEASURES come from the first ten; then what they read, and what polar counts add (wasm/kernels.ts). */
export const ABOUT = { row: 10, col: 11, bf: 12, adf: 13, disk: 14, rest: 15, beyond: 16, count: 17 } as const;

/** Addresses in the memory of the kernels: [answers | mask | summary | planes | polar bins | frame | payload | scratch]; the last two move with what is staged. */
export interface Layout {
  readonly mask: number;
  readonly sum: number;
  readonly squares: number;
  readonly max: number;
  readonly missed: number;
  readonly quickSum: number;
  readonly quickSquares: number;
  readonly tally: number;
  /** The summary ends here. */
  readonly planes: number;
  readonly ones: number;
  readonly admitted: number;
  readonly events: number;
  /** Events that fit; 0: frames of this type are never taken for sparse. */
  readonly capacity: number;
  readonly frame: number;
}

/** Room for bytes and their padding, in whole vectors. */
export const room = (bytes: number): number => Math.ceil(bytes / 16) * 16 + PAD;

/** The layout for frames of a series; its first buffer may begin at `base`. */
export function layOut(base: number, setup: LaneSetup): Layout {
  const size = BYTES_PER_PIXEL[setup.type];
  // Tail vectors span up to 16 pixels, in each of the arrays.
  const count = setup.height * setup.width + 16;
  let end = base;
  const take = (bytes: number): number => {
    const at = end;
    end += room(bytes);
    return at;
  };
  const mask = take(count * size);
  const [sum, squares, max, missed] = [take(8 * count), take(8 * count), take(size * count), take(4 * count)];
  const small = size < 4 ? count : 0;
  const [quickSum, quickSquares] = [take(4 * small), take(4 * size * small)];
  const most = SPARSE[setup.type]?.events ?? 0;
  const sparse = most > 0 ? 16 * Math.ceil(count / 128) : 0;
  const tally = take(32 * sparse);
  const [planes, ones, admitted] = [take(8 * size * (sparse + 16)), take(sparse + GROUP), take(sparse)];
  const capacity = Math.ceil(count * most);
  const events = take(16 * (capacity + MORE_EVENTS));
  return { mask, sum, squares, max, missed, quickSum, quickSquares, tally, planes, ones, admitted, events, capacity, frame: end };
}

/** Size of a payload, 1 where measuring it from its bits takes as long as decoding it first; infinite: it is nothing that has such bits. */
export function sparseness(length: number, { encoding, type, element, bigEndian, height, width }: FrameShape): number {
  const most = (SPARSE[type]?.bytes ?? 0) * height * width;
  return most > 0 && encoding === "bslz4" && element === BYTES_PER_PIXEL[type] && !bigEndian ? length / most : Number.POSITIVE_INFINITY;
}

/** Writes the mask as the kernels read it. Answers how many pixels it admits. */
export function writeMask(bytes: Uint8Array, { mask: at, admitted, capacity }: Layout, { height, width, type, mask }: LaneSetup): number {
  const size = BYTES_PER_PIXEL[type];
  let left = height * width;
  bytes.fill(0, at, at + size * height * width);
  if (capacity > 0) bytes.fill(255, admitted, admitted + Math.ceil((height * width) / 8));
  for (let i = 0; mask !== null && i < mask.length; i++) {
    if (mask[i] === 0) continue;
    bytes.fill(255, at + size * i, at + size * (i + 1));
    if (capacity > 0) bytes[admitted + (i >> 3)] &= ~(1 << (i & 7));
    left--;
  }
  return left;
}

/** A copy of the summary of `frames` frames; masked pixels are already counted as missed in `counted` of them. */
export function readSummary({ buffer }: Uint8Array, layout: Layout, setup: LaneSetup, frames: number, counted: number): Summary {
  const { height, width, type, mask } = setup;
  const count = height * width;
  const missed = new Uint32Array(buffer, layout.missed, count);
  const valid = new Uint32Array(count);
  const max = Float64Array.from(pixelArray(type, count, buffer, layout.max));
  for (let i = 0; i < count; i++) {
    const masked = mask !== null && mask[i] !== 0 ? frames - counted : 0;
    valid[i] = frames - missed[i] - masked;
    if (valid[i] === 0) max[i] = Number.NaN;
  }
  const sum = new Float64Array(buffer, layout.sum, count).slice();
  const squares = new Float64Array(buffer, layout.squares, count).slice();
  return { height, width, frames, sum, squares, max, valid };
}
