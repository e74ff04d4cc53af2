import type { FrameShape } from "../core/frame.js";
import { REF } from "./slab.js";

/** Frames of scan positions, as they lie in the slab, row after row. All of them are held by whoever asks; the columns are in shared memory. */
export interface HeldFrames {
  readonly count: number;
  /** Scan row and column of each; several frames of one position add up. */
  readonly row: Int32Array;
  readonly column: Int32Array;
  /** REF.width numbers per frame. */
  readonly ref: Int32Array;
  /** Beam centre per frame: row, col pairs; px. */
  readonly centre: Float64Array;
  /** Of each frame, or of all where they are one. */
  readonly shape: readonly FrameShape[];
}

const BYTES = 8 + 4 * REF.width + 16;

/** Columns for so many frames, the widest numbers first. */
function columnsFor(room: number): Omit<HeldFrames, "count" | "shape"> {
  const buffer = new SharedArrayBuffer(room * BYTES);
  const centre = new Float64Array(buffer, 0, 2 * room);
  const ref = new Int32Array(buffer, centre.byteLength, room * REF.width);
  const row = new Int32Array(buffer, centre.byteLength + ref.byteLength, room);
  return { centre, ref, row, column: new Int32Array(buffer, row.byteOffset + row.byteLength, room) };
}

/** Gathers frames to be held; used again and again, so that no memory is made per frame. */
export class FrameGatherer {
  #columns: ReturnType<typeof columnsFor>;
  #count = 0;
  #shapes: FrameShape[] = [];

  /** `room`: frames that are expected; more make room. */
  constructor(room: number) {
    this.#columns = columnsFor(room);
  }

  clear(): void {
    this.#count = 0;
    this.#shapes = [];
  }

  /** Adds a frame behind the others; `centre` begins with its row and col. */
  add(row: number, column: number, ref: Int32Array, shape: FrameShape, centre: Float64Array): void {
    const n = this.#count;
    if (n === this.#columns.row.length) this.#grow();
    const to = this.#columns;
    to.row[n] = row;
    to.column[n] = column;
    for (let k = 0; k < REF.width; k++) to.ref[n * REF.width + k] = ref[k] as number;
    to.centre[2 * n] = centre[0] as number;
    to.centre[2 * n + 1] = centre[1] as number;
    const [first = shape] = this.#shapes;
    if (this.#shapes.length > 1 || first !== shape) {
      while (this.#shapes.length < n) this.#shapes.push(first);
      this.#shapes.push(shape);
    } else this.#shapes[0] = shape;
    this.#count++;
  }

  #grow(): void {
    const before = this.#columns;
    this.#columns = columnsFor(2 * before.row.length);
    this.#columns.row.set(before.row);
    this.#columns.column.set(before.column);
    this.#columns.ref.set(before.ref);
    this.#columns.centre.set(before.centre);
  }

  /** What was gathered, until `clear`. */
  get held(): HeldFrames {
    return { ...this.#columns, count: this.#count, shape: this.#shapes };
  }
}
