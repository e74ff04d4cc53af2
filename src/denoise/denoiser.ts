import { krigeWeights } from "../kernels/krige-weights.js";
import { type MixTable, mixPlanes } from "../kernels/mix-planes.js";
import { type ScoreTable, scoreEntries } from "../kernels/score-entries.js";
import { spreadEntries } from "../kernels/spread-entries.js";
import { blindGuide, blurBank, CENTRES } from "./bank.js";
import { Basis } from "./basis.js";
import { type Bins, layOutBins } from "./bins.js";
import {
  BANK,
  COMPONENTS,
  GUIDE,
  LEARNT_PER_ROW,
  LEAST,
  LEAST_SHARE,
  MEMBERS,
  REACH,
  RESERVOIR,
  WINDOWS,
  type WindowShape,
} from "./method.js";
import { Mixing, mixTable } from "./mixing.js";

/** A frame in the window: its counts, and its scores on the basis of the time. */
export interface WindowFrame {
  readonly entries: Uint32Array;
  readonly scores: Float32Array;
  /** Square of the scores without their noise. */
  power: number;
  /** Noise of the whole frame. */
  noise: number;
}

/** What estimates are made with. */
export interface DenoiseModel {
  readonly table: ScoreTable;
  readonly mix: MixTable;
  /** Mean count per pixel. */
  readonly mean: number;
}

export interface DenoiseSetup {
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  /** Non-zero where a pixel is valid. */
  readonly used: Uint8Array;
}

/** Scratch of one estimate. */
const MOST_MEMBERS = Math.max(...WINDOWS.map((w) => (w.back + 1 + w.ahead) * (2 * w.across + 1)));

export class Estimator {
  readonly #s: DenoiseSetup;
  readonly planes: readonly Float32Array[];
  readonly guide: Float32Array;
  readonly estimate: Float32Array;
  readonly #rooms: readonly [Float32Array, Float32Array];
  readonly #distances = new Float32Array(MOST_MEMBERS * MOST_MEMBERS);
  readonly #noise = new Float32Array(MOST_MEMBERS);
  readonly #gradient = new Float32Array(MOST_MEMBERS);
  readonly weights = WINDOWS.map(() => new Float32Array(MOST_MEMBERS));
  readonly members: WindowFrame[] = [];

  constructor(s: DenoiseSetup) {
    this.#s = s;
    const plane = (): Float32Array => new Float32Array(s.height * s.width);
    this.planes = Array.from({ length: BANK }, plane);
    this.guide = plane();
    this.estimate = plane();
    this.#rooms = [plane(), plane()];
  }

  /** Weights of a window about (row, column); the own frame is the first member. Answers whether there is one. */
  weigh(window: number, at: (row: number, column: number) => WindowFrame | null, row: number, column: number, to: number): boolean {
    const { back, ahead, across, kappa } = WINDOWS[window] as WindowShape;
    const own = at(row, column);
    const { members } = this;
    members.length = 0;
    if (!own) return false;
    members.push(own);
    for (let r = row - back; r <= Math.min(row + ahead, to); r++)
      for (let c = Math.max(0, column - across); c <= Math.min(this.#s.columns - 1, column + across); c++) {
        const f = r === row && c === column ? null : at(r, c);
        if (f) members.push(f);
      }
    const n = members.length;
    for (let i = 0; i < n; i++) {
      const a = members[i] as WindowFrame;
      this.#noise[i] = a.noise;
      this.#distances[i * MOST_MEMBERS + i] = 0;
      for (let j = 0; j < i; j++) {
        const b = members[j] as WindowFrame;
        let dot = 0;
        for (let k = 0; k < a.scores.length; k++) dot += (a.scores[k] as number) * (b.scores[k] as number);
        const d = Math.max(0, a.power + b.power - 2 * dot);
        this.#distances[i * MOST_MEMBERS + j] = d;
        this.#distances[j * MOST_MEMBERS + i] = d;
      }
    }
    krigeWeights(n, this.#distances, MOST_MEMBERS, this.#noise, kappa, this.weights[window] as Float32Array, this.#gradient);
    return true;
  }

  /** Fills the bank of a position; answers the own weights per window, or null. */
  bank(at: (row: number, column: number) => WindowFrame | null, row: number, column: number, to: number): number[] | null {
    const own: number[] = [];
    const { height, width, used } = this.#s;
    for (let w = 0; w < WINDOWS.length; w++) {
      if (!this.weigh(w, at, row, column, to)) return null;
      const plane = this.planes[MEMBERS.findIndex((m) => m.window === w)] as Float32Array;
      plane.fill(0);
      this.members.forEach((m, j) => {
        const weight = (this.weights[w] as Float32Array)[j] as number;
        if (weight > 0) spreadEntries(m.entries, 0, m.entries.length, weight, plane);
      });
      fillMasked(plane, used, height, width);
      own.push((this.weights[w] as Float32Array)[0] as number);
    }
    const first = this.planes[0] as Float32Array;
    first.fill(0);
    const x = (this.members[0] as WindowFrame).entries;
    spreadEntries(x, 0, x.length, 1, first);
    fillMasked(first, used, height, width);
    blurBank(this.planes, height, width, this.#rooms[0]);
    blindGuide(this.planes, own[MEMBERS[GUIDE]?.window as number] as number, height, width, this.#rooms, this.guide);
    return own;
  }

  /** The pattern, after `bank`. */
  mix({ mix }: DenoiseModel): Float32Array {
    mixPlanes(this.planes, this.guide, mix, LEAST, LEAST_SHARE, this.estimate);
    return this.estimate;
  }
}

/** Excluded pixels get the mean of the valid ones around them, 0 where there are none. */
function fillMasked(plane: Float32Array, used: Uint8Array, height: number, width: number): void {
  for (let p = 0; p < used.length; p++) {
    if (used[p] !== 0) continue;
    const [row, col] = [Math.floor(p / width), p % width];
    let [sum, n] = [0, 0];
    for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
      for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++)
        if (used[r * width + c]) {
          sum += plane[r * width + c] as number;
          n++;
        }
    plane[p] = n > 0 ? sum / n : 0;
  }
}

/** Learns from the rows of a scan, in order. */
export class Denoiser {
  readonly #s: DenoiseSetup;
  readonly #bins: Bins;
  readonly #basis: Basis;
  readonly #mixing = new Mixing();
  readonly #rows = new Map<number, (WindowFrame | null)[]>();
  readonly estimator: Estimator;
  #model: DenoiseModel | null = null;
  #counts = 0;
  #frames = 0;
  #row = -1;
  readonly #binned: Float32Array;

  constructor(s: DenoiseSetup) {
    this.#s = s;
    this.#bins = layOutBins(s.height, s.width, s.used);
    this.#basis = new Basis(this.#bins);
    this.estimator = new Estimator(s);
    this.#binned = new Float32Array(this.#bins.count);
  }

  get model(): DenoiseModel | null {
    return this.#model;
  }

  readonly at = (row: number, column: number): WindowFrame | null => this.#rows.get(row)?.[column] ?? null;

  score(f: WindowFrame): void {
    const table = (this.#model as DenoiseModel).table;
    const noise = { inScores: 0, inFrame: 0 };
    const scores = f.scores;
    scoreEntries(f.entries, 0, f.entries.length, table, scores, 0, noise);
    let power = 0;
    for (let k = 0; k < table.components; k++) power += (scores[k] as number) ** 2;
    f.power = power - noise.inScores;
    f.noise = noise.inFrame;
  }

  #bin(entries: Uint32Array, weight: number, out: Float32Array): void {
    const { bin, gain } = this.#bins;
    for (const e of entries) {
      const p = e & 0x1ffffff;
      (out[bin[p] as number] as number) += weight * (gain[p] as number) * (e >>> 25);
    }
  }

  /** A finished row of the scan; null where nothing came. */
  takeRow(row: number, frames: readonly (Uint32Array | null)[]): void {
    const line = frames.map((entries) => (entries ? { entries, scores: new Float32Array(COMPONENTS), power: 0, noise: 0 } : null));
    this.#rows.set(row, line);
    this.#row = row;
    for (const f of line) {
      if (!f) continue;
      this.#binned.fill(0);
      this.#bin(f.entries, 1, this.#binned);
      for (const e of f.entries) this.#counts += e >>> 25;
      this.#frames++;
      this.#basis.note(this.#binned);
      if (this.#basis.reservoir.length < RESERVOIR / 2) this.#basis.reservoir.push(this.#binned.slice());
    }
    if (this.#frames === 0) return;
    const refit = row < 8 || row % 4 === 0;
    if (refit) this.refit();
    else for (const f of line) if (f) this.score(f);
    if (row - REACH.ahead >= 0) this.#learnRow(row - REACH.ahead);
    this.#rows.delete(row - REACH.ahead - REACH.back);
  }

  refit(): void {
    const n = this.#basis.reservoir.length;
    const components = this.#row < 4 ? n >> 2 : COMPONENTS;
    const table = this.#basis.fit(components);
    const mean = this.#counts / this.#frames / this.#s.used.reduce((a, v) => a + v, 0);
    this.#model = { table, mix: mixTable(this.#mixing.solve(), mean), mean };
    for (const line of this.#rows.values()) for (const f of line) if (f) this.score(f);
  }

  #learnRow(row: number): void {
    const { columns, height, width, used } = this.#s;
    const e = this.estimator;
    for (let c = 0; c < columns; c++) {
      const seat = this.#basis.seat();
      if (seat < 0 || !e.weigh(1, this.at, row, c, this.#row)) continue;
      const binned = new Float32Array(this.#bins.count);
      e.members.forEach((m, j) => this.#bin(m.entries, (e.weights[1] as Float32Array)[j] as number, binned));
      this.#basis.reservoir[Math.min(seat, this.#basis.reservoir.length)] = binned;
    }
    for (let i = 0; i < LEARNT_PER_ROW; i++) {
      const c = (i * 2654435761 + row * 40503) % columns;
      const own = e.bank(this.at, row, c, this.#row);
      if (!own) continue;
      const centres = MEMBERS.map((m, k) => (CENTRES[k] as number) * (m.window < 0 ? 1 : (own[m.window] as number)));
      this.#mixing.learn(e.planes, e.guide, centres, (this.#model as DenoiseModel).mean, used, height, width);
    }
  }

  /** After the last row. */
  finish(): void {
    for (let row = Math.max(0, this.#row - REACH.ahead + 1); row <= this.#row; row++) this.#learnRow(row);
    this.refit();
  }
}
