import type { TruthSet } from "./truth-set.js";

/** How near estimates are to what was expected; over all positions of the scan unless told otherwise, masked pixels left out. */
export interface Scores {
  /** dB; the peak is the brightest expected pixel of the scan. */
  readonly psnr: number;
  /** The same of the dark field, with its own peak. */
  readonly darkPsnr: number;
  /** Poisson deviance of the expected counts, summed over the pixels of a pattern. */
  readonly deviance: number;
  /** Correlation of estimate and truth in the dark field, both without their mean over the scan. */
  readonly contrast: number;
  /** dB, of boundary positions. */
  readonly boundaryPsnr: number;
  /** Share of positions whose squared error is above that of the counts. */
  readonly worse: number;
  readonly boundaryWorse: number;
}

/** The estimate at a position, [height, width]; it may be lent until the next call. */
export type EstimateAt = (row: number, column: number) => Float32Array | Promise<Float32Array>;

/** Estimates below this share of the mean expected count are taken as that: the deviance from none is infinite. */
const LEAST_SHARE = 1e-3;

const decibel = (peak: number, error: number): number => 10 * Math.log10(peak ** 2 / error);

/** Sums per pixel for a covariance over the scan. */
function covariance(pixels: number) {
  const sum = new Float64Array(pixels);
  const sumTrue = new Float64Array(pixels);
  let [cross, own, ownTrue] = [0, 0, 0];
  return {
    add(i: number, e: number, t: number): void {
      sum[i] = (sum[i] as number) + e;
      sumTrue[i] = (sumTrue[i] as number) + t;
      cross += e * t;
      own += e * e;
      ownTrue += t * t;
    },
    correlation(n: number): number {
      const less = (total: number, a: Float64Array, b: Float64Array): number =>
        total - a.reduce((s, v, i) => s + v * (b[i] as number), 0) / n;
      return less(cross, sum, sumTrue) / Math.sqrt(less(own, sum, sum) * less(ownTrue, sumTrue, sumTrue));
    },
  };
}

/** Deviance of the truth t from an estimate. */
function deviance(pixels: Uint32Array, t: Float32Array, e: Float32Array, least: number): number {
  let sum = 0;
  for (const p of pixels) {
    const rate = t[p] as number;
    const mu = Math.max(e[p] as number, least);
    sum += mu - rate + (rate > 0 ? rate * Math.log(rate / mu) : 0);
  }
  return 2 * sum;
}

function squaredError(pixels: Uint32Array, t: Float32Array, e: ArrayLike<number>, from: number): number {
  let sum = 0;
  for (const p of pixels) sum += ((e[from + p] as number) - (t[p] as number)) ** 2;
  return sum;
}

const brightest = (pixels: Uint32Array, t: Float32Array): number => pixels.reduce((m, p) => Math.max(m, t[p] as number), 0);

/** Scores of the estimates of every position, which are asked for in order. */
export async function scoreEstimates(set: TruthSet, at: EstimateAt): Promise<Scores> {
  const { rows, columns, good, dark, boundary, counts } = set;
  const pixels = set.height * set.width;
  const positions = rows * columns;
  const least = LEAST_SHARE * set.meanCount;
  const contrast = covariance(dark.length);
  let [error, darkError, edgeError, dev, worse, edges, edgesWorse, peak, darkPeak] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let position = 0; position < positions; position++) {
    const e = await at(Math.floor(position / columns), position % columns);
    const t = set.expected(position);
    const own = squaredError(good, t, e, 0);
    const isWorse = own > squaredError(good, t, counts, position * pixels) ? 1 : 0;
    error += own;
    darkError += squaredError(dark, t, e, 0);
    dev += deviance(good, t, e, least);
    peak = Math.max(peak, brightest(good, t));
    darkPeak = Math.max(darkPeak, brightest(dark, t));
    worse += isWorse;
    for (let i = 0; i < dark.length; i++) contrast.add(i, e[dark[i] as number] as number, t[dark[i] as number] as number);
    if (boundary[position] === 0) continue;
    edges++;
    edgeError += own;
    edgesWorse += isWorse;
  }
  return {
    psnr: decibel(peak, error / positions / good.length),
    darkPsnr: decibel(darkPeak, darkError / positions / dark.length),
    deviance: dev / positions,
    contrast: contrast.correlation(positions),
    boundaryPsnr: decibel(peak, edgeError / edges / good.length),
    worse: worse / positions,
    boundaryWorse: edgesWorse / edges,
  };
}

/** Mean share of an estimate at the boundaries that comes from positions of other grains. `weights` of the positions of a window, which may be lent. */
export function boundaryMixing(
  set: TruthSet,
  weights: (row: number, column: number) => Iterable<readonly [position: number, weight: number]>,
): number {
  let [sum, edges] = [0, 0];
  for (let position = 0; position < set.boundary.length; position++) {
    if (set.boundary[position] === 0) continue;
    let [all, other] = [0, 0];
    for (const [j, w] of weights(Math.floor(position / set.columns), position % set.columns)) {
      all += w;
      if (set.grain[j] !== set.grain[position]) other += w;
    }
    sum += other / all;
    edges++;
  }
  return sum / edges;
}
