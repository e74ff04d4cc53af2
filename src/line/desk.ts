import { ROW_WIDTH } from "../stages/index.js";
import { REF } from "./slab.js";

/** Most frames on a desk. */
export const DESK_FRAMES = 256;

const NUMBERS = 0;
const CENTRE = NUMBERS + DESK_FRAMES * ROW_WIDTH * 8;
const REFS = CENTRE + DESK_FRAMES * 2 * 8;
const STATUS = REFS + DESK_FRAMES * REF.width * 4;
const ACCUMULATE = STATUS + DESK_FRAMES;
const BYTES = ACCUMULATE + DESK_FRAMES;

/** Columns of a chunk of frames in shared memory, written by the main thread before a lane has it, and by the lane before it gives it back. Used again and again. */
export interface Desk {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
  /** Of the side that laid it out alone: number of the image, and its scan index, per frame. */
  readonly image: Int32Array;
  readonly at: Int32Array;
  /** REF.width numbers per frame: where its bytes lie. */
  readonly ref: Int32Array;
  /** Beam centre per frame: row, col pairs; px. */
  readonly centre: Float64Array;
  /** Non-zero per frame: into the summary. */
  readonly accumulate: Uint8Array;
  /** From the lane: 0, or a decoder's error code, per frame. */
  readonly status: Int8Array;
  /** From the lane: ROW_WIDTH per frame, MEASURES and then features if they were asked for. */
  readonly numbers: Float64Array;
}

export const aDesk = (id: number, buffer = new SharedArrayBuffer(BYTES)): Desk => ({
  id,
  buffer,
  image: new Int32Array(DESK_FRAMES),
  at: new Int32Array(DESK_FRAMES),
  ref: new Int32Array(buffer, REFS, DESK_FRAMES * REF.width),
  centre: new Float64Array(buffer, CENTRE, 2 * DESK_FRAMES),
  accumulate: new Uint8Array(buffer, ACCUMULATE, DESK_FRAMES),
  status: new Int8Array(buffer, STATUS, DESK_FRAMES),
  numbers: new Float64Array(buffer, NUMBERS, DESK_FRAMES * ROW_WIDTH),
});
