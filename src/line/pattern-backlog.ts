import type { PatternCounts, PatternsWanted } from "../core/denoise.js";
import type { ScanGrid } from "../core/scan.js";
import { REACH } from "../denoise/method.js";
import { RING } from "../denoise/ring-seats.js";
import type { PatternBatch } from "./denoise-calls.js";
import { type DenoiseFrames, NO_FRAMES, type RecalledFrames, type RowFrames } from "./denoise-frames.js";
import type { LanePool } from "./lane-pool.js";
import type { KeptPattern, PatternCache } from "./pattern-cache.js";

/** Takes patterns, as far as it can keep up. */
export interface PatternArchive {
  /** Patterns may be given now, or would be of no use. */
  readonly ready: boolean;
  /** Patterns of positions of a row, in shared memory; null: there is none. */
  patterns(row: number, columns: readonly number[], patterns: readonly (Float32Array | null)[], final: boolean): void;
  /** Brings frames back that are no longer kept, as far as they were archived; they stay until `forget`. */
  recall(images: readonly number[]): Promise<RecalledFrames>;
  forget(): void;
}

export interface BacklogOptions {
  readonly wanted: PatternsWanted;
  readonly series: number;
  readonly grid: ScanGrid;
  /** Of a frame. */
  readonly pixels: number;
  readonly frames: DenoiseFrames;
  readonly pool: Pick<LanePool, "askDenoiser">;
  readonly cache: PatternCache;
  /** Takes every pattern that is made, in its turn; null: there is none. */
  readonly archive: PatternArchive | null;
  /** Nothing of a newer series waits, and nobody looks. */
  readonly mayGoOn: () => boolean;
  /** Patterns were made: ms of the lane. */
  readonly onMade: (ms: number, patterns: number) => void;
  /** For the first time there was no time for all patterns of a row with the model: the next row is made without it. */
  readonly onPlain: () => void;
  /** Frames of a row that were no longer kept when its patterns were to be made. */
  readonly onGone: (row: number, frames: number) => void;
  /** Positions that are left without a final pattern, because newer scans wait. */
  readonly onCut: (positions: number) => void;
  readonly onCrash: (e: unknown) => void;
}

/** Pixels of the patterns that are made in one go: what people look at waits no longer than that. */
const BATCH_PIXELS = 1 << 17;

/** Of a position. */
const STATE = { unknown: 0, waiting: 1, provisional: 2, final: 3, gone: 4 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/**
 * The patterns of every position, made while nothing else is to be done. While the scan runs those of the newest row of which all neighbours
 * are known, from the frames that the lane holds anyway; they are provisional. After its end all of them, the newest row first, with all that
 * the scan has told: these do not depend on what was made when.
 */
export class PatternBacklog {
  readonly #o: BacklogOptions;
  readonly #state: Uint8Array;
  readonly #counts = new Float64Array(5);
  /** Columns that are still to be made of a row. */
  #row = -1;
  #columns: number[] = [];
  /** The model was too slow for the row before. */
  #plain = false;
  #plainTold = false;
  #busy = false;
  /** After the scan: its last row, and what happens when all is done. */
  #last = -1;
  #done: (() => void) | null = null;
  #cut = false;
  #over = false;
  #disposed = false;
  /** The row that has each seat of the lane, and its columns that have a frame there. */
  readonly #seated = new Int32Array(RING).fill(-1);
  readonly #held: Uint8Array;

  constructor(o: BacklogOptions) {
    this.#o = o;
    const { rows, columns } = o.grid;
    const all = o.wanted === "all";
    this.#state = new Uint8Array(all ? rows * columns : 0);
    this.#held = new Uint8Array(all ? RING * columns : 0);
  }

  get counts(): PatternCounts {
    const [, waiting = 0, provisional = 0, final = 0, gone = 0] = this.#counts;
    return { wanted: this.#o.wanted, final, provisional, waiting: waiting + provisional, gone };
  }

  /** What was made of a position. */
  kept(at: number): KeptPattern | undefined {
    return this.#o.cache.get(this.#o.series, at);
  }

  #move(at: number, to: State): void {
    const from = this.#state[at] as State;
    if (from !== STATE.unknown) (this.#counts[from] as number)--;
    this.#state[at] = to;
    (this.#counts[to] as number)++;
  }

  /** A row became final; `neighbours`: NaN where it has no frame. */
  known(row: number, neighbours: Float32Array): void {
    if (this.#state.length === 0 || this.#done) return;
    const { columns } = this.#o.grid;
    this.#plain = this.#columns.length > 0;
    [this.#row, this.#columns] = [row, []];
    for (let c = 0; c < columns; c++) {
      if (Number.isNaN(neighbours[c])) continue;
      const at = row * columns + c;
      if (this.#state[at] === STATE.unknown) this.#move(at, STATE.waiting);
      this.#columns.push(c);
    }
  }

  /** Makes what may be made now: of the newest row while the scan runs, and there is nothing else to be done. */
  advance(): void {
    if (this.#busy || this.#over || this.#disposed || !(this.#cut || (this.#o.mayGoOn() && this.#o.archive?.ready !== false))) return;
    if (this.#done) {
      this.#drain();
      return;
    }
    if (this.#columns.length === 0) return;
    if (this.#plain && !this.#plainTold) {
      this.#plainTold = true;
      this.#o.onPlain();
    }
    this.#make(this.#columns.splice(0, this.#batch), [], false);
  }

  /** The scan is over, `last` its last row: makes all patterns, then calls back. */
  finish(last: number, done: () => void): void {
    if (this.#state.length === 0) {
      done();
      return;
    }
    this.#done = done;
    this.#last = last;
    this.#plain = false;
    [this.#row, this.#columns] = [last + 1, []];
    this.advance();
  }

  /** Newer scans wait: what is not made is left. */
  cut(): void {
    this.#cut = true;
    this.advance();
  }

  dispose(): void {
    this.#disposed = true;
    this.#o.cache.drop(this.#o.series);
  }

  get #batch(): number {
    return Math.max(1, Math.floor(BATCH_PIXELS / this.#o.pixels));
  }

  #drain(): void {
    if (this.#cut) {
      const { waiting } = this.counts;
      if (waiting > 0) this.#o.onCut(waiting);
      this.#end();
      return;
    }
    while (this.#columns.length === 0 && this.#row > 0) this.#columns = this.#open(--this.#row);
    if (this.#columns.length === 0) {
      this.#end();
      return;
    }
    const { archive, frames, onCrash } = this.#o;
    const gone = archive ? this.#unseated(this.#row).flatMap((row) => frames.gone(row)) : [];
    if (!archive || gone.length === 0) {
      this.#drainRow();
      return;
    }
    this.#busy = true;
    archive
      .recall(gone)
      .then((recalled) => {
        this.#busy = false;
        if (this.#disposed) {
          archive.forget();
          return;
        }
        frames.lend(recalled);
        this.#drainRow();
      })
      .catch(onCrash);
  }

  #drainRow(): void {
    const seats = this.#seat(this.#row);
    const columns = this.#columns.splice(0, this.#batch).filter((c) => this.#isHeld(this.#row, c));
    this.#make(columns, seats, true);
  }

  /** Rows that a row needs, and that have no seats yet. */
  #unseated(row: number): number[] {
    const rows: number[] = [];
    for (let r = Math.max(0, row - REACH.back); r <= Math.min(this.#last, row + REACH.ahead); r++)
      if (this.#seated[r % RING] !== r) rows.push(r);
    return rows;
  }

  #end(): void {
    const done = this.#done as () => void;
    this.#over = true;
    done();
  }

  /** Columns of a row that need a final pattern: those that came late as well. */
  #open(row: number): number[] {
    const { grid, frames } = this.#o;
    const columns: number[] = [];
    for (let c = 0; c < grid.columns; c++) {
      const at = row * grid.columns + c;
      if (this.#state[at] === STATE.unknown && frames.has(at)) this.#move(at, STATE.waiting);
      if (this.#state[at] !== STATE.unknown) columns.push(c);
    }
    return columns;
  }

  /** Holds the frames of those rows. */
  #seat(row: number): RowFrames[] {
    const { frames, grid } = this.#o;
    const seats: RowFrames[] = [];
    for (const r of this.#unseated(row)) {
      const found = frames.ofRow(r, frames.centresOf(r), false);
      if (found.missed > 0) this.#o.onGone(r, found.missed);
      const held = this.#held.subarray((r % RING) * grid.columns, ((r % RING) + 1) * grid.columns).fill(0);
      for (let i = 0; i < found.held.count; i++) held[found.held.column[i] as number] = 1;
      this.#seated[r % RING] = r;
      seats.push(found);
    }
    return seats;
  }

  #isHeld(row: number, column: number): boolean {
    const { columns } = this.#o.grid;
    if (this.#held[(row % RING) * columns + column] === 1) return true;
    this.#move(row * columns + column, STATE.gone);
    return false;
  }

  #make(columns: readonly number[], seats: readonly RowFrames[], final: boolean): void {
    const { pool, series, frames, archive } = this.#o;
    const row = this.#row;
    this.#busy = true;
    const rows = seats.map(({ row: r, held }) => ({ row: r, frames: held }));
    pool
      .askDenoiser("denoisePatterns", {
        series,
        row,
        columns,
        last: final ? this.#last : row + REACH.ahead,
        rows,
        plain: this.#plain,
        final,
        shared: this.#o.archive !== null,
      })
      .then((batch) => {
        for (const { done } of seats) done();
        if (frames.lend(NO_FRAMES)) archive?.forget();
        this.#busy = false;
        if (this.#disposed) return;
        this.#keep(row, columns, batch, final);
        this.advance();
      })
      .catch(this.#o.onCrash);
  }

  #keep(row: number, columns: readonly number[], { patterns, made, ms }: PatternBatch, final: boolean): void {
    const { series, grid, cache, archive, onMade } = this.#o;
    let count = 0;
    for (const [i, pixels] of patterns.entries()) {
      const at = row * grid.columns + (columns[i] as number);
      // Its pixels are no counts.
      if (!pixels) {
        if (final) this.#move(at, STATE.gone);
        continue;
      }
      count++;
      this.#move(at, final ? STATE.final : STATE.provisional);
      cache.put(series, at, { pixels, made });
    }
    archive?.patterns(row, columns, patterns, final);
    onMade(ms, count);
  }
}
