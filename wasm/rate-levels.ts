// The same as src/kernels/rate-levels.ts, to the bit, two bins at a time.

const LOG_PARTS: f64 = 256;
const RATE_PARTS: f64 = 4095;
const SUM_PARTS: f64 = 65536;
/** The polynomial is this near to the logarithm at least, in parts. */
const NEAR: f64 = 1e-6;

/** Sum of n f32 that are rounded to whole parts first. */
function sumParts(values: usize, n: usize): f64 {
  const parts = f64x2.splat(SUM_PARTS);
  const half = f64x2.splat(0.5);
  let sum = f64x2.splat(0);
  for (const end = values + (n << 2); values < end; values += 8)
    sum = f64x2.add(sum, f64x2.floor(f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(values)), parts), half)));
  return (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) / SUM_PARTS;
}

/** Natural logarithms of two positive numbers, times LOG_PARTS: 2 artanh((m - 1) / (m + 1)) of the mantissas. */
// @ts-ignore: decorator
@inline
function logParts(x: v128): v128 {
  const one = f64x2.splat(1);
  let m = v128.or(v128.and(x, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe0000000000000));
  const small = f64x2.lt(m, f64x2.splat(Math.SQRT1_2));
  m = f64x2.add(m, v128.and(small, m));
  const exponents = i64x2.add(i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1022)), small);
  const e = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponents, exponents, 0, 2, 0, 2));
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const s = f64x2.mul(f, f);
  let p = f64x2.splat(1 / 17.0);
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 15.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 13.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 11.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 9.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 7.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 5.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1 / 3.0));
  p = f64x2.add(f64x2.mul(p, s), one);
  return f64x2.add(f64x2.mul(e, f64x2.splat(LOG_PARTS * Math.LN2)), f64x2.mul(p, f64x2.mul(f, f64x2.splat(2 * LOG_PARTS))));
}

/** Whole parts of the logarithm; where it is half way between two the polynomial is not near enough. */
// @ts-ignore: decorator
@inline
function wholeLog(parts: f64, value: f64): f64 {
  const above = parts - floor(parts);
  return floor((abs(above - 0.5) < NEAR ? LOG_PARTS * NativeMath.log(value) : parts) + 0.5);
}

/** Whole parts of logarithms and of rates (f64 planes at `log` and `rate`) from blurred counts and live area (f32 planes). */
export function rateLevels(counts: usize, live: usize, rings: usize, sectors: usize, prior: f64, frames: f64, log: usize, rate: usize): void {
  const n = rings * sectors;
  memory.fill(log, 0, n << 3);
  memory.fill(rate, 0, n << 3);
  let highest = f64x2.splat(0);
  for (let r: usize = 0; r < rings; r++) {
    const from = r * sectors;
    const sum = sumParts(counts + (from << 2), sectors);
    if (!(sum > 0)) continue;
    const area = sumParts(live + (from << 2), sectors);
    const more = (prior * area) / (<f64>sectors * frames);
    const added = f64x2.splat((more * sum) / area);
    const held = f64x2.splat(more);
    for (let i = from; i < from + sectors; i += 2) {
      const own = f64x2.add(f64x2.promote_low_f32x4(v128.load64_zero(counts + (i << 2))), added);
      const value = f64x2.div(own, f64x2.add(f64x2.promote_low_f32x4(v128.load64_zero(live + (i << 2))), held));
      highest = f64x2.max(highest, value);
      v128.store(rate + (i << 3), value);
      const parts = logParts(value);
      store<f64>(log + (i << 3), wholeLog(f64x2.extract_lane(parts, 0), f64x2.extract_lane(value, 0)));
      store<f64>(log + (i << 3), wholeLog(f64x2.extract_lane(parts, 1), f64x2.extract_lane(value, 1)), 8);
    }
  }
  const most = f64x2.splat(max(f64x2.extract_lane(highest, 0), f64x2.extract_lane(highest, 1)));
  const parts = f64x2.splat(RATE_PARTS);
  for (let i = rate; i < rate + (n << 3); i += 16)
    v128.store(i, f64x2.floor(f64x2.add(f64x2.div(f64x2.mul(parts, v128.load(i)), most), f64x2.splat(0.5))));
}
