/** Steps of expectation and maximisation, each made longer by so much. */
const STEPS = 30;
const FACTOR = 1.8;

/**
 * Shares of some templates in the events of one position, most probable with a Dirichlet prior of `prior` counts each. `rates`: each sums to 1 over
 * the live pixels; `direct`: times that the last bin of each counts. `shares`: begins with the shares to start from. `weights`: scratch, as many.
 */
export function mixEvents(
  events: Uint16Array,
  from: number,
  to: number,
  direct: number,
  rates: readonly Float32Array[],
  prior: Float64Array,
  shares: Float64Array,
  weights: Float64Array,
): void {
  const n = rates.length;
  let all = to - from + direct;
  for (let k = 0; k < n; k++) all += prior[k];
  for (let step = 0; step < STEPS; step++) {
    for (let k = 0; k < n; k++) weights[k] = prior[k];
    for (let i = from; i < to; i++) shareOut(rates, events[i], 1, shares, weights, n);
    if (direct > 0) shareOut(rates, rates[0].length - 1, direct, shares, weights, n);
    let sum = 0;
    for (let k = 0; k < n; k++) {
      shares[k] = Math.max(1e-6, shares[k] + FACTOR * (weights[k] / all - shares[k]));
      sum += shares[k];
    }
    for (let k = 0; k < n; k++) shares[k] /= sum;
  }
}

/** Adds `count` events of a bin to the templates, by how likely each is their source. */
function shareOut(rates: readonly Float32Array[], bin: number, count: number, shares: Float64Array, weights: Float64Array, n: number): void {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += shares[k] * rates[k][bin];
  const part = count / sum;
  for (let k = 0; k < n; k++) weights[k] += part * shares[k] * rates[k][bin];
}
