import type { PixelArray } from "../core/frame.js";
import type { KernelInstance } from "../kernels/kernel-module.js";
import { Basis } from "./basis.js";
import { layOutBins } from "./bins.js";
import type { DenoiseModel, Estimator, EstimatorSetup } from "./estimator.js";
import { BANK, COMPONENTS, FEATURE_WINDOW, LEARNT_PER_ROW, MOST_MEMBERS, REACH, RESERVOIR, WINDOWS, type WindowShape } from "./method.js";
import { Mixing, mixTable } from "./mixing.js";
import { type Seating, someColumns, windowMembers } from "./window-members.js";

/** The detector, how long a scan row is, and what computes. */
export interface DenoiseSetup {
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  readonly newEstimator: (setup: EstimatorSetup) => Estimator;
  /** An instance that nothing else uses, for products of matrices; null: plain loops. */
  readonly products: KernelInstance | null;
}

/** Effective number of frames of each position of a row; NaN where nothing came. `final`: all its neighbours are known. */
export interface RowEstimate {
  readonly row: number;
  readonly final: boolean;
  readonly neighbours: Float32Array;
}

/** What an estimate of a position may be made from. */
export interface Bank {
  /** [BANK, pixels]: the averages of the bank, then the estimate of the training-free method. */
  readonly planes: Float32Array;
  /** Mean count per pixel of the scan. */
  readonly mean: number;
  /** Effective number of frames. */
  readonly frames: number;
}

/** The same without the own frame, whose counts [pixels] it has to foretell. */
export interface BlindBank extends Bank {
  readonly counts: Float32Array;
}

/** The frames of a position: asked for by its scan row and column, so that they are read when there is room for them. */
export type FramesAt = (row: number, column: number) => Iterable<PixelArray>;

/** The basis is made anew after these rows, and then every few rows, if so many frames came since. */
const EAGER_ROWS = [0, 1, 2, 3, 5, 7];
const REFIT_ROWS = 4;
const REFIT_FRAMES = 192;
/** Mixing weights are learnt from one position in so many of a row. */
const COLUMNS_PER_LEARNT = 6;
/** Estimates are judged by one position in so many of a row, and by no more. */
const COLUMNS_PER_JUDGED = 24;
const JUDGED_PER_ROW = 2;
/** Rows before that have a basis of few frames: they say little about the others. */
const FIRST_JUDGED = 8;
/** A basis of few frames has a component for so many of them. */
const FRAMES_PER_COMPONENT = 4;
const FIRST_ROWS = 4;
/** Rows that have seats at once. */
const RING = REACH.back + REACH.ahead + 1;

/**
 * Denoises one scan: takes its rows in order, learns basis and mixing weights from them, and estimates. All that it does follows from the
 * rows, their order and what they hold.
 */
export class Denoiser {
  readonly #s: DenoiseSetup;
  readonly #estimator: Estimator;
  readonly #seating: Seating;
  #used: Uint8Array;
  #basis: Basis;
  #mixing = new Mixing();
  #model: DenoiseModel | null = null;
  #binned: Float32Array;
  #counts = 0;
  #frames = 0;
  /** Frames that had come when the basis was made. */
  #fitted = 0;
  #last = -1;
  readonly #members: number[] = [];
  readonly #planes: Float32Array;
  readonly #own: Float32Array;

  constructor(s: DenoiseSetup) {
    const { height, width, columns, newEstimator } = s;
    this.#s = s;
    this.#used = new Uint8Array(height * width).fill(1);
    this.#estimator = newEstimator({ height, width, seats: RING * columns + MOST_MEMBERS });
    this.#seating = { columns, seat: this.#seat, has: (seat) => this.#estimator.has(seat) };
    const bins = layOutBins(height, width, this.#used);
    this.#basis = new Basis(bins, s.products);
    this.#binned = new Float32Array(bins.count);
    this.#planes = new Float32Array(BANK * height * width);
    this.#own = new Float32Array(height * width);
  }

  /** Non-zero where a pixel is valid. */
  get used(): Uint8Array {
    return this.#used;
  }

  /** Seat of a position among the rows that are at hand. */
  readonly #seat = (row: number, column: number): number => (row % RING) * this.#s.columns + column;

  /** Non-zero where a pixel is valid. Where pixels turn out to be bad that counted something, what was learnt with them is learnt anew. */
  setUsed(used: Uint8Array): void {
    if (used.every((u, p) => u === this.#used[p])) return;
    this.#used = Uint8Array.from(used);
    const dropped = this.#estimator.setUsed(used);
    const bins = layOutBins(this.#s.height, this.#s.width, used);
    if (dropped === 0 && this.#frames > 0) {
      this.#basis.rebin(bins);
      if (this.#model) this.#refit();
      return;
    }
    this.#basis = new Basis(bins, this.#s.products);
    this.#mixing = new Mixing();
    [this.#counts, this.#frames, this.#fitted] = [0, 0, 0];
    for (let row = Math.max(0, this.#last - RING + 1); row <= this.#last; row++) this.#noteRow(row);
  }

  /** What means and scores are learnt from. */
  #noteRow(row: number): void {
    const e = this.#estimator;
    for (let c = 0; c < this.#s.columns; c++) {
      const seat = this.#seat(row, c);
      if (!e.has(seat)) continue;
      this.#binned.fill(0);
      e.addBins(seat, this.#binned);
      this.#counts += e.counts(seat);
      this.#frames++;
      this.#basis.note(this.#binned);
      // Until there are averages.
      if (this.#basis.reservoir.length < RESERVOIR / 2) this.#basis.reservoir.push(this.#binned.slice());
    }
  }

  /** A complete row of the scan, after the one before. Answers its causal estimates, and final ones of an earlier row. */
  takeRow(row: number, frames: (column: number) => Iterable<PixelArray>, high: number): { estimates: RowEstimate[]; refused: number } {
    const { columns } = this.#s;
    const e = this.#estimator;
    let refused = 0;
    for (let c = 0; c < columns; c++) {
      e.clear(this.#seat(row, c));
      for (const pixels of frames(c)) if (!e.put(this.#seat(row, c), pixels, high)) refused++;
    }
    this.#last = row;
    this.#noteRow(row);
    const estimates: RowEstimate[] = [];
    if (this.#frames === 0) return { estimates, refused };
    const due = EAGER_ROWS.includes(row) || (row % REFIT_ROWS === 0 && this.#frames - this.#fitted >= REFIT_FRAMES);
    if (due || !this.#model) this.#refit();
    else this.#scoreRow(row);
    estimates.push(this.#estimateRow(row, false));
    if (row >= REACH.ahead) {
      this.#learnRow(row - REACH.ahead);
      estimates.push(this.#estimateRow(row - REACH.ahead, true));
    }
    return { estimates, refused };
  }

  /** After the last row: what still misses its neighbours has none to come. */
  finish(): RowEstimate[] {
    const estimates: RowEstimate[] = [];
    if (this.#frames === 0) return estimates;
    for (let row = Math.max(0, this.#last - REACH.ahead + 1); row <= this.#last; row++) {
      this.#learnRow(row);
      estimates.push(this.#estimateRow(row, true));
    }
    this.#refit();
    for (let seat = 0; seat < RING * this.#s.columns; seat++) this.#estimator.clear(seat);
    return estimates;
  }

  #scoreRow(row: number): void {
    for (let c = 0; c < this.#s.columns; c++) if (this.#estimator.has(this.#seat(row, c))) this.#estimator.score(this.#seat(row, c));
  }

  #window(shape: WindowShape, row: number, column: number, last: number, members: number[] = []): number[] {
    return windowMembers(this.#seating, shape, row, column, last, members);
  }

  #weigh(row: number, column: number, last: number): number {
    const shape = WINDOWS[FEATURE_WINDOW] as WindowShape;
    const members = this.#window(shape, row, column, last, this.#members);
    return members.length === 0 ? Number.NaN : this.#estimator.weigh(members, shape.kappa);
  }

  #estimateRow(row: number, final: boolean): RowEstimate {
    const neighbours = new Float32Array(this.#s.columns);
    for (let c = 0; c < neighbours.length; c++) neighbours[c] = this.#weigh(row, c, final ? this.#last : row);
    return { row, final, neighbours };
  }

  #refit(): void {
    this.#fitted = this.#frames;
    const n = this.#basis.reservoir.length;
    const components = this.#last < FIRST_ROWS ? Math.floor(n / FRAMES_PER_COMPONENT) : COMPONENTS;
    let pixels = 0;
    for (const u of this.#used) if (u !== 0) pixels++;
    const mean = this.#counts / this.#frames / Math.max(1, pixels);
    this.#model = { table: this.#basis.fit(components), mix: mixTable(this.#mixing.solve(), mean), mean };
    this.#estimator.setModel(this.#model);
    for (let row = Math.max(0, this.#last - RING + 1); row <= this.#last; row++) this.#scoreRow(row);
  }

  #learnRow(row: number): void {
    const e = this.#estimator;
    for (let c = 0; c < this.#s.columns; c++) {
      if (!e.has(this.#seat(row, c))) continue;
      const seat = this.#basis.seat();
      if (seat < 0) continue;
      this.#weigh(row, c, this.#last);
      const binned = new Float32Array(this.#binned.length);
      e.addAverage(binned);
      this.#basis.reservoir[Math.min(seat, this.#basis.reservoir.length)] = binned;
    }
    for (const c of someColumns(row, this.#s.columns, LEARNT_PER_ROW, COLUMNS_PER_LEARNT, 0)) {
      if (!e.has(this.#seat(row, c))) continue;
      e.fill(WINDOWS.map((w) => this.#window(w, row, c, this.#last)));
      e.learn(this.#mixing);
    }
  }

  /** Blind banks of some positions of the row that became final last, none of which mixing weights were learnt from. Each is valid until the next. */
  *judged(): Generator<BlindBank> {
    const row = this.#last - REACH.ahead;
    if (row < FIRST_JUDGED || !this.#model) return;
    const learnt = new Set(someColumns(row, this.#s.columns, LEARNT_PER_ROW, COLUMNS_PER_LEARNT, 0));
    for (const c of someColumns(row, this.#s.columns, JUDGED_PER_ROW, COLUMNS_PER_JUDGED, 1 / 8)) {
      if (learnt.has(c) || !this.#estimator.has(this.#seat(row, c))) continue;
      const bank = this.#blind(WINDOWS.map((w) => this.#window(w, row, c, this.#last)));
      if (bank) yield bank;
    }
  }

  #bank(windows: readonly (readonly number[])[], blind: boolean): Bank | null {
    const frames = this.#estimator.fill(windows, blind);
    if (frames === 0) return null;
    this.#estimator.bank(this.#planes);
    return { planes: this.#planes, mean: this.#model?.mean ?? 0, frames };
  }

  #blind(windows: readonly (readonly number[])[]): BlindBank | null {
    const bank = this.#bank(windows, true);
    this.#own.fill(0);
    if (bank) this.#estimator.addCounts(windows[0]?.[0] as number, this.#own);
    return bank && { ...bank, counts: this.#own };
  }

  /** Seats and scores the frames about a position, as the model is now; windows by WINDOWS. null: it has no frame, or nothing is known yet. */
  #seatAbout(frames: FramesAt, rows: number, row: number, column: number, high: number): number[][] | null {
    if (!this.#model) return null;
    const e = this.#estimator;
    const { columns } = this.#s;
    const { across } = WINDOWS[WINDOWS.length - 1] as WindowShape;
    const last = Math.min(rows - 1, row + REACH.ahead);
    const seat = (r: number, c: number): number => RING * columns + (r - row + REACH.back) * (2 * across + 1) + c - column + across;
    for (let r = Math.max(0, row - REACH.back); r <= last; r++)
      for (let c = Math.max(0, column - across); c <= Math.min(columns - 1, column + across); c++) {
        e.clear(seat(r, c));
        for (const pixels of frames(r, c)) e.put(seat(r, c), pixels, high);
        if (e.has(seat(r, c))) e.score(seat(r, c));
      }
    if (!e.has(seat(row, column))) return null;
    return WINDOWS.map((shape) => windowMembers({ ...this.#seating, seat }, shape, row, column, last));
  }

  /** The effective number of frames of a position from the frames about it, with what is known by now; NaN: it has none. */
  weighAt(frames: FramesAt, rows: number, row: number, column: number, high: number): number {
    const windows = this.#seatAbout(frames, rows, row, column, high);
    const kappa = WINDOWS[FEATURE_WINDOW]?.kappa ?? 1;
    return windows ? this.#estimator.weigh(windows[FEATURE_WINDOW] as number[], kappa) : Number.NaN;
  }

  /**
   * The pattern of a position from the frames about it, with what is known by now: expected counts per pixel, NaN where a pixel is masked.
   * null: it has no frame, or nothing is known yet.
   */
  pattern(frames: FramesAt, rows: number, row: number, column: number, high: number): Float32Array | null {
    const windows = this.#seatAbout(frames, rows, row, column, high);
    if (!windows) return null;
    this.#estimator.fill(windows);
    return this.#estimator.mix();
  }

  /** What the pattern is made from, valid until the next question. */
  bankAt(frames: FramesAt, rows: number, row: number, column: number, high: number): Bank | null {
    const windows = this.#seatAbout(frames, rows, row, column, high);
    return windows && this.#bank(windows, false);
  }

  /** The same blind; null also where there is nearly nothing but the own frame. */
  blindAt(frames: FramesAt, rows: number, row: number, column: number, high: number): BlindBank | null {
    const windows = this.#seatAbout(frames, rows, row, column, high);
    return windows && this.#blind(windows);
  }
}
