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

const ENTRIES = (LAST - FIRST) * PER_UNIT + 1;
const MEANS = new Float64Array(ENTRIES);
const VARIANCES = new Float64Array(ENTRIES);
for (let i = 0; i < ENTRIES; i++) [MEANS[i], VARIANCES[i]] = moments(Math.exp(FIRST + i / PER_UNIT));

/** Logarithms of expected counts: rates times their live areas. */
export function logCounts(rate: Float64Array, area: ArrayLike<number>): Float64Array {
  const logs = new Float64Array(rate.length);
  for (let b = 0; b < logs.length; b++) logs[b] = Math.log(rate[b] * area[b]);
  return logs;
}

/** Sums of means and variances of the deviances of Poisson counts whose expectations have these logarithms, each expectation times `scale`. */
export function devianceMoments(logs: Float64Array, scale: number): readonly [mean: number, variance: number] {
  let mean = 0;
  let variance = 0;
  const from = (Math.log(scale) - FIRST) * PER_UNIT;
  for (let b = 0; b < logs.length; b++) {
    if (logs[b] === Number.NEGATIVE_INFINITY) continue;
    const at = Math.max(0, from + logs[b] * PER_UNIT);
    const low = Math.min(ENTRIES - 2, Math.floor(at));
    const x = Math.min(1, at - low);
    mean += MEANS[low] + x * (MEANS[low + 1] - MEANS[low]);
    variance += VARIANCES[low] + x * (VARIANCES[low + 1] - VARIANCES[low]);
  }
  return [mean, variance];
}
