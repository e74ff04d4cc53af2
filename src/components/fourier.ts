import { GRID } from "./polar-events.js";

const N = GRID.sectors;
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
    [re[k], re[j]] = [re[j], re[k]];
    [im[k], im[j]] = [im[j], im[k]];
  }
  for (let half = 1; half < N; half *= 2) {
    const step = N / (2 * half);
    for (let j = 0; j < half; j++) {
      const c = COS[j * step];
      const s = sign * SIN[j * step];
      for (let a = j; a < N; a += 2 * half) {
        const b = a + half;
        const [xr, xi] = [re[b] * c - im[b] * s, re[b] * s + im[b] * c];
        re[b] = re[a] - xr;
        im[b] = im[a] - xi;
        re[a] += xr;
        im[a] += xi;
      }
    }
  }
}
