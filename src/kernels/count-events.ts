/** Adds `weight` to the count of every bin that is listed. */
export function countEvents(events: Uint16Array, from: number, to: number, weight: number, counts: Float32Array | Float64Array): void {
  for (let i = from; i < to; i++) counts[events[i]] += weight;
}

/** Sum of the values of the bins that are listed, in four parts that do not wait for each other. */
export function sumEvents(events: Uint16Array, from: number, to: number, values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 3 < to; i += 4) {
    a += values[events[i]];
    b += values[events[i + 1]];
    c += values[events[i + 2]];
    d += values[events[i + 3]];
  }
  for (; i < to; i++) a += values[events[i]];
  return a + b + (c + d);
}

/** Adds `weight` times the first values, as many as `sums` has. */
export function addScaled(values: ArrayLike<number>, weight: number, sums: Float32Array | Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += weight * values[i];
}

/** Scalar product of the first n values, the second ones from `at` on. */
export function dotFrom(a: ArrayLike<number>, b: ArrayLike<number>, at: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i] * b[at + i];
  return sum;
}
