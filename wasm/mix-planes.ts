/** A row of the table: weights of 16 members. */
const ROW_SHIFT: i32 = 6;
const SQRT_HALF: i32 = 0x3f3504f3;
/** Pixels whose rows are looked up before they are mixed, and the addresses of those rows. */
const CHUNK: u32 = 512;
const ROWS: usize = memory.data(2048, 16);
/** Added to a number from 0 to 2^22, rounds it to its lowest bits. */
const ROUNDER: f32 = 8388608;
const ROUNDER_BITS: i32 = 0x4b000000;

/** Base-2 logarithm to 3e-6 of numbers that are not negative; some number below -120 for those under 2^-126. */
// @ts-ignore: decorator
@inline
function log2(bits: v128): v128 {
  const power = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(SQRT_HALF)), 23);
  const x = f32x4.sub(i32x4.sub(bits, i32x4.shl(power, 23)), f32x4.splat(1));
  const square = f32x4.mul(x, x);
  // log2(1 + x) / x.
  const low = f32x4.add(f32x4.splat(1.44271348), f32x4.mul(x, f32x4.splat(-0.721131858)));
  const middle = f32x4.add(f32x4.splat(0.479348019), f32x4.mul(x, f32x4.splat(-0.36748998)));
  const high = f32x4.add(f32x4.splat(0.322154801), f32x4.mul(x, f32x4.splat(-0.206591736)));
  const sum = f32x4.add(low, f32x4.mul(square, f32x4.add(middle, f32x4.mul(square, high))));
  return f32x4.add(f32x4.convert_i32x4_s(power), f32x4.mul(x, sum));
}

/** Weighted sums of four members from the n-th on, whose weights are at a to d, one row per pixel. */
// @ts-ignore: decorator
@inline
function addMembers(sum: v128, a: usize, b: usize, c: usize, d: usize, n: usize, planes: usize, pitch: usize, left: i32): v128 {
  const at = planes + n * pitch;
  const second = left > 1 ? at + pitch : at;
  const third = left > 2 ? second + pitch : second;
  const forth = left > 3 ? third + pitch : third;
  const p = v128.load(a + 4 * n);
  const q = v128.load(b + 4 * n);
  const r = v128.load(c + 4 * n);
  const s = v128.load(d + 4 * n);
  const lowPq = v128.shuffle<f32>(p, q, 0, 4, 1, 5);
  const lowRs = v128.shuffle<f32>(r, s, 0, 4, 1, 5);
  const highPq = v128.shuffle<f32>(p, q, 2, 6, 3, 7);
  const highRs = v128.shuffle<f32>(r, s, 2, 6, 3, 7);
  const one = f32x4.mul(v128.shuffle<f32>(lowPq, lowRs, 0, 1, 4, 5), v128.load(at));
  const two = f32x4.mul(v128.shuffle<f32>(lowPq, lowRs, 2, 3, 6, 7), v128.load(second));
  const three = f32x4.mul(v128.shuffle<f32>(highPq, highRs, 0, 1, 4, 5), v128.load(third));
  const four = f32x4.mul(v128.shuffle<f32>(highPq, highRs, 2, 3, 6, 7), v128.load(forth));
  return f32x4.add(f32x4.add(sum, f32x4.add(one, two)), f32x4.add(three, four));
}

/** Four pixels. Where members are no whole groups, the weights past the last are 0, and its plane stands in for those that do not exist. */
// @ts-ignore: decorator
@inline
function mixFour(planes: usize, pitch: usize, members: i32, rows: usize, floor: v128): v128 {
  const a = <usize>load<u32>(rows);
  const b = <usize>load<u32>(rows, 4);
  const c = <usize>load<u32>(rows, 8);
  const d = <usize>load<u32>(rows, 12);
  let sum = addMembers(f32x4.splat(0), a, b, c, d, 0, planes, pitch, members);
  if (members > 4) sum = addMembers(sum, a, b, c, d, 4, planes, pitch, members - 4);
  if (members > 8) sum = addMembers(sum, a, b, c, d, 8, planes, pitch, members - 8);
  if (members == 13) {
    const weights = v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a, 48), 1, 48), 2, 48), 3, 48);
    sum = f32x4.add(sum, f32x4.mul(weights, v128.load(planes + 12 * pitch)));
  } else if (members > 12) sum = addMembers(sum, a, b, c, d, 12, planes, pitch, members - 12);
  return f32x4.pmax(floor, sum);
}

/** Addresses of the rows of the table for the rates from `guide` to `end`, and of up to three more. */
function findRows(guide: usize, end: usize, table: usize, last: i32, perOctave: f32, first: f32): void {
  const zero = f32x4.splat(0);
  const most = f32x4.splat(<f32>last);
  const rounder = f32x4.splat(ROUNDER);
  const fine = f32x4.splat(perOctave);
  const shift = f32x4.splat(first);
  const start = i32x4.splat(<i32>table - (ROUNDER_BITS << ROW_SHIFT));
  for (let to = ROWS; guide < end; guide += 16, to += 16) {
    const at = f32x4.mul(fine, f32x4.sub(log2(f32x4.pmax(zero, v128.load(guide))), shift));
    const row = f32x4.add(rounder, f32x4.pmin(most, f32x4.pmax(zero, at)));
    v128.store(to, i32x4.add(start, i32x4.shl(row, ROW_SHIFT)));
  }
}

/**
 * Sums of planes that are `pitch` bytes apart, with weights that follow from the rate at `guide`: row perOctave (log2(guide) - first) of the table,
 * 0 to `last`, 16 weights each. At least `least` of the plane at `floor`. Reads up to 12 bytes past the ends.
 */
export function mixPlanes(
  planes: usize,
  pitch: usize,
  members: i32,
  guide: usize,
  table: usize,
  last: i32,
  perOctave: f32,
  first: f32,
  floor: usize,
  least: f32,
  pixels: u32,
  out: usize,
): void {
  const share = f32x4.splat(least);
  const end = out + (<usize>pixels << 2);
  while (out < end) {
    const to = min(end, out + 4 * CHUNK);
    findRows(guide, guide + to - out, table, last, perOctave, first);
    guide += to - out;
    for (let rows = ROWS; out < to; out += 16, planes += 16, floor += 16, rows += 16) {
      const sum = mixFour(planes, pitch, members, rows, f32x4.mul(share, v128.load(floor)));
      if (out + 16 <= end) v128.store(out, sum);
      else storeSome(sum, out, end);
    }
  }
}

function storeSome(values: v128, out: usize, end: usize): void {
  store<f32>(out, f32x4.extract_lane(values, 0));
  if (out + 4 < end) store<f32>(out, f32x4.extract_lane(values, 1), 4);
  if (out + 8 < end) store<f32>(out, f32x4.extract_lane(values, 2), 8);
}
