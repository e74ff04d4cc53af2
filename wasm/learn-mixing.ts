// What Mixing.learn in src/denoise/mixing.ts sums up over one position, in float32.

const SQRT_HALF: i32 = 0x3f3504f3;
/** Numbers per pixel: members, zeros, 1, and the rate that its errors are weighed by. */
const NUMBERS: i32 = 16;
/** The numbers of four pixels, pixel after pixel. */
const PIXELS: usize = memory.data(256, 16);
/** Their lower classes with that of the rise (int32), the weight of the lower class and of the upper. */
const CLASSES: usize = memory.data(48, 16);
/** A factor of two has so many classes of the rise. */
const RISE_STEPS: f32 = 4;
const LANES: usize = memory.data<i32>([0, 1, 2, 3], 16);

/** Base-2 logarithm of numbers that are not negative, to the rounding; some number below -120 for those under 2^-126. */
// @ts-ignore: decorator
@inline
function log2(bits: v128): v128 {
  const power = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(SQRT_HALF)), 23);
  const x = f32x4.sub(i32x4.sub(bits, i32x4.shl(power, 23)), f32x4.splat(1));
  const square = f32x4.mul(x, x);
  // log2(1 + x) / x.
  const a = f32x4.add(f32x4.splat(1.442694822), f32x4.mul(x, f32x4.splat(-0.721357544)));
  const b = f32x4.add(f32x4.splat(0.480932237), f32x4.mul(x, f32x4.splat(-0.360065617)));
  const c = f32x4.add(f32x4.splat(0.286886933), f32x4.mul(x, f32x4.splat(-0.250489946)));
  const d = f32x4.add(f32x4.splat(0.235702543), f32x4.mul(x, f32x4.splat(-0.14302879)));
  const high = f32x4.add(c, f32x4.mul(square, d));
  const sum = f32x4.add(a, f32x4.mul(square, f32x4.add(b, f32x4.mul(square, high))));
  return f32x4.add(f32x4.convert_i32x4_s(power), f32x4.mul(x, sum));
}

/** Adds to four columns of rows i to i + 3: the numbers there times weighted ones of the same pixel. */
// @ts-ignore: decorator
@inline
function addBlock(to: usize, a: v128, b: v128, c: v128, d: v128, columns: v128): void {
  v128.store(to, f32x4.add(v128.load(to), f32x4.mul(a, columns)));
  v128.store(to, f32x4.add(v128.load(to, 64), f32x4.mul(b, columns)), 64);
  v128.store(to, f32x4.add(v128.load(to, 128), f32x4.mul(c, columns)), 128);
  v128.store(to, f32x4.add(v128.load(to, 192), f32x4.mul(d, columns)), 192);
}

/** Adds the products of the numbers of a pixel in pairs: blocks of four by four, only those that touch the upper triangle. */
// @ts-ignore: decorator
@inline
function addProducts(pixel: usize, weight: v128, to: usize): void {
  const columns1 = v128.load(pixel, 16);
  const columns2 = v128.load(pixel, 32);
  const columns3 = v128.load(pixel, 48);
  for (let block: usize = 0; block < 4; block++) {
    const rows = pixel + 16 * block;
    const a = f32x4.mul(weight, v128.load32_splat(rows));
    const b = f32x4.mul(weight, v128.load32_splat(rows, 4));
    const c = f32x4.mul(weight, v128.load32_splat(rows, 8));
    const d = f32x4.mul(weight, v128.load32_splat(rows, 12));
    const at = to + 256 * block;
    if (block == 0) addBlock(at, a, b, c, d, v128.load(pixel));
    if (block <= 1) addBlock(at + 16, a, b, c, d, columns1);
    if (block <= 2) addBlock(at + 32, a, b, c, d, columns2);
    addBlock(at + 48, a, b, c, d, columns3);
  }
}

/** Writes four numbers of four pixels. */
// @ts-ignore: decorator
@inline
function writePixels(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const lowAb = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const lowCd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const highAb = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const highCd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(lowAb, lowCd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(lowAb, lowCd, 2, 3, 6, 7), 64);
  v128.store(to, v128.shuffle<f32>(highAb, highCd, 0, 1, 4, 5), 128);
  v128.store(to, v128.shuffle<f32>(highAb, highCd, 2, 3, 6, 7), 192);
}

// @ts-ignore: decorator
@inline
function member(planes: usize, pitch: usize, k: i32, members: i32): v128 {
  return k < members ? v128.load(planes + k * pitch) : f32x4.splat(0);
}

/**
 * Sums [classes, 16, 16] of products of the numbers of each pixel in pairs, on and above the diagonal (what is below it is not to be used).
 * Numbers: `members` (14 at most), then zeros, 14: 1, 15: max(guide, least). Each is weighted with 1 / max(guide, least) and shared between
 * the two classes next to log2(guide) - first. Of each there are `rises`: one is that of how far the guide rises above `around`, both with
 * `least` more. Pixels that are not `used` (uint8) and those nearer to an edge than `margin`, 2 at least, are left out. What was in
 * the sums is lost.
 */
export function learnMixing(
  planes: usize,
  pitch: usize,
  members: i32,
  guide: usize,
  around: usize,
  used: usize,
  height: i32,
  width: i32,
  margin: i32,
  first: f32,
  least: f32,
  classes: i32,
  rises: i32,
  sums: usize,
): void {
  memory.fill(sums, 0, 4 * NUMBERS * NUMBERS * classes * rises);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const most = f32x4.splat(<f32>(<f64>classes - 1.001));
  const mostRise = f32x4.splat(<f32>(rises - 1));
  const even = f32x4.splat(0.5 * <f32>rises);
  const both = f32x4.splat(least);
  const next: usize = 4 * NUMBERS * NUMBERS;
  for (let row = margin; row < height - margin; row++)
    for (let col = margin; col < width - margin; col += 4) {
      const p: usize = row * width + col;
      const there = i32x4.lt_s(v128.load(LANES), i32x4.splat(width - margin - col));
      const valid = i32x4.ne(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(used + p))), zero);
      const mask = v128.and(there, valid);
      if (!v128.any_true(mask)) continue;
      const rate = v128.load(guide + 4 * p);
      const t = f32x4.pmin(most, f32x4.pmax(zero, f32x4.sub(log2(f32x4.pmax(zero, rate)), f32x4.splat(first))));
      const low = i32x4.trunc_sat_f32x4_s(t);
      const share = f32x4.sub(t, f32x4.convert_i32x4_s(low));
      const noise = f32x4.pmax(f32x4.splat(least), rate);
      const weight = v128.and(mask, f32x4.div(one, noise));
      const ratio = f32x4.div(f32x4.add(rate, both), f32x4.add(v128.load(around + 4 * p), both));
      const rise = f32x4.add(even, f32x4.mul(f32x4.splat(RISE_STEPS), log2(f32x4.pmax(zero, ratio))));
      const nearest = i32x4.trunc_sat_f32x4_s(f32x4.pmin(mostRise, f32x4.pmax(zero, rise)));
      v128.store(CLASSES, i32x4.add(i32x4.mul(low, i32x4.splat(rises)), nearest));
      v128.store(CLASSES, f32x4.mul(weight, f32x4.sub(one, share)), 16);
      v128.store(CLASSES, f32x4.mul(weight, share), 32);
      const at = planes + 4 * p;
      for (let k = 0; k < 12; k += 4)
        writePixels(
          member(at, pitch, k, members),
          member(at, pitch, k + 1, members),
          member(at, pitch, k + 2, members),
          member(at, pitch, k + 3, members),
          PIXELS + 4 * k,
        );
      writePixels(member(at, pitch, 12, members), member(at, pitch, 13, members), one, noise, PIXELS + 48);
      for (let i: usize = 0; i < 4; i++) {
        if (load<f32>(CLASSES + 4 * i, 16) + load<f32>(CLASSES + 4 * i, 32) == 0) continue;
        const to = sums + next * load<u32>(CLASSES + 4 * i);
        addProducts(PIXELS + 64 * i, v128.load32_splat(CLASSES + 4 * i, 16), to);
        addProducts(PIXELS + 64 * i, v128.load32_splat(CLASSES + 4 * i, 32), to + next * rises);
      }
    }
}
