/** Means between which moments are tabulated; means below have no more than two counts to speak of, and counts of means above are as good as normal. */
const FIRST = 2 ** -23;
const LAST = 2 ** 12;
/** Segments are told by the upper bits of float32 numbers, so that no logarithm is needed: 2^(23 - STEP) per factor of two, 2^STEP numbers wide each. */
const STEP = 18;
/** The sum over counts reaches so many standard deviations and counts from the mean. */
const TERMS = 12;

/** Mean and variance of 2 (x ln(x / mu) - x + mu) where x is a Poisson count of mean mu. */
function moments(mu: number): readonly [mean: number, variance: number] {
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

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);
const bitsOf = (mu: number): number => {
  single[0] = mu;
  return bits[0];
};

const ORIGIN = bitsOf(FIRST);
const SEGMENTS = ((bitsOf(LAST) - ORIGIN) >> STEP) + 2;
/**
 * [SEGMENTS, 4] Straight lines through the moments at the ends of each segment: mean at 0 and slope, variance at 0 and slope. The first segment ends at
 * FIRST and begins at 0, where both are 0; the last one goes on as it begins.
 */
const LINES = new Float64Array(4 * SEGMENTS);
let [start, from] = [0, [0, 0] as readonly [number, number]];
for (let k = 0; k < SEGMENTS - 1; k++) {
  bits[0] = ORIGIN + (k << STEP);
  const [end, to] = [single[0], moments(single[0])];
  for (const i of [0, 1] as const) {
    const slope = (to[i] - from[i]) / (end - start);
    LINES[4 * k + 2 * i] = from[i] - slope * start;
    LINES[4 * k + 2 * i + 1] = slope;
  }
  [start, from] = [end, to];
}
[LINES[4 * SEGMENTS - 4], LINES[4 * SEGMENTS - 2]] = from;

/**
 * Sums of means and variances of the deviances of Poisson counts whose expectations are `scale` times a rate times its live area. Each is within 2e-4 of
 * itself, where the expectation is within the table.
 */
export function devianceMoments(rate: Float64Array, area: Float32Array, scale: number): readonly [mean: number, variance: number] {
  let mean = 0;
  let variance = 0;
  for (let b = 0; b < rate.length; b++) {
    const mu = scale * rate[b] * area[b];
    single[0] = mu;
    const at = 4 * Math.min(SEGMENTS - 1, Math.max(0, ((bits[0] - ORIGIN) >> STEP) + 1));
    mean += LINES[at] + LINES[at + 1] * mu;
    variance += LINES[at + 2] + LINES[at + 3] * mu;
  }
  return [mean, variance];
}
