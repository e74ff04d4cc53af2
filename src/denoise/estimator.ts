import { krigeWeights } from "../kernels/krige-weights.js";
import { type MixTable, mixPlanes } from "../kernels/mix-planes.js";
import { type ScoreTable, scoreEntries } from "../kernels/score-entries.js";
import { spreadEntries } from "../kernels/spread-entries.js";
import { blindGuide, blurBank } from "./bank.js";
import { BANK, COMPONENTS, GUIDE, KEPT_WINDOW, LEAST, LEAST_SHARE, MEMBERS, WINDOWS, type WindowShape } from "./method.js";

/** A frame in the window: its counts, and its scores on the basis of the time. */
export interface WindowFrame {
  readonly entries: Uint32Array;
  readonly scores: Float32Array;
  /** Square of the scores without their noise. */
  power: number;
  /** Noise of the whole frame. */
  noise: number;
}

export const windowFrame = (entries: Uint32Array): WindowFrame => ({ entries, scores: new Float32Array(COMPONENTS), power: 0, noise: 0 });

/** What estimates are made with. */
export interface DenoiseModel {
  readonly table: ScoreTable;
  readonly mix: MixTable;
  /** Mean count per pixel. */
  readonly mean: number;
}

/** The detector, and how long a scan row is. */
export interface DenoiseSetup {
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  /** Non-zero where a pixel is valid. */
  readonly used: Uint8Array;
}

/** The frame of a position, if there is one. */
export type FrameAt = (row: number, column: number) => WindowFrame | null;

const MOST_MEMBERS = Math.max(...WINDOWS.map((w) => (w.back + 1 + w.ahead) * (2 * w.across + 1)));
/** The plane that holds the average of a window. */
const AVERAGE = WINDOWS.map((_, w) => MEMBERS.findIndex((m) => m.window === w));

/** Projects a frame on the basis. */
export function scoreFrame(f: WindowFrame, table: ScoreTable): void {
  const noise = { inScores: 0, inFrame: 0 };
  scoreEntries(f.entries, 0, f.entries.length, table, f.scores, 0, noise);
  let power = 0;
  for (let k = 0; k < table.components; k++) power += (f.scores[k] as number) ** 2;
  f.scores.fill(0, table.components);
  f.power = power - noise.inScores;
  f.noise = noise.inFrame;
}

/** Estimates of one position at a time, in memory of its own. */
export class Estimator {
  readonly #s: DenoiseSetup;
  readonly planes: readonly Float32Array[];
  readonly guide: Float32Array;
  readonly #estimate: Float32Array;
  readonly #rooms: readonly [Float32Array, Float32Array];
  readonly #distances = new Float32Array(MOST_MEMBERS * MOST_MEMBERS);
  readonly #noise = new Float32Array(MOST_MEMBERS);
  readonly #gradient = new Float32Array(MOST_MEMBERS);
  /** Of the window that was weighed last, the own frame first. */
  readonly members: WindowFrame[] = [];
  readonly weights = new Float32Array(MOST_MEMBERS);

  constructor(s: DenoiseSetup) {
    this.#s = s;
    const plane = (): Float32Array => new Float32Array(s.height * s.width);
    this.planes = Array.from({ length: BANK }, plane);
    this.guide = plane();
    this.#estimate = plane();
    this.#rooms = [plane(), plane()];
  }

  /**
   * Weighs the frames of a window about a position; rows after `last` are not there yet. Answers the effective number of frames, 1 / the sum
   * of the squares of the weights; 0 where the position has no frame.
   */
  weigh(window: number, at: FrameAt, row: number, column: number, last: number): number {
    const { back, ahead, across, kappa } = WINDOWS[window] as WindowShape;
    const { members } = this;
    members.length = 0;
    const own = at(row, column);
    if (!own) return 0;
    members.push(own);
    for (let r = row - back; r <= Math.min(row + ahead, last); r++)
      for (let c = Math.max(0, column - across); c <= Math.min(this.#s.columns - 1, column + across); c++) {
        const f = r === row && c === column ? null : at(r, c);
        if (f) members.push(f);
      }
    this.#measure();
    const n = members.length;
    krigeWeights(n, this.#distances, MOST_MEMBERS, this.#noise, kappa, this.weights, this.#gradient);
    let squares = 0;
    for (let j = 0; j < n; j++) squares += (this.weights[j] as number) ** 2;
    return 1 / squares;
  }

  /** Squared distances between all members, without their noise. */
  #measure(): void {
    const { members } = this;
    for (let i = 0; i < members.length; i++) {
      const a = members[i] as WindowFrame;
      this.#noise[i] = a.noise;
      this.#distances[i * MOST_MEMBERS + i] = 0;
      for (let j = 0; j < i; j++) {
        const b = members[j] as WindowFrame;
        let dot = 0;
        for (let k = 0; k < COMPONENTS; k++) dot += (a.scores[k] as number) * (b.scores[k] as number);
        const d = Math.max(0, a.power + b.power - 2 * dot);
        this.#distances[i * MOST_MEMBERS + j] = d;
        this.#distances[j * MOST_MEMBERS + i] = d;
      }
    }
  }

  /** Fills the bank of a position; answers its own weight in each window, null where it has no frame. */
  bank(at: FrameAt, row: number, column: number, last: number): number[] | null {
    const own: number[] = [];
    const { height, width, used } = this.#s;
    for (let w = 0; w < WINDOWS.length; w++) {
      if (this.weigh(w, at, row, column, last) === 0) return null;
      const plane = this.planes[AVERAGE[w] as number] as Float32Array;
      plane.fill(0);
      for (let j = 0; j < this.members.length; j++) {
        const weight = this.weights[j] as number;
        const { entries } = this.members[j] as WindowFrame;
        if (weight > 0) spreadEntries(entries, 0, entries.length, weight, plane);
      }
      fillMasked(plane, used, height, width);
      own.push(this.weights[0] as number);
    }
    const first = this.planes[0] as Float32Array;
    const { entries } = this.members[0] as WindowFrame;
    first.fill(0);
    spreadEntries(entries, 0, entries.length, 1, first);
    fillMasked(first, used, height, width);
    blurBank(this.planes, height, width, this.#rooms[0]);
    blindGuide(this.planes, own[MEMBERS[GUIDE]?.window as number] as number, height, width, this.#rooms, this.guide);
    return own;
  }

  /** The pattern of the bank: expected counts per pixel, a view. */
  mix({ mix }: DenoiseModel): Float32Array {
    mixPlanes(this.planes, this.guide, mix, LEAST, LEAST_SHARE, this.#estimate);
    keepCounts(this.#estimate, this.planes[AVERAGE[KEPT_WINDOW] as number] as Float32Array, this.#s.used);
    return this.#estimate;
  }
}

/** Scales an estimate so that its counts are those of the average: weights of pixels do not add up to them by themselves. */
function keepCounts(estimate: Float32Array, average: Float32Array, used: Uint8Array): void {
  let [sum, total] = [0, 0];
  for (let p = 0; p < used.length; p++) {
    if (used[p] === 0) continue;
    sum += estimate[p] as number;
    total += average[p] as number;
  }
  if (sum > 0) for (let p = 0; p < used.length; p++) (estimate[p] as number) *= total / sum;
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
