// The same as src/kernels/turn-spectra.ts, to the bit: real and imaginary part of a number at once.

const N: usize = 128;
const HALF: usize = 65;
/** cos and sin of 2 pi k / N, k below N / 2, f64 pairs; what they are filled with: wave in src/kernels/turn-spectra.ts. */
const WAVE: usize = memory.data(16 * 64, 16);
const LINE: usize = memory.data(16 * 128, 16);

/** Where cos and sin go. */
export function waveAt(): usize {
  return WAVE;
}

function reverse(k: u32): u32 {
  let out: u32 = 0;
  for (let bit: u32 = 0; bit < 7; bit++) out |= ((k >> bit) & 1) << (6 - bit);
  return out;
}

/** Fourier transform of the complex numbers at LINE, in place. */
function transform(sign: f64): void {
  for (let k: u32 = 0; k < N; k++) {
    const j = reverse(k);
    if (j <= k) continue;
    const a = LINE + (k << 4);
    const b = LINE + (j << 4);
    const x = v128.load(a);
    v128.store(a, v128.load(b));
    v128.store(b, x);
  }
  for (let half: usize = 1; half < N; half <<= 1) {
    const step = N / (2 * half);
    for (let j: usize = 0; j < half; j++) {
      const wave = WAVE + ((j * step) << 4);
      const c = v128.load64_splat(wave);
      const s = sign * load<f64>(wave, 8);
      const turn = f64x2.replace_lane(f64x2.splat(s), 0, -s);
      for (let a = LINE + (j << 4); a < LINE + 16 * N; a += half << 5) {
        const b = a + (half << 4);
        const v = v128.load(b);
        const x = f64x2.add(f64x2.mul(v, c), f64x2.mul(v128.shuffle<f64>(v, v, 1, 0), turn));
        const u = v128.load(a);
        v128.store(b, f64x2.sub(u, x));
        v128.store(a, f64x2.add(u, x));
      }
    }
  }
}

/** Spectra of rings of 128 f64, two at a time: [rings, 65] complex numbers at `out`. */
export function spectraOf(values: usize, rings: usize, out: usize): void {
  for (let r: usize = 0; r < rings; r += 2, values += 16 * N, out += 32 * HALF) {
    for (let t: usize = 0; t < N; t++)
      v128.store(LINE + (t << 4), v128.load64_lane(values + 8 * (N + t), v128.load64_zero(values + 8 * t), 1));
    transform(-1);
    for (let m: usize = 0; m < HALF; m++) {
      const x = v128.load(LINE + (m << 4));
      const y = v128.load(LINE + (((N - m) % N) << 4));
      const sum = f64x2.add(x, y);
      const rest = f64x2.sub(x, y);
      const to = out + (m << 4);
      store<f64>(to, f64x2.extract_lane(sum, 0) / 2);
      store<f64>(to, f64x2.extract_lane(rest, 1) / 2, 8);
      store<f64>(to + 16 * HALF, f64x2.extract_lane(sum, 1) / 2);
      store<f64>(to + 16 * HALF, -f64x2.extract_lane(rest, 0) / 2, 8);
    }
  }
}

/** Sums of products for each whole turn, times 128, of spectra at `x` and `y`; f64 `weights` of the rings. 128 f64 at `out`. */
export function spectraProduct(x: usize, y: usize, weights: usize, rings: usize, out: usize): void {
  memory.fill(LINE, 0, 16 * N);
  const minus = f64x2.replace_lane(f64x2.splat(-1), 0, 1);
  for (let r: usize = 0; r < rings; r++) {
    const w = v128.load64_splat(weights + 8 * r);
    for (let at = LINE; at < LINE + 16 * HALF; at += 16, x += 16, y += 16) {
      const p = v128.load(x);
      const real = f64x2.mul(p, v128.load64_splat(y));
      const imaginary = f64x2.mul(f64x2.mul(v128.shuffle<f64>(p, p, 1, 0), v128.load64_splat(y + 8)), minus);
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(w, f64x2.add(real, imaginary))));
    }
  }
  for (let m: usize = HALF; m < N; m++) v128.store(LINE + (m << 4), f64x2.mul(v128.load(LINE + ((N - m) << 4)), minus));
  transform(1);
  for (let k: usize = 0; k < N; k++) store<f64>(out + (k << 3), load<f64>(LINE + (k << 4)));
}
