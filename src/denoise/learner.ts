import type { KernelInstance } from "../kernels/kernel-module.js";
import type { ScoreTable } from "../kernels/score-entries.js";
import { Basis } from "./basis.js";
import { layOutBins } from "./bins.js";
import type { DenoiseModel, Estimator } from "./estimator.js";
import { LearningPace } from "./learning-pace.js";
import { COMPONENTS, REACH, RESERVOIR } from "./method.js";
import { Mixing, mixTable } from "./mixing.js";
import type { RingSeats } from "./ring-seats.js";
import { allOf } from "./subspace.js";

/** A basis of few frames has a component for so many of them. */
const FRAMES_PER_COMPONENT = 4;
const FIRST_ROWS = 4;
/** A new basis is used when about so many frames more have come, in at most so many rows: it need not be made at once, and no estimates wait for it. */
const FRAMES_TO_FIT = 128;
const MOST_ROWS_TO_FIT = 4;

/** A basis that is being made. */
interface Fit {
  readonly parts: Generator<void, ScoreTable>;
  /** The row after which it is used. */
  readonly due: number;
  /** null: there are parts to do. */
  table: ScoreTable | null;
}

/** Learns basis and mixing weights of one scan from its rows. */
export class Learner {
  readonly #height: number;
  readonly #width: number;
  readonly #products: KernelInstance | null;
  readonly #estimator: Estimator;
  readonly #ring: RingSeats;
  #used: Uint8Array;
  #basis: Basis;
  #mixing = new Mixing();
  #pace: LearningPace;
  #model: DenoiseModel | null = null;
  #fit: Fit | null = null;
  #doublings = 0;
  /** What mixing weights were learnt from is no longer what they are for. */
  #remix = false;
  readonly #binned: Float32Array;
  #counts = 0;
  #frames = 0;
  /** Columns of the row that mixing weights were learnt from last. */
  #columns: readonly number[] = [];

  constructor(height: number, width: number, products: KernelInstance | null, estimator: Estimator, ring: RingSeats) {
    [this.#height, this.#width] = [height, width];
    this.#products = products;
    this.#estimator = estimator;
    this.#ring = ring;
    this.#used = new Uint8Array(height * width).fill(1);
    const bins = layOutBins(height, width, this.#used);
    this.#basis = new Basis(bins, products);
    this.#pace = new LearningPace(height * width);
    this.#binned = new Float32Array(bins.count);
  }

  get model(): DenoiseModel | null {
    return this.#model;
  }
  get used(): Uint8Array {
    return this.#used;
  }
  /** How often what mixing weights are learnt from has doubled. */
  get doublings(): number {
    return this.#doublings;
  }
  get learntColumns(): readonly number[] {
    return this.#columns;
  }

  /** Non-zero where a pixel is valid. Where pixels turn out to be bad that counted something, what was learnt with them is learnt anew: answers that. */
  setUsed(used: Uint8Array, last: number): boolean {
    this.#used = Uint8Array.from(used);
    const dropped = this.#estimator.setUsed(used);
    this.#finish();
    this.#remix = true;
    const bins = layOutBins(this.#height, this.#width, used);
    if (dropped === 0 && this.#frames > 0) {
      this.#basis.rebin(bins);
      if (this.#model) this.fit(last);
      return false;
    }
    this.#basis = new Basis(bins, this.#products);
    this.#mixing = new Mixing();
    this.#pace = new LearningPace(this.#height * this.#width);
    [this.#counts, this.#frames] = [0, 0];
    for (const row of this.#ring.rows(last)) this.#note(row);
    return this.#frames > 0;
  }

  /** What means and scores are learnt from. */
  #note(row: number): void {
    const e = this.#estimator;
    const { reservoir } = this.#basis;
    const seats: number[] = [];
    for (let c = 0; c < this.#ring.columns; c++) {
      const seat = this.#ring.at(row, c);
      if (!e.has(seat)) continue;
      seats.push(seat);
      this.#counts += e.counts(seat);
      // Until there are averages.
      if (reservoir.length >= RESERVOIR / 2) continue;
      const own = new Float32Array(this.#binned.length);
      e.addBins([seat], own);
      reservoir.push(own);
    }
    this.#binned.fill(0);
    e.addBins(seats, this.#binned);
    this.#frames += seats.length;
    this.#basis.note(this.#binned, seats.length);
  }

  /** Learns from the newest row, and from the one that it made final. */
  learn(row: number): void {
    this.#note(row);
    if (this.#frames === 0) return;
    if (this.#model && row >= REACH.ahead) this.learnFinal(row - REACH.ahead, row);
    if (!this.#model || !this.#pace.begun) this.fit(row);
    if (this.#fit && row >= this.#fit.due) this.#use(this.#finish() as ScoreTable, row);
    else if (this.#model && this.#pace.isSolveDue) this.#mix(this.#model.table);
    if (!this.#fit && this.#pace.isFitDue(row, this.#frames)) this.#begin(row);
  }

  #begin(row: number): void {
    this.#pace.fitted(this.#frames);
    const rows = Math.min(MOST_ROWS_TO_FIT, Math.ceil(FRAMES_TO_FIT / this.#ring.columns));
    this.#fit = { parts: this.#basis.parts(this.#components(row)), due: row + rows, table: null };
  }

  /** Does a part of what is to be done some rows later: answers whether there is more. */
  work(): boolean {
    const fit = this.#fit;
    if (!fit || fit.table) return false;
    const { done, value } = fit.parts.next();
    if (done) fit.table = value;
    return !done;
  }

  /** Learns from averages of a row of which all neighbours are known. */
  learnFinal(row: number, last: number): void {
    const e = this.#estimator;
    const { columns } = this.#ring;
    for (let c = 0; c < columns; c++) {
      if (!e.has(this.#ring.at(row, c))) continue;
      const seat = this.#basis.seat();
      if (seat < 0) continue;
      this.#ring.weigh(row, c, last);
      const binned = new Float32Array(this.#binned.length);
      e.addAverage(binned);
      this.#basis.reservoir[Math.min(seat, this.#basis.reservoir.length)] = binned;
    }
    this.#columns = spread(row, columns, 0, this.#pace.positions(columns));
    for (const c of this.#columns) {
      if (!e.has(this.#ring.at(row, c))) continue;
      e.fill("full", this.#ring.windows(row, c, last));
      e.learn(this.#mixing);
    }
  }

  /** The basis that is being made, with all its parts. What the next one goes on from must not depend on how many there was time for. */
  #finish(): ScoreTable | null {
    const fit = this.#fit;
    this.#fit = null;
    return fit && (fit.table ?? allOf(fit.parts));
  }

  #components(row: number): number {
    return row < FIRST_ROWS ? Math.floor(this.#basis.reservoir.length / FRAMES_PER_COMPONENT) : COMPONENTS;
  }

  /** After the last row: the model of all that was learnt. */
  settle(last: number): void {
    this.#remix = true;
    this.#basis.refresh();
    this.fit(last);
  }

  /** Makes the model anew, and scores all rows that have seats by it. */
  fit(last: number): void {
    this.#finish();
    this.#pace.fitted(this.#frames);
    this.#use(this.#basis.fit(this.#components(last)), last);
  }

  #use(table: ScoreTable, last: number): void {
    this.#mix(table);
    for (const row of this.#ring.rows(last)) this.#ring.score(row);
  }

  /** Takes a basis, and mixing weights that are made anew where there is more to learn them from. */
  #mix(table: ScoreTable): void {
    this.#model = this.#model && !this.#pace.isSolveDue && !this.#remix ? { ...this.#model, table } : { table, ...this.#solve() };
    this.#remix = false;
    this.#estimator.setModel(this.#model);
  }

  #solve(): Pick<DenoiseModel, "mix" | "mean"> {
    if (this.#pace.solved()) this.#doublings++;
    let pixels = 0;
    for (const u of this.#used) if (u !== 0) pixels++;
    const mean = this.#counts / this.#frames / Math.max(1, pixels);
    const mix = {
      full: mixTable(this.#mixing.solve("full"), "full", mean),
      cheap: mixTable(this.#mixing.solve("cheap"), "cheap", mean),
    };
    return { mix, mean };
  }
}

/** So many columns of a row at even distances, beginning with a share of one. */
export const spread = (row: number, columns: number, shift: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (Math.imul(row, 7919) + Math.floor(((i + shift) * columns) / count)) % columns);
