import { POLAR } from "../core/polar.js";
import type { KernelInstance } from "../kernels/kernel-module.js";
import { FEATURES } from "../kernels/polar-entries.js";
import { Basis } from "./basis.js";
import { layOutBins } from "./bins.js";
import type { DenoiseModel, Estimator, EstimatorSetup, FeatureSetup } from "./estimator.js";
import { Gathered } from "./gathered.js";
import { LearningPace } from "./learning-pace.js";
import { COMPONENTS, FEATURE_WINDOW, MOST_MEMBERS, REACH, RESERVOIR, WINDOWS, type WindowShape } from "./method.js";
import { Mixing, mixTable } from "./mixing.js";
import { type DenoiseFrame, type FramesAt, POLAR_BATCH, type PolarBatch, type RowBeam, type RowEstimate } from "./row-estimate.js";

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

/** A basis of few frames has a component for so many of them. */
const FRAMES_PER_COMPONENT = 4;
const FIRST_ROWS = 4;
/** Rows that have seats at once. */
const RING = REACH.back + REACH.ahead + 1;
const POLAR_BINS = POLAR.rings * POLAR.sectors;

/**
 * Denoises one scan: takes its rows in order, learns basis and mixing weights from them, and estimates. All that it does follows from the
 * rows, their order and what they hold.
 */
export class Denoiser {
  readonly #s: DenoiseSetup;
  readonly #estimator: Estimator;
  #used: Uint8Array;
  #basis: Basis;
  #mixing = new Mixing();
  #pace: LearningPace;
  #model: DenoiseModel | null = null;
  readonly #binned: Float32Array;
  readonly #polar: Float32Array;
  #radius = Number.NaN;
  #counts = 0;
  #frames = 0;
  #last = -1;
  /** The newest row is still to be learnt from. */
  #unlearnt = false;
  #finished = false;
  readonly #members: number[] = [];

  constructor(s: DenoiseSetup) {
    const { height, width, columns, newEstimator, features } = s;
    this.#s = s;
    this.#used = new Uint8Array(height * width).fill(1);
    this.#estimator = newEstimator({ height, width, seats: RING * columns + MOST_MEMBERS, features });
    const bins = layOutBins(height, width, this.#used);
    this.#basis = new Basis(bins, s.products);
    this.#pace = new LearningPace(height * width);
    this.#binned = new Float32Array(bins.count);
    this.#polar = new Float32Array(s.onPolar ? POLAR_BATCH * POLAR_BINS : 0);
  }

  /** Seat of a position among the rows that are at hand. */
  readonly #seat = (row: number, column: number): number => (row % RING) * this.#s.columns + column;

  /** Non-zero where a pixel is valid. Where pixels turned out to be bad, what was learnt with them is learnt anew. */
  setUsed(used: Uint8Array): void {
    if (used.every((u, p) => u === this.#used[p])) return;
    this.learn();
    const { height, width, products } = this.#s;
    this.#used = Uint8Array.from(used);
    this.#estimator.setUsed(used);
    if (this.#finished) return;
    this.#basis = new Basis(layOutBins(height, width, used), products);
    this.#mixing = new Mixing();
    this.#pace = new LearningPace(height * width);
    [this.#counts, this.#frames] = [0, 0];
    for (let row = Math.max(0, this.#last - RING + 1); row <= this.#last; row++) this.#noteRow(row);
  }

  /** What means and scores are learnt from. */
  #noteRow(row: number): void {
    const e = this.#estimator;
    const { reservoir } = this.#basis;
    let frames = 0;
    this.#binned.fill(0);
    for (let c = 0; c < this.#s.columns; c++) {
      const seat = this.#seat(row, c);
      if (!e.has(seat)) continue;
      // Until there are averages.
      if (reservoir.length < RESERVOIR / 2) {
        const own = new Float32Array(this.#binned.length);
        e.addBins(seat, own);
        reservoir.push(own);
      }
      e.addBins(seat, this.#binned);
      this.#counts += e.counts(seat);
      frames++;
    }
    this.#frames += frames;
    this.#basis.note(this.#binned, frames);
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
      const seat = this.#seat(row, c);
      e.clear(seat);
      refused += this.#fill(seat, frames(c), high);
      if (beam && e.has(seat)) e.aim(seat, beam.centre[2 * c] as number, beam.centre[2 * c + 1] as number);
    }
    this.#last = row;
    this.#unlearnt = !this.#finished;
    if (!this.#model) this.learn();
    else this.#scoreRow(row);
    const estimates: RowEstimate[] = [];
    if (!this.#model) return { estimates, refused };
    if (!this.#finished) estimates.push(this.#estimateRow(row, false));
    if (row >= REACH.ahead) estimates.push(this.#estimateRow(row - REACH.ahead, true));
    return { estimates, refused };
  }

  /** Frames that were refused. */
  #fill(seat: number, frames: Iterable<DenoiseFrame>, high: number): number {
    let refused = 0;
    for (const frame of frames) {
      const fits = "list" in frame ? this.#estimator.putList(seat, frame) : this.#estimator.put(seat, frame, high);
      if (!fits) refused++;
    }
    return refused;
  }

  /** Learns from the newest row, if that has not been done: whoever takes rows may do it while there is time. */
  learn(): void {
    if (!this.#unlearnt) return;
    this.#unlearnt = false;
    const row = this.#last;
    this.#noteRow(row);
    if (this.#frames === 0) return;
    if (this.#model && row >= REACH.ahead) this.#learnRow(row - REACH.ahead);
    if (!this.#model || this.#pace.isFitDue(row, this.#frames)) this.#refit();
  }

  /** After the last row: what still misses its neighbours has none to come. */
  finish(): RowEstimate[] {
    this.learn();
    const estimates: RowEstimate[] = [];
    if (this.#model) {
      for (let row = Math.max(0, this.#last - REACH.ahead + 1); row <= this.#last; row++) {
        if (!this.#finished) this.#learnRow(row);
        estimates.push(this.#estimateRow(row, true));
      }
      if (!this.#finished) this.#refit();
    }
    this.#finished = true;
    for (let seat = 0; seat < RING * this.#s.columns; seat++) this.#estimator.clear(seat);
    return estimates;
  }

  #scoreRow(row: number): void {
    for (let c = 0; c < this.#s.columns; c++) if (this.#estimator.has(this.#seat(row, c))) this.#estimator.score(this.#seat(row, c));
  }

  /** Frames of a window about a position, the own one first; none where it has no frame. `last`: the last row that there is. */
  #window({ back, ahead, across }: WindowShape, row: number, column: number, last: number, members: number[]): number[] {
    const e = this.#estimator;
    members.length = 0;
    const own = this.#seat(row, column);
    if (!e.has(own)) return members;
    members.push(own);
    for (let r = Math.max(0, row - back); r <= Math.min(row + ahead, last); r++)
      for (let c = Math.max(0, column - across); c <= Math.min(this.#s.columns - 1, column + across); c++) {
        const seat = this.#seat(r, c);
        if (seat !== own && e.has(seat)) members.push(seat);
      }
    return members;
  }

  #weigh(row: number, column: number, last: number): number {
    const shape = WINDOWS[FEATURE_WINDOW] as WindowShape;
    const members = this.#window(shape, row, column, last, this.#members);
    return members.length === 0 ? Number.NaN : this.#estimator.weigh(members, shape.kappa);
  }

  #estimateRow(row: number, final: boolean): RowEstimate {
    const { columns, features: wanted, onPolar } = this.#s;
    const neighbours = new Float32Array(columns);
    const features = new Float32Array(wanted ? columns * FEATURES : 0).fill(Number.NaN);
    const last = final ? this.#last : row;
    for (let c = 0; c < columns; c++) {
      const n = this.#weigh(row, c, last);
      neighbours[c] = n;
      if (wanted && n > 0) this.#estimator.features(features, c * FEATURES);
      const i = c % POLAR_BATCH;
      if (!onPolar) continue;
      if (n > 0) this.#estimator.polar(this.#polar, i * POLAR_BINS);
      else this.#polar.fill(Number.NaN, i * POLAR_BINS, (i + 1) * POLAR_BINS);
      if (i === POLAR_BATCH - 1 || c === columns - 1) onPolar({ row, column: c - i, positions: i + 1, final, counts: this.#polar });
    }
    return { row, final, neighbours, features };
  }

  #refit(): void {
    this.#pace.fitted(this.#frames);
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
    const { columns } = this.#s;
    const e = this.#estimator;
    for (let c = 0; c < columns; c++) {
      if (!e.has(this.#seat(row, c))) continue;
      const seat = this.#basis.seat();
      if (seat < 0) continue;
      this.#weigh(row, c, this.#last);
      const binned = new Float32Array(this.#binned.length);
      e.addAverage(binned);
      this.#basis.reservoir[Math.min(seat, this.#basis.reservoir.length)] = binned;
    }
    const count = this.#pace.positions(columns);
    for (let i = 0; i < count; i++) {
      const c = (Math.imul(row, 7919) + Math.floor((i * columns) / count)) % columns;
      if (!e.has(this.#seat(row, c))) continue;
      e.fill(WINDOWS.map((w) => this.#window(w, row, c, this.#last, [])));
      e.learn(this.#mixing);
    }
  }

  /** Frames about one position, for estimates of it alone: at seats of their own, scored. */
  #gather(frames: FramesAt, rows: number, row: number, column: number, high: number): Gathered {
    const e = this.#estimator;
    const { columns } = this.#s;
    const found = new Gathered(row, column);
    if (!this.#model) return found;
    const { across } = WINDOWS[WINDOWS.length - 1] as WindowShape;
    for (let r = Math.max(0, row - REACH.back); r <= Math.min(rows - 1, row + REACH.ahead); r++)
      for (let c = Math.max(0, column - across); c <= Math.min(columns - 1, column + across); c++) {
        const seat = RING * columns + found.count;
        e.clear(seat);
        this.#fill(seat, frames(r, c), high);
        if (!e.has(seat)) continue;
        e.score(seat);
        found.add(r, c, seat);
      }
    return found;
  }

  /**
   * The pattern of a position from the frames about it, with what is known by now: expected counts per pixel, NaN where a pixel is masked.
   * null: it has no frame, or nothing is known yet.
   */
  pattern(frames: FramesAt, rows: number, row: number, column: number, high: number): Float32Array | null {
    const gathered = this.#gather(frames, rows, row, column, high);
    if (!gathered.own) return null;
    this.#estimator.fill(WINDOWS.map((w) => gathered.window(w)));
    return this.#estimator.mix();
  }

  /** Average polar counts of a position in the same way: [rings * sectors]. `centreAt`: where the beam is in the frames of a position, px. */
  polarPattern(
    frames: FramesAt,
    rows: number,
    row: number,
    column: number,
    high: number,
    centreAt: (row: number, column: number) => readonly [number, number],
  ): Float32Array | null {
    const gathered = this.#gather(frames, rows, row, column, high);
    if (!gathered.own) return null;
    for (const { row: r, column: c, seat } of gathered.frames) this.#estimator.aim(seat, ...centreAt(r, c));
    const shape = WINDOWS[FEATURE_WINDOW] as WindowShape;
    this.#estimator.weigh(gathered.window(shape), shape.kappa);
    const out = new Float32Array(POLAR_BINS);
    this.#estimator.polar(out, 0);
    return out;
  }
}
