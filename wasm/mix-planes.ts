/** A row of the table: weights of 16 members. */
const ROW_SHIFT: i32 = 6;
const SQRT_HALF: i32 = 0x3f3504f3;

/** Bits of numbers that are not negative -> their base-2 logarithm to 4e-7, and some number below -120 for those under 2^-126. */
// @ts-ignore: decorator
@inline
function log2(bits: v128): v128 {
  const power = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(SQRT_HALF)), 23);
  const x = f32x4.sub(i32x4.sub(bits, i32x4.shl(power, 23)), f32x4.splat(1));
  const square = f32x4.mul(x, x);
  const low = f32x4.add(f32x4.splat(1.44270096), f32x4.mul(x, f32x4.splat(-0.72136837)));
  const middle = f32x4.add(f32x4.splat(0.48040421), f32x4.mul(x, f32x4.splat(-0.35920499)));
  const high = f32x4.add(f32x4.splat(0.29824203), f32x4.mul(x, f32x4.splat(-0.27091529)));
  const top = f32x4.add(high, f32x4.mul(square, f32x4.splat(0.1652154)));
  const sum = f32x4.add(low, f32x4.mul(square, f32x4.add(middle, f32x4.mul(square, top))));
  return f32x4.add(f32x4.convert_i32x4_s(power), f32x4.mul(x, sum));
}

/** Weighted sums of four members with rows of weights a to d, one per pixel. */
// @ts-ignore: decorator
@inline
function addMembers(sum: v128, a: v128, b: v128, c: v128, d: v128, plane: usize, pitch: usize, left: i32): v128 {
  const second = left > 1 ? plane + pitch : plane;
  const third = left > 2 ? second + pitch : second;
  const lowAb = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const lowCd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const highAb = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const highCd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  const one = f32x4.mul(v128.shuffle<f32>(lowAb, lowCd, 0, 1, 4, 5), v128.load(plane));
  const two = f32x4.mul(v128.shuffle<f32>(lowAb, lowCd, 2, 3, 6, 7), v128.load(second));
  const three = f32x4.mul(v128.shuffle<f32>(highAb, highCd, 0, 1, 4, 5), v128.load(third));
  const four = f32x4.mul(v128.shuffle<f32>(highAb, highCd, 2, 3, 6, 7), v128.load(left > 3 ? third + pitch : third));
  return f32x4.add(f32x4.add(sum, f32x4.add(one, two)), f32x4.add(three, four));
}

/**
 * Four pixels. In the last group of members the weights past the last are 0, and its plane stands in for planes that do not exist.
 */
// @ts-ignore: decorator
@inline
function mixFour(planes: usize, pitch: usize, members: i32, rows: v128, table: usize, floor: v128): v128 {
  let a = table + <usize>i32x4.extract_lane(rows, 0);
  let b = table + <usize>i32x4.extract_lane(rows, 1);
  let c = table + <usize>i32x4.extract_lane(rows, 2);
  let d = table + <usize>i32x4.extract_lane(rows, 3);
  let sum = f32x4.splat(0);
  let left = members;
  for (; left >= 4; left -= 4, planes += pitch << 2, a += 16, b += 16, c += 16, d += 16)
    sum = addMembers(sum, v128.load(a), v128.load(b), v128.load(c), v128.load(d), planes, pitch, 4);
  if (left == 1) {
    const weights = v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
    sum = f32x4.add(sum, f32x4.mul(weights, v128.load(planes)));
  } else if (left > 0) sum = addMembers(sum, v128.load(a), v128.load(b), v128.load(c), v128.load(d), planes, pitch, left);
  return f32x4.max(sum, floor);
}

/**
 * Sums of planes that are `pitch` bytes apart, with weights that follow from the rate at `guide`: row perOctave (log2(guide / mean) - first)
 * of the table, `last` at most, 16 weights each. At least `least` of the plane at `floor`. Reads up to 12 bytes past the ends.
 */
export function mixPlanes(
  planes: usize,
  pitch: usize,
  members: i32,
  guide: usize,
  mean: f32,
  table: usize,
  last: i32,
  perOctave: f32,
  first: f32,
  floor: usize,
  least: f32,
  pixels: u32,
  out: usize,
): void {
  const scale = f32x4.splat(1 / mean);
  const zero = f32x4.splat(0);
  const most = i32x4.splat(last);
  const fine = f32x4.splat(perOctave);
  const shift = f32x4.splat(first);
  const half = f32x4.splat(0.5);
  const share = f32x4.splat(least);
  const end = out + (<usize>pixels << 2);
  for (; out < end; out += 16, planes += 16, guide += 16, floor += 16) {
    const rate = f32x4.pmax(zero, f32x4.mul(scale, v128.load(guide)));
    const at = f32x4.add(half, f32x4.mul(fine, f32x4.sub(log2(rate), shift)));
    const row = i32x4.min_s(most, i32x4.max_s(zero, i32x4.trunc_sat_f32x4_s(at)));
    const sum = mixFour(planes, pitch, members, i32x4.shl(row, ROW_SHIFT), table, f32x4.mul(share, v128.load(floor)));
    if (out + 16 <= end) v128.store(out, sum);
    else storeSome(sum, out, end);
  }
}

function storeSome(values: v128, out: usize, end: usize): void {
  store<f32>(out, f32x4.extract_lane(values, 0));
  if (out + 4 < end) store<f32>(out, f32x4.extract_lane(values, 1), 4);
  if (out + 8 < end) store<f32>(out, f32x4.extract_lane(values, 2), 8);
}
