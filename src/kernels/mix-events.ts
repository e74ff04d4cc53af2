/** Steps of expectation and maximisation, each made longer by so much; fewer where no share changes by more than that any more. */
const STEPS = 30;
const FACTOR = 1.8;
const SETTLED = 1e-3;
const LEAST = 1e-6;

/**
 * Shares of n templates in the events of one position, most probable with a Dirichlet prior of `prior` counts each. `rates`: each template sums to 1
 * over the live pixels; `direct`: times that the last bin of each counts. `shares`: begins with the shares to start from. `weights`: scratch, n.
 * `gathered`: scratch, n times the number of events and one more.
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
  gathered: Float32Array,
): void {
  const n = rates.length;
  const count = to - from;
  let all = count + direct;
  for (let k = 0; k < n; k++) {
    all += prior[k];
    const rate = rates[k];
    for (let i = 0, at = k; i < count; i++, at += n) gathered[at] = rate[events[from + i]];
    gathered[count * n + k] = rate[rate.length - 1];
  }
  for (let step = 0, moved = 1; step < STEPS && moved > SETTLED; step++) {
    for (let k = 0; k < n; k++) weights[k] = prior[k];
    for (let i = 0, at = 0; i <= count; i++, at += n) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += shares[k] * gathered[at + k];
      const part = (i < count ? 1 : direct) / sum;
      for (let k = 0; k < n; k++) weights[k] += part * shares[k] * gathered[at + k];
    }
    moved = 0;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const to = Math.max(LEAST, shares[k] + FACTOR * (weights[k] / all - shares[k]));
      moved = Math.max(moved, Math.abs(to - shares[k]));
      shares[k] = to;
      sum += to;
    }
    for (let k = 0; k < n; k++) shares[k] /= sum;
  }
}
