import type { KernelInstance } from "./kernel-module.js";
import { MOST_MEMBERS, WINDOW_FRAME } from "./window-frame.js";

/** Positions of a window about one: scan rows before and after, columns to either side; at most MOST_MEMBERS in all. */
export interface RingWindow {
  readonly back: number;
  readonly ahead: number;
  readonly across: number;
}

/** The latest rows of a scan in the memory of the kernels: [members | weights | frames of all rows], and the entries of each row by themselves. */
export class FrameRing {
  readonly #kernels: KernelInstance;
  readonly #rows: number;
  readonly #columns: number;
  readonly #members: number;
  readonly #weights: number;
  readonly #frames: number;
  /** First address behind. */
  readonly end: number;
  /** Per place in the ring: the scan row that it holds, and the room for its entries. */
  readonly #held: Int32Array;
  readonly #room: { at: number; bytes: number }[];

  /** Takes memory from `start`, a multiple of 16, to `end`; that of the entries is added at the end of all memory. Throws RangeError where there is none. */
  constructor(kernels: KernelInstance, rows: number, columns: number, start: number) {
    this.#kernels = kernels;
    this.#rows = rows;
    this.#columns = columns;
    this.#members = start;
    this.#weights = start + 4 * MOST_MEMBERS;
    this.#frames = this.#weights + 4 * MOST_MEMBERS;
    this.end = this.#frames + rows * columns * WINDOW_FRAME.bytes;
    if (!kernels.reserve(this.end)) throw new RangeError(`no memory for ${rows} rows of ${columns} frames`);
    this.#held = new Int32Array(rows).fill(-1);
    this.#room = Array.from({ length: rows }, () => ({ at: 0, bytes: 0 }));
  }

  /**
   * Takes the entries of a scan row, null where there is no frame, in place of the row that many rows before. They are not scored yet. May grow
   * the memory: fetch arrays in it anew. False where there is none: then the row has no frames.
   */
  takeRow(row: number, frames: readonly (Uint32Array | null)[]): boolean {
    const place = row % this.#rows;
    this.#held[place] = row;
    const fits = this.#makeRoom(place, frames);
    const buffer = this.#kernels.bytes().buffer;
    const records = new Uint32Array(buffer, this.#frame(row, 0), this.#columns * WINDOW_FRAME.words).fill(0);
    if (!fits) return false;
    let at = this.#room[place].at;
    for (let c = 0; c < this.#columns; c++) {
      const entries = frames[c];
      if (!entries) continue;
      new Uint32Array(buffer, at, entries.length).set(entries);
      records[c * WINDOW_FRAME.words + WINDOW_FRAME.from] = at;
      at += entries.byteLength;
      records[c * WINDOW_FRAME.words + WINDOW_FRAME.to] = at;
    }
    return true;
  }

  #makeRoom(place: number, frames: readonly (Uint32Array | null)[]): boolean {
    let bytes = 16;
    for (const f of frames) bytes += f ? f.byteLength : 0;
    if (bytes <= this.#room[place].bytes) return true;
    // Half as much again, so that rows of ever more counts do not ask each time; what was there before is left.
    const room = 64 * Math.ceil((1.5 * bytes) / 64);
    const at = this.#kernels.bytes().length;
    if (!this.#kernels.reserve(at + room)) return false;
    this.#room[place] = { at, bytes: room };
    return true;
  }

  #frame = (row: number, column: number): number => this.#frames + ((row % this.#rows) * this.#columns + column) * WINDOW_FRAME.bytes;

  /** Scores a row by the tables of setScores. */
  score(row: number): void {
    this.#kernels.run.scoreFrames(this.#frame(row, 0), this.#columns);
  }

  /** Scores all rows anew: the tables have changed. */
  scoreAll(): void {
    this.#kernels.run.scoreFrames(this.#frames, this.#rows * this.#columns);
  }

  /** Gathers the frames of a window about a position up to row `to`: `members` holds their addresses, the own first. Answers how many; 0: the own is absent. */
  gather(row: number, column: number, { back, ahead, across }: RingWindow, to: number): number {
    const words = new Uint32Array(this.#kernels.bytes().buffer);
    const out = this.#members >> 2;
    const own = this.#frame(row, column);
    if (this.#held[row % this.#rows] !== row || words[(own >> 2) + WINDOW_FRAME.from] === 0) return 0;
    words[out] = own;
    let n = 1;
    const last = Math.min(this.#columns - 1, column + across);
    for (let r = Math.max(0, row - back); r <= Math.min(row + ahead, to); r++) {
      if (this.#held[r % this.#rows] !== r) continue;
      for (let c = Math.max(0, column - across), at = this.#frame(r, c); c <= last; c++, at += WINDOW_FRAME.bytes)
        if (at !== own && words[(at >> 2) + WINDOW_FRAME.from] !== 0) words[out + n++] = at;
    }
    return n;
  }

  /** Weighs `count` frames that were gathered; answers their effective number. */
  weigh(count: number, kappa: number): number {
    return this.#kernels.run.weighWindow(this.#members, count, kappa, this.#weights);
  }

  /** Addresses of the gathered frames' addresses, and of their weights: for binWindow. */
  get members(): number {
    return this.#members;
  }

  get weights(): number {
    return this.#weights;
  }
}
