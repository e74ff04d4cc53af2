import type { MalformedReason } from "../core/detector.js";
import type { FrameShape, PixelArray, PixelType } from "../core/frame.js";
import { frameBytes, MAX_FRAME_BYTES } from "../core/frame.js";
import type { PolarSetup } from "./polar-bins.js";
import type { Summary } from "./summarise.js";

/** What `decode` and `process` answer. */
export const DECODED = 0;
export const TRUNCATED = -1;
export const CORRUPT = -2;
export const SIZE_MISMATCH = -3;
export const BAD_ENCODING = -4;
export const TOO_LARGE = -5;

/** What a negative answer of `decode` means for the account of the line. */
export const DECODE_ERRORS: Readonly<Record<number, MalformedReason>> = {
  [TRUNCATED]: "truncated",
  [CORRUPT]: "corrupt",
  [SIZE_MISMATCH]: "size-mismatch",
  [BAD_ENCODING]: "bad-encoding",
  [TOO_LARGE]: "too-large",
};

/** What `measure` writes, in this order. */
export const MEASURES = ["sum", "bf", "adf", "com_row", "com_col", "disk_sum", "disk_row", "disk_col", "max", "invalid"] as const;
export type Measure = (typeof MEASURES)[number];

/** Edges of the virtual detectors, in radii of the bright-field disk. */
export const ADF_EDGE = 1.1;
export const DISK_EDGE = 1.5;

/** Most pixels per frame that a lane takes: it holds up to 45 bytes for each, in a 32-bit address space. */
export const MAX_LANE_PIXELS = 2 ** 25;

/** How the pixels of a series are to be read. */
export interface LaneSetup {
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  /** height * width, non-zero = excluded. */
  readonly mask: Uint8Array | null;
  /** Valid counts lie in [low, high]; everything else carries no data, nor does NaN. Infinite = no limit. */
  readonly low: number;
  readonly high: number;
}

/**
 * Decodes, measures and sums frames, one at a time, in private memory. Hostile payloads are answered, never thrown at.
 * Calling out of order (measuring what was not decoded, or not set up) is a bug of the caller and throws.
 */
export interface PixelLane {
  /**
   * Sets the frame up that `measure` and `accumulate` shall expect, and forgets the decoded frame. The summary goes on if size and
   * type are as before (a mask that grows during a scan); else it starts empty. Frames beyond MAX_LANE_PIXELS are then refused by decode.
   */
  configure(setup: LaneSetup): void;
  /** Decodes a payload: 0, or a negative code of DECODE_ERRORS. Needs no setup. */
  decode(payload: Uint8Array, shape: FrameShape): number;
  /** The decoded pixels, in the byte order of this machine: a view, valid until the next decode or configure. */
  pixels(): PixelArray;
  /**
   * Measures the decoded frame about a centre and a radius in px. Writes the MEASURES to out[offset...].
   * `sum`: all valid counts. `bf`: those at a distance <= radius; `adf`: > ADF_EDGE radii. `com_*`: centre of mass less the centre, px.
   * `disk_*`: counts within DISK_EDGE radii and their centre of mass in absolute px, for following the beam.
   * A centre of mass of counts that are not positive is NaN. `max`: highest valid value, NaN without any.
   * `invalid`: pixels that the mask admits and the limits exclude. Sums of integers are exact below 2^53.
   */
  measure(out: Float64Array, offset: number, row: number, col: number, radius: number): void;
  /** Adds the decoded frame to the summary of the scan. Sums of integers are exact below 2^53, so the order of frames does not matter. */
  accumulate(): void;
  /**
   * Decode, measure and, if `accumulate`, accumulate in one call: the same answer, the same numbers to the bit, in much less time where
   * frames are sparse. Nothing is measured or summed unless the answer is 0. Leaves no decoded frame behind.
   * The valid counts per polar bin go to row `polarRow` of the polar batch, none if it is negative; zeros unless the answer is 0, and for a
   * centre that is not a number.
   */
  process(
    payload: Uint8Array,
    shape: FrameShape,
    accumulate: boolean,
    out: Float64Array,
    offset: number,
    row: number,
    col: number,
    radius: number,
    polarRow: number,
  ): number;
  /**
   * Copies packed frames in that lie in one piece and are to be measured with this radius: `processAt` finds them until something else is
   * staged, decoded or set up. False: there is no memory for them. What they hold is not looked at.
   */
  stage(bytes: Uint8Array, radius: number): boolean;
  /** `process` of `length` staged bytes from `from` on, about the centre at centre[at] and behind; makes nothing per frame. Throws RangeError beyond what is staged. */
  processAt(
    from: number,
    length: number,
    shape: FrameShape,
    accumulate: boolean,
    out: Float64Array,
    offset: number,
    centre: Float64Array,
    at: number,
    polarRow: number,
  ): number;
  /** Sets up what `process` counts in polar bins; null: nothing. Empties the batch and forgets the decoded frame. Throws RangeError on bins that cannot be: polarGrid. */
  setPolar(setup: PolarSetup | null): void;
  /** Rows of counts per bin, ring after ring; counts are whole up to 2^24. A view of what has been processed so far: fetch it anew after every frame. */
  polarBatch(): Float32Array;
  /** The same in bytes, a view as well; null where a count in the first `rows` rows is none, and where pixels are signed or floats perhaps. Other rows hold anything. */
  polarBytes(rows: number): Uint8Array | null;
  /** Pixels per bin that the mask admits, for a centre: a new array or one that was answered before. */
  polarPixels(row: number, col: number): Float32Array;
  /**
   * Lists the events behind a row of the batch by their bins, in order; nearer than the first ring is bin rings * sectors, beyond the last the
   * next one. Answers how many there are, -1 where `out` is too small or the counts are not whole.
   */
  polarEvents(polarRow: number, out: Uint16Array): number;
  /** A copy of the summary so far. */
  summary(): Summary;
  /** A series begins, or is summed up anew. */
  resetSummary(): void;
  /** Frames so far that were measured from their bits, never decoded. */
  readonly sparseFrames: number;
}

/** Checks what can be checked without the payload: 0, or a code of DECODE_ERRORS. Nothing is allocated before this has passed. */
export function checkShape(shape: FrameShape): number {
  const pixels = shape.height * shape.width;
  if (!Number.isInteger(shape.height) || !Number.isInteger(shape.width) || shape.height < 1 || shape.width < 1) return SIZE_MISMATCH;
  const bytes = frameBytes(shape);
  if (pixels > MAX_LANE_PIXELS || bytes > MAX_FRAME_BYTES) return TOO_LARGE;
  if (shape.encoding !== "bslz4") return DECODED;
  const { element } = shape;
  return (element === 1 || element === 2 || element === 4) && bytes % element === 0 ? DECODED : BAD_ENCODING;
}

/** Bytes that are not there are a bug of the caller: throws. */
export function checkStaged(from: number, length: number, staged: number): void {
  if (!(from >= 0 && length >= 0 && from + length <= staged))
    throw new RangeError(`bytes ${from} to ${from + length} of ${staged} that are staged`);
}

/** A set-up that contradicts itself is a bug of the caller: throws. */
export function checkSetup({ height, width, mask }: LaneSetup): void {
  if (mask !== null && mask.length !== height * width) throw new RangeError(`mask of ${mask.length} for ${height}x${width} px`);
}

/** Most bytes that a payload of this shape can need: blocks of a single byte are the least efficient legal ones. */
export const payloadLimit = (shape: FrameShape): number => 6 * frameBytes(shape) + 64;
