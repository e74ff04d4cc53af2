/** Sectors that spectra are made of. */
export const TURNS = 128;
const N = TURNS;
const HALF = N / 2 + 1;
const BITS = 7;
/** cos and sin of 2 pi k / N. */
const COS = Float64Array.from({ length: N }, (_, k) => Math.cos((2 * Math.PI * k) / N));
const SIN = Float64Array.from({ length: N }, (_, k) => Math.sin((2 * Math.PI * k) / N));
const REVERSED = Uint8Array.from({ length: N }, (_, k) => {
  let out = 0;
  for (let bit = 0; bit < BITS; bit++) out |= ((k >> bit) & 1) << (BITS - 1 - bit);
  return out;
});

/** Fourier transform of 128 complex numbers in place: sum of x[t] e^(sign 2 pi i m t / 128), not scaled. Cooley and Tukey, radix 2. */
export function transform(re: Float64Array, im: Float64Array, sign: 1 | -1): void {
  for (let k = 0; k < N; k++) {
    const j = REVERSED[k];
    if (j <= k) continue;
    const [real, imaginary] = [re[k], im[k]];
    re[k] = re[j];
    im[k] = im[j];
    re[j] = real;
    im[j] = imaginary;
  }
  for (let half = 1; half < N; half *= 2) {
    const step = N / (2 * half);
    for (let j = 0; j < half; j++) {
      const c = COS[j * step];
      const s = sign * SIN[j * step];
      for (let a = j; a < N; a += 2 * half) {
        const b = a + half;
        const xr = re[b] * c - im[b] * s;
        const xi = re[b] * s + im[b] * c;
        re[b] = re[a] - xr;
        im[b] = im[a] - xi;
        re[a] += xr;
        im[a] += xi;
      }
    }
  }
}

/** [64, 2] cos and sin that the transform is made of. */
export const wave = (): Float64Array => Float64Array.from({ length: N }, (_, i) => (i % 2 === 0 ? COS : SIN)[i >> 1]);

/** Spectra over the angle of rings of 128 sectors, [rings, 65, 2]; an even number of rings, two of which are transformed at a time. */
export function spectraOf(
  values: ArrayLike<number>,
  rings: number,
  spectrum: Float64Array = new Float64Array(2 * rings * HALF),
): Float64Array {
  const [re, im] = [new Float64Array(N), new Float64Array(N)];
  for (let ring = 0; ring < rings; ring += 2) {
    for (let t = 0; t < N; t++) {
      re[t] = values[ring * N + t];
      im[t] = values[(ring + 1) * N + t];
    }
    transform(re, im, -1);
    for (let m = 0; m < HALF; m++) {
      const n = (N - m) % N;
      const at = 2 * (ring * HALF + m);
      spectrum[at] = (re[m] + re[n]) / 2;
      spectrum[at + 1] = (im[m] - im[n]) / 2;
      spectrum[at + 2 * HALF] = (im[m] + im[n]) / 2;
      spectrum[at + 2 * HALF + 1] = (re[n] - re[m]) / 2;
    }
  }
  return spectrum;
}

/** 128 times the sum of products of two patterns for each whole turn of one against the other, from their spectra; `out`: [128]. */
export function spectraProduct(x: Float64Array, y: Float64Array, weights: Float64Array, out: Float64Array): Float64Array {
  const [re, im] = [out.fill(0), new Float64Array(N)];
  for (let r = 0, at = 0; r < weights.length; r++) {
    const w = weights[r];
    for (let m = 0; m < HALF; m++, at += 2) {
      re[m] += w * (x[at] * y[at] + x[at + 1] * y[at + 1]);
      im[m] += w * (x[at + 1] * y[at] - x[at] * y[at + 1]);
    }
  }
  for (let m = HALF; m < N; m++) [re[m], im[m]] = [re[N - m], -im[N - m]];
  transform(re, im, 1);
  return re;
}

/**
 * Sums of products of two patterns for n whole turns of the second one against the first, from `first` on, 0..127: to the values of `out` at these turns.
 * Patterns [rings, 128] are of whole numbers up to 4095, weights of the rings are whole numbers too: what spectraProduct finds for all turns, divided by 128, is near these.
 */
export function turnProducts(a: Uint16Array, b: Uint16Array, weights: Float64Array, first: number, n: number, out: Float64Array): void {
  for (let k = first; k < first + n; k++) {
    let sum = 0;
    for (let r = 0; r < weights.length; r++) {
      let ring = 0;
      for (let t = 0; t < N; t++) ring += a[r * N + t] * b[r * N + ((t - k + 2 * N) % N)];
      sum += weights[r] * ring;
    }
    out[k % N] = sum;
  }
}
