import { listCounts } from "../kernels/list-counts.js";
import { CENTRES } from "./bank.js";
import { Basis } from "./basis.js";
import { type Bins, layOutBins } from "./bins.js";
import { type DenoiseModel, type DenoiseSetup, Estimator, scoreFrame, type WindowFrame, windowFrame } from "./estimator.js";
import { COMPONENTS, FEATURE_WINDOW, LEARNT_PER_ROW, MEMBERS, REACH, RESERVOIR } from "./method.js";
import { Mixing, mixTable } from "./mixing.js";

/** Effective number of frames of each position of a row; NaN where nothing came. `final`: all its neighbours are known. */
export interface RowEstimate {
  readonly row: number;
  readonly final: boolean;
  readonly neighbours: Float32Array;
}

/** Rows before this one are learnt from at once; later the basis is made anew every few rows. */
const EAGER_ROWS = 8;
const REFIT_ROWS = 4;
/** A basis of few frames has a component for so many of them. */
const FRAMES_PER_COMPONENT = 4;
const FIRST_ROWS = 4;

/**
 * Denoises one scan: takes its rows in order, learns basis and mixing weights from them, and estimates. All that it does follows from the
 * rows, their order and what they hold.
 */
export class Denoiser {
  #s: DenoiseSetup;
  #bins: Bins;
  #basis: Basis;
  #mixing = new Mixing();
  #estimator: Estimator;
  #model: DenoiseModel | null = null;
  readonly #rows = new Map<number, (WindowFrame | null)[]>();
  #binned: Float32Array;
  #room: Uint32Array;
  #counts = 0;
  #frames = 0;
  #last = -1;

  constructor(s: DenoiseSetup) {
    this.#s = s;
    this.#bins = layOutBins(s.height, s.width, s.used);
    this.#basis = new Basis(this.#bins);
    this.#estimator = new Estimator(s);
    this.#binned = new Float32Array(this.#bins.count);
    this.#room = new Uint32Array(s.height * s.width);
  }

  /** What patterns are estimated with now; null: no frame has come. */
  get model(): DenoiseModel | null {
    return this.#model;
  }

  readonly #at = (row: number, column: number): WindowFrame | null => this.#rows.get(row)?.[column] ?? null;

  /** Pixels turned out to be bad: what was learnt with them is learnt anew. */
  setUsed(used: Uint8Array): void {
    if (used.every((u, p) => u === this.#s.used[p])) return;
    this.#s = { ...this.#s, used };
    this.#bins = layOutBins(this.#s.height, this.#s.width, used);
    this.#basis = new Basis(this.#bins);
    this.#mixing = new Mixing();
    this.#estimator = new Estimator(this.#s);
    [this.#counts, this.#frames] = [0, 0];
    for (const line of this.#rows.values()) for (const f of line) if (f) this.#note(f);
  }

  /** The counts of a frame; null: its pixels are no counts. */
  list(pixels: ArrayLike<number>, high: number): Uint32Array | null {
    for (;;) {
      const n = listCounts(pixels, this.#s.used, high, this.#room);
      if (n >= 0) return this.#room.slice(0, n);
      if (this.#room.length > MOST_ENTRIES * pixels.length) return null;
      this.#room = new Uint32Array(4 * this.#room.length);
    }
  }

  #bin(entries: Uint32Array, weight: number, out: Float32Array): void {
    const { bin, gain } = this.#bins;
    for (const e of entries) {
      const p = e & 0x1ffffff;
      (out[bin[p] as number] as number) += weight * (gain[p] as number) * (e >>> 25);
    }
  }

  /** A frame that scores and means are learnt from. */
  #note(f: WindowFrame): void {
    this.#binned.fill(0);
    this.#bin(f.entries, 1, this.#binned);
    for (const e of f.entries) this.#counts += e >>> 25;
    this.#frames++;
    this.#basis.note(this.#binned);
    // Until there are averages.
    if (this.#basis.reservoir.length < RESERVOIR / 2) this.#basis.reservoir.push(this.#binned.slice());
  }

  /** A complete row of the scan, after the one before: the counts of its positions, null where nothing came. */
  takeRow(row: number, frames: readonly (Uint32Array | null)[]): RowEstimate[] {
    const line = frames.map((entries) => (entries ? windowFrame(entries) : null));
    this.#rows.set(row, line);
    this.#last = row;
    for (const f of line) if (f) this.#note(f);
    if (this.#frames === 0) return [];
    if (row < EAGER_ROWS || row % REFIT_ROWS === 0 || !this.#model) this.#refit();
    else for (const f of line) if (f) scoreFrame(f, this.#model.table);
    const out = [this.#estimateRow(row, false)];
    if (row >= REACH.ahead) {
      this.#learnRow(row - REACH.ahead);
      out.push(this.#estimateRow(row - REACH.ahead, true));
    }
    this.#rows.delete(row - REACH.ahead - REACH.back);
    return out;
  }

  /** After the last row: what still misses its neighbours has none to come. */
  finish(): RowEstimate[] {
    const out: RowEstimate[] = [];
    if (this.#frames === 0) return out;
    for (let row = Math.max(0, this.#last - REACH.ahead + 1); row <= this.#last; row++) {
      this.#learnRow(row);
      out.push(this.#estimateRow(row, true));
    }
    this.#refit();
    this.#rows.clear();
    return out;
  }

  #estimateRow(row: number, final: boolean): RowEstimate {
    const neighbours = new Float32Array(this.#s.columns);
    const last = final ? this.#last : row;
    for (let c = 0; c < neighbours.length; c++) {
      const n = this.#estimator.weigh(FEATURE_WINDOW, this.#at, row, c, last);
      neighbours[c] = n > 0 ? n : Number.NaN;
    }
    return { row, final, neighbours };
  }

  #refit(): void {
    const n = this.#basis.reservoir.length;
    const components = this.#last < FIRST_ROWS ? Math.floor(n / FRAMES_PER_COMPONENT) : COMPONENTS;
    const table = this.#basis.fit(components);
    let pixels = 0;
    for (const u of this.#s.used) if (u !== 0) pixels++;
    const mean = this.#counts / this.#frames / Math.max(1, pixels);
    this.#model = { table, mix: mixTable(this.#mixing.solve(), mean), mean };
    for (const line of this.#rows.values()) for (const f of line) if (f) scoreFrame(f, table);
  }

  #learnRow(row: number): void {
    const { columns, height, width, used } = this.#s;
    const e = this.#estimator;
    for (let c = 0; c < columns; c++) {
      const seat = this.#basis.seat();
      if (seat < 0 || e.weigh(FEATURE_WINDOW, this.#at, row, c, this.#last) === 0) continue;
      const binned = new Float32Array(this.#bins.count);
      for (let j = 0; j < e.members.length; j++) this.#bin((e.members[j] as WindowFrame).entries, e.weights[j] as number, binned);
      this.#basis.reservoir[Math.min(seat, this.#basis.reservoir.length)] = binned;
    }
    const mean = this.#model?.mean ?? 0;
    for (let i = 0; i < LEARNT_PER_ROW; i++) {
      const c = (Math.imul(i, 40503) + Math.imul(row, 7919) + Math.floor((i * columns) / LEARNT_PER_ROW)) % columns;
      const own = e.bank(this.#at, row, c, this.#last);
      if (!own) continue;
      const kept = MEMBERS.map((m, k) => (CENTRES[k] as number) * (m.window < 0 ? 1 : (own[m.window] as number)));
      this.#mixing.learn(e.planes, e.guide, kept, mean, used, height, width);
    }
  }

  /**
   * The pattern of a position from the frames about it: expected counts per pixel, NaN where a pixel is masked. null: it has no frame, or
   * nothing is known yet.
   */
  pattern(at: (row: number, column: number) => Uint32Array | null, row: number, column: number): Float32Array | null {
    const model = this.#model;
    if (!model) return null;
    const scored = new Map<number, WindowFrame | null>();
    const frameAt = (r: number, c: number): WindowFrame | null => {
      const key = r * this.#s.columns + c;
      let f = scored.get(key);
      if (f !== undefined) return f;
      const entries = at(r, c);
      f = entries ? windowFrame(entries) : null;
      if (f) scoreFrame(f, model.table);
      scored.set(key, f);
      return f;
    };
    if (!this.#estimator.bank(frameAt, row, column, Number.POSITIVE_INFINITY)) return null;
    return this.#estimator.mix(model).map((v, p) => (this.#s.used[p] !== 0 ? v : Number.NaN));
  }
}
/** Entries per pixel up to which room is made; more: the pixels are no counts of electrons. */
const MOST_ENTRIES = 64;
