// The same as src/kernels/turn-spectra.ts, to the bit: real and imaginary part of a number at once, and two steps of a transform in one pass.

const N: usize = 128;
const HALF: usize = 65;
/** cos and sin of 2 pi k / N, k below N / 2, f64 pairs; what they are filled with: wave in src/kernels/turn-spectra.ts. */
const WAVE: usize = memory.data(16 * 64, 16);
const LINE: usize = memory.data(16 * 128, 16);
/** What is transformed, in its own order. */
const INPUT: usize = memory.data(16 * 128, 16);
/** Numbers below 64 with their seven bits reversed; those from 64 on are one more. */
const REVERSED: usize = memory.data<u8>([
  0, 64, 32, 96, 16, 80, 48, 112, 8, 72, 40, 104, 24, 88, 56, 120, 4, 68, 36, 100, 20, 84, 52, 116, 12, 76, 44, 108, 28, 92, 60, 124, 2, 66, 34,
  98, 18, 82, 50, 114, 10, 74, 42, 106, 26, 90, 58, 122, 6, 70, 38, 102, 22, 86, 54, 118, 14, 78, 46, 110, 30, 94, 62, 126,
]);
/** A ring of u16, twice, so that it can be read from any sector on. */
const ROUND: usize = memory.data(4 * 128, 16);

/** Where cos and sin go. */
export function waveAt(): usize {
  return WAVE;
}

// @ts-ignore: decorator
@inline
function turned(v: v128, wave: usize, signs: v128): v128 {
  const cos = v128.load64_splat(wave);
  const sin = f64x2.mul(v128.load64_splat(wave, 8), signs);
  return f64x2.add(f64x2.mul(v, cos), f64x2.mul(v128.shuffle<f64>(v, v, 1, 0), sin));
}

/** Two steps of the transform of LINE: of numbers `half` apart, and twice that. */
function pass(half: usize, signs: v128): void {
  const step = N / (2 * half);
  for (let j: usize = 0; j < half; j++) {
    const first = WAVE + ((j * step) << 4);
    const near = WAVE + ((j * (step >> 1)) << 4);
    const far = WAVE + (((j + half) * (step >> 1)) << 4);
    for (let at = LINE + (j << 4); at < LINE + 16 * N; at += half << 6) {
      const p = v128.load(at);
      const q = v128.load(at + (half << 5));
      const x = turned(v128.load(at + (half << 4)), first, signs);
      const y = turned(v128.load(at + 48 * half), first, signs);
      const a = f64x2.add(p, x);
      const b = f64x2.sub(p, x);
      const c = turned(f64x2.add(q, y), near, signs);
      const d = turned(f64x2.sub(q, y), far, signs);
      v128.store(at, f64x2.add(a, c));
      v128.store(at + (half << 4), f64x2.add(b, d));
      v128.store(at + (half << 5), f64x2.sub(a, c));
      v128.store(at + 48 * half, f64x2.sub(b, d));
    }
  }
}

/** Fourier transform of the complex numbers at INPUT, to LINE. */
function transform(sign: f64): void {
  // The first step: numbers half a circle apart, which are not turned.
  for (let k: usize = 0; k < N / 2; k++) {
    const u = v128.load(INPUT + (k << 4));
    const v = v128.load(INPUT + (k << 4) + 8 * N);
    const to = LINE + (<usize>load<u8>(REVERSED + k) << 4);
    v128.store(to, f64x2.add(u, v));
    v128.store(to, f64x2.sub(u, v), 16);
  }
  const signs = f64x2.replace_lane(f64x2.splat(sign), 0, -sign);
  pass(2, signs);
  pass(8, signs);
  pass(32, signs);
}

/** Spectra of the two rings of 128 numbers at INPUT: [2, 65] complex numbers at `out`. */
function twoSpectra(out: usize): void {
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

/** Spectra of rings of 128 f64, two at a time: [rings, 65] complex numbers at `out`. */
export function spectraOf(values: usize, rings: usize, out: usize): void {
  for (let r: usize = 0; r < rings; r += 2, values += 16 * N, out += 32 * HALF) {
    for (let t: usize = 0; t < N; t++) v128.store(INPUT + (t << 4), v128.load64_lane(values + 8 * (N + t), v128.load64_zero(values + 8 * t), 1));
    twoSpectra(out);
  }
}

/** The same of u16. */
export function levelSpectra(values: usize, rings: usize, out: usize): void {
  for (let r: usize = 0; r < rings; r += 2, values += 4 * N, out += 32 * HALF) {
    for (let t: usize = 0; t < N; t++) {
      const both = f64x2.replace_lane(f64x2.splat(<f64>load<u16>(values + 2 * t)), 1, <f64>load<u16>(values + 2 * (N + t)));
      v128.store(INPUT + (t << 4), both);
    }
    twoSpectra(out);
  }
}

/** Sums of products for each whole turn, times 128, of spectra at `x` and `y`; f64 `weights` of the rings. 128 f64 at `out`. */
export function spectraProduct(x: usize, y: usize, weights: usize, rings: usize, out: usize): void {
  memory.fill(INPUT, 0, 16 * N);
  const minus = f64x2.replace_lane(f64x2.splat(-1), 0, 1);
  for (let r: usize = 0; r < rings; r++) {
    const w = v128.load64_splat(weights + 8 * r);
    for (let at = INPUT; at < INPUT + 16 * HALF; at += 16, x += 16, y += 16) {
      const p = v128.load(x);
      const real = f64x2.mul(p, v128.load64_splat(y));
      const imaginary = f64x2.mul(f64x2.mul(v128.shuffle<f64>(p, p, 1, 0), v128.load64_splat(y + 8)), minus);
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(w, f64x2.add(real, imaginary))));
    }
  }
  for (let m: usize = HALF; m < N; m++) v128.store(INPUT + (m << 4), f64x2.mul(v128.load(INPUT + ((N - m) << 4)), minus));
  transform(1);
  for (let k: usize = 0; k < N; k++) store<f64>(out + (k << 3), load<f64>(LINE + (k << 4)));
}

/** Sum of products of 128 u16 at `a` and from `b` on, none above 4095. */
// @ts-ignore: decorator
@inline
function ringProduct(a: usize, b: usize): f64 {
  let sum = i32x4.splat(0);
  for (let i: usize = 0; i < 2 * N; i += 16) sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(a + i), v128.load(b + i)));
  const low = f64x2.convert_low_i32x4_s(sum);
  const high = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/**
 * Sums of products of [rings, 128] u16, none above 4095, where the second pattern is turned by `first` whole turns, 0..127, and the n - 1 that follow; f64
 * `weights` of the rings. n f64 at `out`.
 */
export function turnProducts(a: usize, b: usize, weights: usize, rings: usize, first: usize, n: usize, out: usize): void {
  memory.fill(out, 0, n << 3);
  for (let r: usize = 0; r < rings; r++, a += 2 * N, b += 2 * N) {
    memory.copy(ROUND, b, 2 * N);
    memory.copy(ROUND + 2 * N, b, 2 * N);
    const w = load<f64>(weights + (r << 3));
    for (let k: usize = 0; k < n; k++) {
      const to = out + (k << 3);
      store<f64>(to, load<f64>(to) + w * ringProduct(a, ROUND + 2 * ((2 * N - first - k) & (N - 1))));
    }
  }
}
