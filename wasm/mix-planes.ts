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

/** Adds four members whose planes begin at `at`, of four pixels: p to s are their weights, those of a pixel in one vector. */
// @ts-ignore: decorator
@inline
function addMembers(sum: v128, p: v128, q: v128, r: v128, s: v128, at: usize, pitch: usize): v128 {
  const second = at + pitch;
  const third = second + pitch;
  const lowPq = v128.shuffle<f32>(p, q, 0, 4, 1, 5);
  const lowRs = v128.shuffle<f32>(r, s, 0, 4, 1, 5);
  const highPq = v128.shuffle<f32>(p, q, 2, 6, 3, 7);
  const highRs = v128.shuffle<f32>(r, s, 2, 6, 3, 7);
  const one = f32x4.mul(v128.shuffle<f32>(lowPq, lowRs, 0, 1, 4, 5), v128.load(at));
  const two = f32x4.mul(v128.shuffle<f32>(lowPq, lowRs, 2, 3, 6, 7), v128.load(second));
  const three = f32x4.mul(v128.shuffle<f32>(highPq, highRs, 0, 1, 4, 5), v128.load(third));
  const four = f32x4.mul(v128.shuffle<f32>(highPq, highRs, 2, 3, 6, 7), v128.load(third + pitch));
  return f32x4.add(f32x4.add(sum, f32x4.add(one, two)), f32x4.add(three, four));
}

/** The same of the one to three members that are left, whose weights are at a to d, one row per pixel. */
// @ts-ignore: decorator
@inline
function addRest(sum: v128, a: usize, b: usize, c: usize, d: usize, at: usize, pitch: usize, left: i32): v128 {
  if (left & 2) {
    const p = v128.load64_lane(b, v128.load64_zero(a), 1);
    const q = v128.load64_lane(d, v128.load64_zero(c), 1);
    const one = f32x4.mul(v128.shuffle<f32>(p, q, 0, 2, 4, 6), v128.load(at));
    const two = f32x4.mul(v128.shuffle<f32>(p, q, 1, 3, 5, 7), v128.load(at + pitch));
    sum = f32x4.add(sum, f32x4.add(one, two));
    if (!(left & 1)) return sum;
    at += 2 * pitch;
    a += 8;
    b += 8;
    c += 8;
    d += 8;
  }
  const weights = v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
  return f32x4.add(sum, f32x4.mul(weights, v128.load(at)));
}

/** Four pixels. */
// @ts-ignore: decorator
@inline
function mixFour(planes: usize, pitch: usize, members: i32, rows: usize, floor: v128): v128 {
  const a = <usize>load<u32>(rows);
  const b = <usize>load<u32>(rows, 4);
  const c = <usize>load<u32>(rows, 8);
  const d = <usize>load<u32>(rows, 12);
  let sum = f32x4.splat(0);
  if (members >= 4) sum = addMembers(sum, v128.load(a), v128.load(b), v128.load(c), v128.load(d), planes, pitch);
  if (members >= 8) sum = addMembers(sum, v128.load(a, 16), v128.load(b, 16), v128.load(c, 16), v128.load(d, 16), planes + 4 * pitch, pitch);
  if (members >= 12) sum = addMembers(sum, v128.load(a, 32), v128.load(b, 32), v128.load(c, 32), v128.load(d, 32), planes + 8 * pitch, pitch);
  if (members == 16) sum = addMembers(sum, v128.load(a, 48), v128.load(b, 48), v128.load(c, 48), v128.load(d, 48), planes + 12 * pitch, pitch);
  if (members & 3) {
    const done: usize = members & ~3;
    const at = 4 * done;
    sum = addRest(sum, a + at, b + at, c + at, d + at, planes + done * pitch, pitch, members & 3);
  }
  return f32x4.pmax(floor, sum);
}

/** Addresses of the weights in a table of one column for the rates from `guide` to `end`, and of up to three more. */
function findRates(guide: usize, end: usize, table: usize, last: i32, first: i32): void {
  const least = i32x4.splat(first);
  const most = i32x4.splat(last);
  const start = i32x4.splat(<i32>table);
  for (let to = ROWS; guide < end; guide += 16, to += 16) {
    const row = i32x4.min_s(most, i32x4.shr_u(i32x4.sub(i32x4.max_s(v128.load(guide), least), least), MIX_STEP));
    v128.store(to, i32x4.add(start, i32x4.shl(row, COLUMN_SHIFT)));
  }
}

/** The same in a table of all columns. */
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

// @ts-ignore: decorator
@inline
function mixBy(
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
    const some = to - out;
    if (around == 0) findRates(guide, guide + some, table, last, first);
    else {
      findRows(guide, guide + some, around, table, last, first, dark);
      around += some;
    }
    guide += some;
    for (let rows = ROWS; out < to; out += 16, planes += 16, floor += 16, rows += 16) {
      const sum = mixFour(planes, pitch, members, rows, f32x4.mul(share, v128.load(floor)));
      if (out + 16 <= end) v128.store(out, sum);
      else storeSome(sum, out, end);
    }
  }
}

/**
 * Sums of planes that are `pitch` bytes apart, with weights that follow from the rate at `guide` and from how far it rises above that at
 * `around`, both with `dark` more: from `table`, the last row of which is `last`, and the first for the rate of bits `first`; `around` 0: it has one column. At least
 * `least` of the plane at `floor`. Reads up to 12 bytes past the ends.
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
  // As many as the cheap variant has, known when this is compiled: nothing is asked per four pixels. With more of them that is slower.
  if (members == 6) mixBy(planes, pitch, 6, guide, around, table, last, first, dark, floor, least, pixels, out);
  else mixBy(planes, pitch, members, guide, around, table, last, first, dark, floor, least, pixels, out);
}

function storeSome(values: v128, out: usize, end: usize): void {
  store<f32>(out, f32x4.extract_lane(values, 0));
  if (out + 4 < end) store<f32>(out, f32x4.extract_lane(values, 1), 4);
  if (out + 8 < end) store<f32>(out, f32x4.extract_lane(values, 2), 8);
}
