import type { ScoreTable } from "../kernels/score-entries.js";
import type { Bins } from "./bins.js";
import { COMPONENTS, RESERVOIR } from "./method.js";
import { factor } from "./mixing.js";

/** Variance that is expected where nothing was counted, of the mean bin. */
const DARK = 0.05;
/** Steps of the subspace iteration. */
const STEPS = 8;

/** A basis for frames of one scan: the strongest components of a reservoir of frames. */
export class Basis {
  readonly #bins: Bins;
  /** Sum of all frames that came. */
  readonly #sum: Float64Array;
  #frames = 0;
  readonly reservoir: Float32Array[] = [];
  #seen = 0;
  #random = 0x9e3779b9;
  #start: Float64Array | null = null;

  constructor(bins: Bins) {
    this.#bins = bins;
    this.#sum = new Float64Array(bins.count);
  }

  note(binned: Float32Array): void {
    for (let b = 0; b < binned.length; b++) (this.#sum[b] as number) += binned[b] as number;
    this.#frames++;
  }

  /** Where the next frame goes in the reservoir, each with the same chance; -1: nowhere. */
  seat(): number {
    this.#seen++;
    if (this.reservoir.length < RESERVOIR) return this.reservoir.length;
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    const at = Math.floor((this.#random / 2 ** 32) * this.#seen);
    return at < RESERVOIR ? at : -1;
  }

  /** The basis of what is in the reservoir. */
  fit(components: number): ScoreTable {
    const { bin, gain, count } = this.#bins;
    const mean = Float64Array.from(this.#sum, (v) => v / Math.max(1, this.#frames));
    const level = mean.reduce((a, v) => a + v, 0) / count;
    const weight = Float32Array.from(mean, (v) => 1 / (v + DARK * level + Number.MIN_VALUE));
    const frames = this.reservoir.map((f) => f.map((v, b) => v * Math.sqrt(weight[b] as number)));
    const n = frames.length;
    const k = Math.max(1, Math.min(components, COMPONENTS, n));
    const q = this.#subspace(gram(frames), n, k);
    const basis = combine(frames, q, k, count);
    const power = new Float32Array(count);
    for (let b = 0; b < count; b++) {
      const root = Math.sqrt(weight[b] as number);
      let p = 0;
      for (let j = 0; j < k; j++) {
        const v = (basis[b * k + j] as number) * root;
        basis[b * k + j] = v;
        p += v * v;
      }
      power[b] = p;
    }
    return { components: k, bin, gain, basis, power, weight };
  }

  /** Columns [n, k] whose combinations of the frames are orthonormal and span their strongest components. */
  #subspace(g: Float64Array, n: number, k: number): Float64Array {
    let q: Float64Array = new Float64Array(n * k);
    let seed = 12345;
    for (let i = 0; i < q.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      q[i] = seed / 2 ** 32 - 0.5;
    }
    const kept = this.#start;
    if (kept) q.set(kept.subarray(0, Math.min(kept.length, q.length)));
    for (let step = 0; step < STEPS; step++) q = orthonormal(times(g, q, n, k), n, k, null);
    this.#start = null;
    return orthonormal(q, n, k, g);
  }
}

function gram(frames: readonly Float32Array[]): Float64Array {
  const n = frames.length;
  const g = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const [a, b] = [frames[i] as Float32Array, frames[j] as Float32Array];
      let v = 0;
      for (let p = 0; p < a.length; p++) v += (a[p] as number) * (b[p] as number);
      g[i * n + j] = v;
      g[j * n + i] = v;
    }
  return g;
}

function times(g: Float64Array, q: Float64Array, n: number, k: number): Float64Array {
  const out = new Float64Array(n * k);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const v = g[i * n + j] as number;
      for (let c = 0; c < k; c++) (out[i * k + c] as number) += v * (q[j * k + c] as number);
    }
  return out;
}

/** q L^-T with L L^T = q^T g q (g: null, the unit matrix): its columns are orthonormal in the metric g. */
function orthonormal(q: Float64Array, n: number, k: number, g: Float64Array | null): Float64Array {
  const gq = g ? times(g, q, n, k) : q;
  const s = new Float64Array(k * k);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < k; a++)
      for (let b = 0; b <= a; b++) (s[a * k + b] as number) += (q[i * k + a] as number) * (gq[i * k + b] as number);
  let trace = 0;
  for (let a = 0; a < k; a++) trace += s[a * k + a] as number;
  for (let a = 0; a < k; a++) (s[a * k + a] as number) += (1e-12 * trace) / k + Number.MIN_VALUE;
  factor(s, k);
  const out = q.slice();
  for (let i = 0; i < n; i++)
    for (let a = 0; a < k; a++) {
      let v = out[i * k + a] as number;
      for (let b = 0; b < a; b++) v -= (s[a * k + b] as number) * (out[i * k + b] as number);
      out[i * k + a] = v / (s[a * k + a] as number);
    }
  return out;
}

/** [bins, k]: combinations of the frames. */
function combine(frames: readonly Float32Array[], q: Float64Array, k: number, count: number): Float32Array {
  const out = new Float32Array(count * k);
  frames.forEach((frame, i) => {
    for (let b = 0; b < count; b++) {
      const v = frame[b] as number;
      for (let c = 0; c < k; c++) (out[b * k + c] as number) += v * (q[i * k + c] as number);
    }
  });
  return out;
}
