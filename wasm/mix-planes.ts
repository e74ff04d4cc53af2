// The same as src/kernels/mix-planes.ts, four pixels at a time.

/** Bytes of the weights of 16 members, and of a row of the table, as powers of two. */
const COLUMN_SHIFT: i32 = 6;
const ROW_SHIFT: i32 = 11;
const LAST_COLUMN: i32 = 31;
/** MIX_STEP and HALF_BITS in src/kernels/mix-planes.ts. */
const MIX_STEP: i32 = 19;
const HALF_BITS: i32 = 0x3f000000;
/** Pixels whose rows are looked up before they are mixed, and the addresses of those rows: fewer vectors alive at once. */
const CHUNK: u32 = 512;
const ROWS: usize = memory.data(2048, 16);

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

/** Addresses of the weights in the table for the rates from `guide` to `end`, and of up to three more. */
function findRows(guide: usize, end: usize, around: usize, table: usize, last: i32, first: i32, dark: f32): void {
  const least = i32x4.splat(first);
  const most = i32x4.splat(last);
  const start = i32x4.splat(<i32>table);
  const half = f32x4.splat(0.5);
  const both = f32x4.splat(dark);
  for (let to = ROWS; guide < end; guide += 16, around += 16, to += 16) {
    const rate = v128.load(guide);
    const row = i32x4.min_s(most, i32x4.shr_u(i32x4.sub(i32x4.max_s(rate, least), least), MIX_STEP));
    const rise = f32x4.pmax(half, f32x4.div(f32x4.add(rate, both), f32x4.add(v128.load(around), both)));
    const column = i32x4.min_s(i32x4.splat(LAST_COLUMN), i32x4.shr_u(i32x4.sub(rise, i32x4.splat(HALF_BITS)), MIX_STEP));
    v128.store(to, i32x4.add(start, i32x4.add(i32x4.shl(row, ROW_SHIFT), i32x4.shl(column, COLUMN_SHIFT))));
  }
}

/**
 * Sums of planes that are `pitch` bytes apart, with weights that follow from the rate at `guide` and from how far it rises above that at
 * `around`, both with `dark` more: from `table`, the last row of which is `last`, and the first for the rate of bits `first`. At least `least`
 * of the plane at `floor`. Reads up to 12 bytes past the ends.
 */
export function mixPlanes(
  planes: usize,
  pitch: usize,
  members: i32,
  guide: usize,
  around: usize,
  table: usize,
  last: i32,
  first: i32,
  dark: f32,
  floor: usize,
  least: f32,
  pixels: u32,
  out: usize,
): void {
  const share = f32x4.splat(least);
  const end = out + (<usize>pixels << 2);
  while (out < end) {
    const to = min(end, out + 4 * CHUNK);
    findRows(guide, guide + to - out, around, table, last, first, dark);
    guide += to - out;
    around += to - out;
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
