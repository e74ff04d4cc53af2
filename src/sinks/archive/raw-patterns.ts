import { PATTERN_TIER } from "../../core/archive.js";
import type { FrameShape, PixelArray } from "../../core/frame.js";
import type { PatternStack } from "./pattern-stack.js";
import type { RawEntry, RawFrames } from "./raw-frames.js";

/** Unpacks a frame; null: it cannot be. */
export type Unpack = (bytes: Uint8Array, shape: FrameShape) => PixelArray | null;

/** Frames whose places are read in one go, if they lie close to each other. */
const MOST_SPAN = 1 << 14;
const NONE = -1;

export interface RawPatternsOptions {
  readonly frames: RawFrames;
  readonly stack: PatternStack;
  readonly rows: number;
  readonly columns: number;
  readonly unpack: Unpack;
}

/** Makes patterns of the frames that are in the store, part of a row after part of a row, while nothing else is to be done. */
export class RawPatterns {
  readonly #o: RawPatternsOptions;
  /** Number of the first frame of each position. */
  readonly #frameOf: Int32Array;
  /** Rows with a frame that is not in a pattern yet. */
  readonly #rows = new Set<number>();
  #newest = NONE;
  /** Of the row that is at work. */
  #row = NONE;
  #column = 0;

  constructor(o: RawPatternsOptions) {
    this.#o = o;
    this.#frameOf = new Int32Array(o.rows * o.columns).fill(NONE);
  }

  /** A frame lies at this scan index, or nowhere. */
  came(frame: number, at: number): void {
    if (at < 0 || this.#frameOf[at] !== NONE) return;
    this.#frameOf[at] = frame;
    const row = Math.floor(at / this.#o.columns);
    this.#rows.add(row);
    if (row > this.#newest) this.#newest = row;
    // What is at work of this row is behind it already.
    if (row === this.#row && at % this.#o.columns < this.#column) this.#again = true;
  }
  #again = false;

  /** Makes some; false: there is nothing to be made. `all`: of rows that may still grow as well. */
  work(all: boolean): boolean {
    if (this.#row === NONE) {
      for (const row of this.#rows)
        if (all || row < this.#newest - 1) {
          [this.#row, this.#column, this.#again] = [row, 0, false];
          break;
        }
      if (this.#row === NONE) return false;
      // What is to be read must be on disk.
      this.#o.frames.flush();
    }
    const { columns, stack } = this.#o;
    const to = Math.min(columns, this.#column + stack.chunk);
    this.#make(this.#row, this.#column, to);
    this.#column = to;
    if (to < columns) return true;
    if (!this.#again) this.#rows.delete(this.#row);
    this.#row = NONE;
    return true;
  }

  #make(row: number, from: number, to: number): void {
    const { frames, stack, columns, unpack } = this.#o;
    const wanted = this.#frameOf.subarray(row * columns + from, row * columns + to);
    // What came since the row was begun is not on disk yet; it is taken with the next turn.
    let [first, last] = [Number.POSITIVE_INFINITY, NONE];
    for (const f of wanted) if (f !== NONE) [first, last] = [Math.min(first, f), Math.max(last, f)];
    if (last === NONE) return;
    frames.flush();
    const span = last - first < MOST_SPAN ? frames.entries(first, last - first + 1) : null;
    for (let i = 0; i < wanted.length; i++) {
      const f = wanted[i] as number;
      if (f === NONE) continue;
      const entry = (span ? span[f - first] : frames.entries(f, 1)[0]) as RawEntry;
      const { bytes, shape } = frames.frame(entry);
      const pixels = unpack(bytes, shape);
      if (pixels) stack.put(row, from + i, pixels, PATTERN_TIER.raw);
    }
  }
}
