import type { KernelInstance } from "../kernels/kernel-module.js";
import type { ScoreTable } from "../kernels/score-entries.js";
import { binGains as gainsOf } from "../kernels/window-frame.js";
import type { Bins } from "./bins.js";
import { COMPONENTS, RESERVOIR } from "./method.js";
import { allOf, Subspace } from "./subspace.js";

/** Variance that is expected where nothing was counted, of the mean bin. */
const DARK = 0.05;
/** Keeps weights finite where nothing was counted at all. */
const LEAST = 1e-30;
/** Weights stay until there are so many times the frames. */
const WEIGHTS_LAST = 2;

const binGains = ({ bin, gain, count }: Bins): Float32Array => gainsOf(bin, gain, count);

/** A basis for frames of one scan: the strongest components of a reservoir of frames. */
export class Basis {
  #bins: Bins;
  /** Sum of all frames that came. */
  readonly #sum: Float64Array;
  #frames = 0;
  readonly reservoir: Float32Array[] = [];
  #seen = 0;
  #renewed = 0;
  #random = 0x9e3779b9;
  readonly #subspace: Subspace;
  #weight: Float32Array;
  #root: Float32Array;
  #weighed = 0;

  /** `kernels`: an instance that nothing else uses; null: plain loops. */
  constructor(bins: Bins, kernels: KernelInstance | null = null) {
    this.#bins = bins;
    this.#sum = new Float64Array(bins.count);
    this.#weight = new Float32Array(bins.count);
    this.#root = this.#weight;
    this.#subspace = new Subspace(bins.count, kernels);
  }

  /** Takes the bins of a frame, or their sum over several. */
  note(binned: Float32Array, frames = 1): void {
    for (let b = 0; b < binned.length; b++) (this.#sum[b] as number) += binned[b] as number;
    this.#frames += frames;
  }

  /** More pixels are excluded that never counted anything: what is known of their bins is of fewer pixels. */
  rebin(bins: Bins): void {
    const [before, after] = [binGains(this.#bins), binGains(bins)];
    const ratio = after.map((gain, b) => (gain > 0 ? gain / (before[b] as number) : 0));
    this.#bins = bins;
    ratio.forEach((r, b) => {
      (this.#sum[b] as number) *= r;
    });
    for (let i = 0; i < this.reservoir.length; i++) {
      const frame = this.reservoir[i] as Float32Array;
      this.reservoir[i] = frame.map((v, b) => v * (ratio[b] as number));
    }
    this.#weighed = 0;
  }

  /**
   * Where the next average goes in the reservoir, -1: nowhere. When it is full all are replaced once, in turn: the first were single frames, and
   * averages that were made with little knowledge. Then each has the same chance.
   */
  seat(): number {
    this.#seen++;
    if (this.reservoir.length < RESERVOIR) return this.reservoir.length;
    if (this.#renewed < RESERVOIR) return this.#renewed++;
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    const at = Math.floor((this.#random / 2 ** 32) * this.#seen);
    return at < RESERVOIR ? at : -1;
  }

  /** The next basis weighs bins by all that came, however little more that is. */
  refresh(): void {
    this.#weighed = 0;
  }

  /** The basis of what is in the reservoir, whose frames are replaced, never changed. */
  fit(components: number): ScoreTable {
    return allOf(this.parts(components));
  }

  /** The same in parts: of what is in the reservoir now, whatever comes meanwhile. */
  parts(components: number): Generator<void, ScoreTable> {
    if (this.#frames >= this.#weighed * WEIGHTS_LAST) this.#weigh();
    return this.#parts(this.#bins, this.reservoir.slice(), this.#weight, this.#root, components);
  }

  *#parts(
    { bin, gain, count }: Bins,
    frames: readonly Float32Array[],
    weight: Float32Array,
    root: Float32Array,
    components: number,
  ): Generator<void, ScoreTable> {
    const k = Math.max(1, Math.min(components, COMPONENTS, frames.length));
    const rows = yield* this.#subspace.parts(frames, root, k);
    const basis = new Float32Array(count * k);
    const power = new Float32Array(count);
    for (let b = 0, to = 0; b < count; b++) {
      let p = 0;
      for (let j = 0, at = b * COMPONENTS; j < k; j++, at++, to++) {
        const v = (rows[at] as number) * (root[b] as number);
        basis[to] = v;
        p += v * v;
      }
      power[b] = p;
    }
    return { components: k, bin, gain, basis, power, weight };
  }

  /** Weights by what came so far. */
  #weigh(): void {
    const mean = this.#sum.map((v) => v / Math.max(1, this.#frames));
    const level = mean.reduce((a, v) => a + v, 0) / mean.length;
    this.#weight = Float32Array.from(mean, (v) => 1 / (v + DARK * level + LEAST));
    this.#root = this.#weight.map(Math.sqrt);
    this.#weighed = this.#frames;
  }
}
