/** Expected values are tabulated in steps of 1/FINE up to MOST; beyond, the expansion for large ones holds to 1e-4. */
const FINE = 32;
const MOST = 16;
const SHIFT = 0.375;

/** Mean and variance of 2 sqrt(count + 3/8) (Anscombe 1948) for Poisson counts, tabulated by the expected count. */
export interface Stabiliser {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export function stabiliser(): Stabiliser {
  const n = FINE * MOST + 2;
  const [mean, variance] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const expected = i / FINE;
    let [share, first, second] = [Math.exp(-expected), 0, 0];
    for (let k = 0; k < 8 * MOST; k++) {
      const y = 2 * Math.sqrt(k + SHIFT);
      first += share * y;
      second += share * y * y;
      share *= expected / (k + 1);
    }
    mean[i] = first;
    variance[i] = second - first * first;
  }
  return { mean, variance };
}

const between = (table: Float64Array, at: number): number => {
  const low = Math.floor(at);
  return table[low] + (at - low) * (table[low + 1] - table[low]);
};

export const stableMean = ({ mean }: Stabiliser, expected: number): number =>
  expected < MOST ? between(mean, expected * FINE) : 2 * Math.sqrt(expected + SHIFT) - 0.25 / Math.sqrt(expected);

export const stableVariance = ({ variance }: Stabiliser, expected: number): number =>
  expected < MOST ? between(variance, expected * FINE) : 1;

/** Counts less what is expected, both stabilised, times `scale`: noise of each bin has the variance of its expected count, and mean 0. */
export function stableResidual(
  counts: ArrayLike<number>,
  area: ArrayLike<number>,
  rate: Float32Array,
  scale: number,
  table: Stabiliser,
  out: Float32Array,
): void {
  for (let b = 0; b < out.length; b++) out[b] = scale * (2 * Math.sqrt(counts[b] + SHIFT) - stableMean(table, area[b] * rate[b]));
}
