/** Adds `weight` to the count of every bin that is listed. */
export function countEvents(events: Uint16Array, from: number, to: number, weight: number, counts: Float32Array): void {
  for (let i = from; i < to; i++) counts[events[i]] += weight;
}

/** The same in wide numbers: code for one kind of array is faster than code for any. */
export function countWide(events: Uint16Array, from: number, to: number, weight: number, counts: Float64Array): void {
  for (let i = from; i < to; i++) counts[events[i]] += weight;
}

/** Sum of the values of the bins that are listed. */
export function sumEvents(events: Uint16Array, from: number, to: number, values: Float32Array): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[events[i]];
  return sum;
}

/** Adds `weight` times the first values, as many as `sums` has. */
export function addScaled(values: ArrayLike<number>, weight: number, sums: Float32Array | Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += weight * values[i];
}

/** Scalar product of the first n values: rates and an area. */
export function dotMixed(a: Float64Array, b: Float32Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/** The same of one kind of array in four sums, which do not wait for one another; n is a multiple of 4. */
export function dotInFour(a: Float32Array, b: Float32Array, n: number): number {
  let p = 0;
  let q = 0;
  let r = 0;
  let s = 0;
  for (let i = 0; i < n; i += 4) {
    p += a[i] * b[i];
    q += a[i + 1] * b[i + 1];
    r += a[i + 2] * b[i + 2];
    s += a[i + 3] * b[i + 3];
  }
  return p + q + (r + s);
}

/** Scalar product of the first n values, the second ones from `at` on. */
export function dotFrom(a: ArrayLike<number>, b: ArrayLike<number>, at: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i] * b[at + i];
  return sum;
}
