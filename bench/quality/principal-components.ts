// The classical peer: principal components of the whole scan, pixels scaled to equal Poisson noise.
import type { TruthSet } from "./truth-set.js";

/** Steps of the subspace iteration. */
const STEPS = 10;
/** Pixels dimmer than this share of the mean are scaled as if they were not. */
const DARK_SHARE = 1e-3;

/** Makes the columns of q, [n, k], orthonormal. */
function orthonormalise(q: Float64Array, k: number): void {
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < q.length; i += k) sum += (q[i + a] as number) * (q[i + b] as number);
    return sum;
  };
  const add = (to: number, from: number, factor: number): void => {
    for (let i = 0; i < q.length; i += k) q[i + to] = (q[i + to] as number) + factor * (q[i + from] as number);
  };
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < a; b++) add(a, b, -dot(a, b));
    add(a, a, 1 / Math.sqrt(dot(a, a)) - 1);
  }
}

/** Something that is the same in every run and has a part of everything. */
const start = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.sin(1 + i * i * 0.7));

interface Scaled {
  readonly k: number;
  readonly mean: Float64Array;
  /** 1 / standard deviation of the pixels; 0 where masked. */
  readonly scale: Float64Array;
}

/** Adds counts * q to out, or out to q by the transpose: `visit` gets every pixel with counts. */
function eachCount({ counts, height, width }: TruthSet, visit: (position: number, pixel: number, count: number) => void): void {
  const pixels = height * width;
  for (let i = 0; i < counts.length; i++) {
    const x = counts[i] as number;
    if (x !== 0) visit(Math.floor(i / pixels), i % pixels, x);
  }
}

function scaled(set: TruthSet, k: number): Scaled {
  const pixels = set.height * set.width;
  const mean = new Float64Array(pixels);
  eachCount(set, (_, p, x) => {
    mean[p] = (mean[p] as number) + x / (set.rows * set.columns);
  });
  const least = (DARK_SHARE * set.good.reduce((s, p) => s + (mean[p] as number), 0)) / set.good.length;
  const scale = new Float64Array(pixels);
  for (const p of set.good) scale[p] = 1 / Math.sqrt(Math.max(least, mean[p] as number));
  return { k, mean, scale };
}

/** [pixels, k]: the scaled patterns without their mean, transposed, times q of [positions, k]. */
function patternsOf(set: TruthSet, { k, mean, scale }: Scaled, q: Float64Array): Float64Array {
  const z = new Float64Array(mean.length * k);
  const total = Float64Array.from({ length: k }, (_, c) => {
    let sum = 0;
    for (let i = c; i < q.length; i += k) sum += q[i] as number;
    return sum;
  });
  eachCount(set, (position, p, x) => {
    for (let c = 0; c < k; c++) z[p * k + c] = (z[p * k + c] as number) + x * (q[position * k + c] as number);
  });
  return z.map((v, i) => {
    const p = Math.floor(i / k);
    return (scale[p] as number) * (v - (mean[p] as number) * (total[i % k] as number));
  });
}

/** [positions, k]: the scaled patterns without their mean times z of [pixels, k]. */
function scoresOf(set: TruthSet, { k, mean, scale }: Scaled, z: Float64Array): Float64Array {
  const weighted = z.map((v, i) => v * (scale[Math.floor(i / k)] as number));
  const offset = new Float64Array(k);
  weighted.forEach((v, i) => {
    offset[i % k] = (offset[i % k] as number) + v * (mean[Math.floor(i / k)] as number);
  });
  const q = Float64Array.from({ length: set.rows * set.columns * k }, (_, i) => -(offset[i % k] as number));
  eachCount(set, (position, p, x) => {
    for (let c = 0; c < k; c++) q[position * k + c] = (q[position * k + c] as number) + x * (weighted[p * k + c] as number);
  });
  return q;
}

/** Patterns of the `k` strongest components and the mean, none below 0; lent until the next call. */
export function principalComponents(set: TruthSet, k: number): (row: number, column: number) => Float32Array {
  const by = scaled(set, k);
  let q = start(set.rows * set.columns * k);
  orthonormalise(q, k);
  for (let step = 0; step < STEPS; step++) {
    q = scoresOf(set, by, patternsOf(set, by, q));
    orthonormalise(q, k);
  }
  const z = patternsOf(set, by, q);
  const out = new Float32Array(by.mean.length);
  return (row, column) => {
    const from = (row * set.columns + column) * k;
    for (const p of set.good) {
      let v = 0;
      for (let c = 0; c < k; c++) v += (q[from + c] as number) * (z[p * k + c] as number);
      out[p] = Math.max(0, (by.mean[p] as number) + v / (by.scale[p] as number));
    }
    return out;
  };
}
