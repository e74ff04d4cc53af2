/** ln mu of the first entry of the table, and entries per unit. */
const FIRST = -16;
const LAST = 8;
const PER_UNIT = 16;
/** Means below this have no more than two counts to speak of. */
const TERMS = 12;

/** Mean and variance of 2 (x ln(x / mu) - x + mu) where x is a Poisson count of mean mu. */
function moments(mu: number): readonly [number, number] {
  const spread = TERMS * Math.sqrt(mu);
  const [first, last] = [Math.max(0, Math.floor(mu - spread)), Math.ceil(mu + spread + TERMS)];
  let logFactorial = 0;
  for (let x = 2; x <= first; x++) logFactorial += Math.log(x);
  let [mean, square] = [0, 0];
  for (let x = first; x <= last; x++) {
    if (x > first && x > 1) logFactorial += Math.log(x);
    const p = Math.exp(x * Math.log(mu) - mu - logFactorial);
    const d = 2 * ((x > 0 ? x * Math.log(x / mu) : 0) - x + mu);
    mean += p * d;
    square += p * d * d;
  }
  return [mean, square - mean * mean];
}

const TABLE: readonly (readonly [number, number])[] = Array.from({ length: (LAST - FIRST) * PER_UNIT + 1 }, (_, i) =>
  moments(Math.exp(FIRST + i / PER_UNIT)),
);

/** Sums of means and variances of the deviances of Poisson counts with these rates, each times its live area and `scale`. */
export function devianceMoments(rate: Float64Array, area: ArrayLike<number>, scale: number): readonly [mean: number, variance: number] {
  let [mean, variance] = [0, 0];
  for (let b = 0; b < rate.length; b++) {
    const mu = scale * rate[b] * area[b];
    if (!(mu > 0)) continue;
    const at = Math.max(0, (Math.log(mu) - FIRST) * PER_UNIT);
    const low = Math.min(TABLE.length - 2, Math.floor(at));
    const x = Math.min(1, at - low);
    const [a, c] = [TABLE[low], TABLE[low + 1]];
    mean += a[0] + x * (c[0] - a[0]);
    variance += a[1] + x * (c[1] - a[1]);
  }
  return [mean, variance];
}
