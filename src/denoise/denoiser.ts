import { POLAR } from "../core/polar.js";
import type { DenoiseVariant } from "../core/wire.js";
import type { KernelInstance } from "../kernels/kernel-module.js";
import { FEATURES } from "../kernels/polar-entries.js";
import type { Estimator, EstimatorSetup, FeatureSetup, Members } from "./estimator.js";
import { type Gathered, gather, seatFrames } from "./gathered.js";
import { FIRST_JUDGED, judgedColumns, trainedColumns } from "./judged-columns.js";
import { Learner } from "./learner.js";
import { BANK, FEATURE_WINDOW, MOST_MEMBERS, REACH, WINDOWS, type WindowShape } from "./method.js";
import { RING, RingSeats } from "./ring-seats.js";
import {
  type Bank,
  type BlindBank,
  type CentreAt,
  type DenoiseFrame,
  type FramesAt,
  POLAR_BATCH,
  type PolarBatch,
  type RowBeam,
  type RowEstimate,
} from "./row-estimate.js";

/** The detector, how long a scan row is, and what computes. */
export interface DenoiseSetup {
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  readonly newEstimator: (setup: EstimatorSetup) => Estimator;
  /** An instance that nothing else uses, for products of matrices; null: plain loops. */
  readonly products: KernelInstance | null;
  /** What is made of polar counts; absent: nothing. */
  readonly features?: FeatureSetup;
  /** Takes the average polar counts of every position, some at a time, before the estimate of their row is answered. */
  readonly onPolar?: (batch: PolarBatch) => void;
}

const POLAR_BINS = POLAR.rings * POLAR.sectors;

/**
 * Denoises one scan: takes its rows in order, learns basis and mixing weights from them, and estimates. All that it does follows from the
 * rows, their order and what they hold.
 */
export class Denoiser {
  readonly #s: DenoiseSetup;
  readonly #estimator: Estimator;
  readonly #ring: RingSeats;
  readonly #learner: Learner;
  readonly #polar: Float32Array;
  #radius = Number.NaN;
  #last = -1;
  /** The newest row is still to be learnt from. */
  #unlearnt = false;
  #finished = false;
  readonly #planes: Float32Array;
  readonly #own: Float32Array;

  constructor(s: DenoiseSetup) {
    const { height, width, columns, newEstimator, products, features } = s;
    this.#s = s;
    this.#estimator = newEstimator({ height, width, seats: RING * columns + MOST_MEMBERS, features });
    this.#ring = new RingSeats(columns, this.#estimator);
    this.#learner = new Learner(height, width, products, this.#estimator, this.#ring);
    this.#polar = new Float32Array(s.onPolar ? POLAR_BATCH * POLAR_BINS : 0);
    this.#planes = new Float32Array(BANK * height * width);
    this.#own = new Float32Array(height * width);
  }

  /** Bytes that it takes, about: rows of frames, tables and planes. */
  get size(): number {
    return this.#estimator.size + this.#planes.byteLength + this.#own.byteLength;
  }

  /** Non-zero where a pixel is valid. */
  get used(): Uint8Array {
    return this.#learner.used;
  }

  /** How often what mixing weights are learnt from has doubled: estimates were worse before. */
  get doublings(): number {
    return this.#learner.doublings;
  }

  /** Non-zero where a pixel is valid. Where pixels turn out to be bad that counted something, what was learnt with them is learnt anew: answers that. */
  setUsed(used: Uint8Array): boolean {
    if (used.every((u, p) => u === this.used[p])) return false;
    this.learn();
    // What somebody looked at must not show.
    for (let i = 0; i < MOST_MEMBERS; i++) this.#estimator.clear(RING * this.#s.columns + i);
    return this.#learner.setUsed(used, this.#last);
  }

  /**
   * A complete row of the scan, after the one before. Answers its causal estimates, and final ones of an earlier row. After `finish` rows may
   * be taken once more, from the first on: what has been learnt then answers final estimates. `beam`: where polar counts are made.
   */
  takeRow(
    row: number,
    frames: (column: number) => Iterable<DenoiseFrame>,
    high: number,
    beam?: RowBeam,
  ): { estimates: RowEstimate[]; refused: number } {
    this.learn();
    const e = this.#estimator;
    if (beam && beam.radius !== this.#radius) {
      this.#radius = beam.radius;
      e.setRadius(beam.radius);
    }
    let refused = 0;
    for (let c = 0; c < this.#s.columns; c++) {
      const seat = this.#ring.at(row, c);
      e.clear(seat);
      refused += seatFrames(e, seat, frames(c), high);
      if (beam && e.has(seat)) e.aim(seat, beam.centre[2 * c] as number, beam.centre[2 * c + 1] as number);
    }
    this.#last = row;
    this.#unlearnt = !this.#finished;
    if (!this.#learner.model) this.learn();
    else this.#ring.score(row);
    const estimates: RowEstimate[] = [];
    if (!this.#learner.model) return { estimates, refused };
    if (!this.#finished) estimates.push(this.#estimateRow(row, false));
    if (row >= REACH.ahead) estimates.push(this.#estimateRow(row - REACH.ahead, true));
    return { estimates, refused };
  }

  /** Learns from the newest row, if that has not been done: whoever takes rows may do it while there is time. */
  learn(): void {
    if (this.#unlearnt) this.#learner.learn(this.#last);
    this.#unlearnt = false;
  }

  /** The same, and then a part of what is to be done some rows later. Answers whether there is more. */
  work(): boolean {
    this.learn();
    return !this.#finished && this.#learner.work();
  }

  /** After the last row: what still misses its neighbours has none to come. */
  finish(): RowEstimate[] {
    this.learn();
    const estimates: RowEstimate[] = [];
    if (this.#learner.model) {
      for (let row = Math.max(0, this.#last - REACH.ahead + 1); row <= this.#last; row++) {
        if (!this.#finished) this.#learner.learnFinal(row, this.#last);
        estimates.push(this.#estimateRow(row, true));
      }
      if (!this.#finished) this.#learner.settle(this.#last);
    }
    this.#finished = true;
    this.#ring.clear();
    return estimates;
  }

  #estimateRow(row: number, final: boolean): RowEstimate {
    const { columns, features: wanted, onPolar } = this.#s;
    const neighbours = new Float32Array(columns);
    const features = new Float32Array(wanted ? columns * FEATURES : 0).fill(Number.NaN);
    const last = final ? this.#last : row;
    for (let c = 0; c < columns; c++) {
      const n = this.#ring.weigh(row, c, last);
      neighbours[c] = n;
      if (wanted && n > 0) this.#estimator.features(features, c * FEATURES);
      if (!onPolar) continue;
      const i = c % POLAR_BATCH;
      if (n > 0) this.#estimator.polar(this.#polar, i * POLAR_BINS);
      else this.#polar.fill(Number.NaN, i * POLAR_BINS, (i + 1) * POLAR_BINS);
      if (i === POLAR_BATCH - 1 || c === columns - 1) onPolar({ row, column: c - i, positions: i + 1, final, counts: this.#polar });
    }
    return { row, final, neighbours, features };
  }

  /** Blind banks of some positions of the row that became final last, none of which mixing weights were learnt from. Each is valid until the next. */
  judged(): Generator<BlindBank> {
    return this.#blindBanks(
      (row) => this.#judgedColumns(row),
      () => [],
    );
  }

  /** The same of `count` other positions, none of which is judged: for training. */
  trained(count: number): Generator<BlindBank> {
    const { columns } = this.#s;
    return this.#blindBanks(
      (row) => trainedColumns(row, columns, count),
      (row) => this.#judgedColumns(row),
    );
  }

  #judgedColumns(row: number): number[] {
    const { columns, height, width } = this.#s;
    return judgedColumns(row, columns, height * width);
  }

  *#blindBanks(of: (row: number) => number[], but: (row: number) => number[]): Generator<BlindBank> {
    this.learn();
    const row = this.#last - REACH.ahead;
    if (row < FIRST_JUDGED || this.#finished || !this.#learner.model) return;
    const left = new Set([...this.#learner.learntColumns, ...but(row)]);
    for (const c of of(row)) {
      if (left.has(c) || !this.#estimator.has(this.#ring.at(row, c))) continue;
      const bank = this.#blind(this.#ring.windows(row, c, this.#last));
      if (bank) yield bank;
    }
  }

  #bank(windows: readonly Members[], blind: boolean): Bank | null {
    const frames = this.#estimator.fill("full", windows, blind);
    if (frames === 0) return null;
    this.#estimator.bank(this.#planes);
    return { planes: this.#planes, mean: this.#learner.model?.mean ?? 0, frames };
  }

  #blind(windows: readonly Members[]): BlindBank | null {
    const bank = this.#bank(windows, true);
    this.#own.fill(0);
    if (bank) this.#estimator.addCounts(windows[0]?.[0] as number, this.#own);
    return bank && { ...bank, counts: this.#own };
  }

  /** After `finish`: gives the frames of a row seats, in place of the row that has them. Patterns of positions whose windows have seats can then be made. */
  seatRow(row: number, frames: (column: number) => Iterable<DenoiseFrame>, high: number): void {
    for (let c = 0; c < this.#s.columns; c++) {
      const seat = this.#ring.at(row, c);
      this.#estimator.clear(seat);
      seatFrames(this.#estimator, seat, frames(c), high);
    }
    if (this.#learner.model) this.#ring.score(row);
  }

  #seatedWindows(row: number, column: number, last: number): number[][] | null {
    return this.#learner.model && this.#estimator.has(this.#ring.at(row, column)) ? this.#ring.windows(row, column, last) : null;
  }

  /** As `pattern`, into `out`, of a position whose windows have seats: as those of the row that became final last. `last`: the last row with some. */
  seatedPattern(row: number, column: number, last: number, out?: Float32Array): Float32Array | null {
    const windows = this.#seatedWindows(row, column, last);
    return windows && this.#patternOf("full", windows, out);
  }

  /** As `bankAt`, in the same way. */
  seatedBank(row: number, column: number, last: number): Bank | null {
    const windows = this.#seatedWindows(row, column, last);
    return windows && this.#bank(windows, false);
  }

  /** null: the position has no frame, or nothing is known yet. */
  #gather(frames: FramesAt, rows: number, row: number, column: number, high: number, variant: DenoiseVariant = "full"): Gathered | null {
    return this.#learner.model && gather(this.#estimator, { frames, rows, columns: this.#s.columns, high }, row, column, variant);
  }

  /**
   * The pattern of a position from the frames about it, with what is known by now: expected counts per pixel, NaN where a pixel is masked.
   * null: it has no frame, or nothing is known yet.
   */
  pattern(
    frames: FramesAt,
    rows: number,
    row: number,
    column: number,
    high: number,
    variant: DenoiseVariant = "full",
  ): Float32Array | null {
    const found = this.#gather(frames, rows, row, column, high, variant);
    return found && this.#patternOf(variant, found.windows(variant));
  }

  #patternOf(variant: DenoiseVariant, windows: readonly Members[], out: Float32Array = new Float32Array(this.#own.length)): Float32Array {
    this.#estimator.fill(variant, windows);
    this.#estimator.mix(out);
    return out;
  }

  /** What the pattern is made from, valid until the next question. */
  bankAt(frames: FramesAt, rows: number, row: number, column: number, high: number): Bank | null {
    const found = this.#gather(frames, rows, row, column, high);
    return found && this.#bank(found.windows("full"), false);
  }

  /** The same blind; null also where there is nearly nothing but the own frame. */
  blindAt(frames: FramesAt, rows: number, row: number, column: number, high: number): BlindBank | null {
    const found = this.#gather(frames, rows, row, column, high);
    return found && this.#blind(found.windows("full"));
  }

  /** The effective number of frames of a position in the same way; NaN: it has none. Its averages can then be asked for. */
  weighAt(frames: FramesAt, rows: number, row: number, column: number, high: number, centreAt?: CentreAt): number {
    const found = this.#gather(frames, rows, row, column, high);
    if (!found) return Number.NaN;
    if (centreAt) for (const f of found.frames) this.#estimator.aim(f.seat, ...centreAt(f.row, f.column));
    const shape = WINDOWS[FEATURE_WINDOW] as WindowShape;
    return this.#estimator.weigh(found.window(shape), shape.kappa);
  }

  /** FEATURES of the position that was weighed last. */
  featuresOf(): Float32Array {
    const out = new Float32Array(FEATURES);
    this.#estimator.features(out, 0);
    return out;
  }

  /** Average polar counts of the position that was weighed last: [rings * sectors]. */
  polarOf(): Float32Array {
    const out = new Float32Array(POLAR_BINS);
    this.#estimator.polar(out, 0);
    return out;
  }
}
