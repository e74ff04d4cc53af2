// Virtual detectors and centres of mass. The twin, to read first: src/kernels/measure-frame.ts.
import { excluded, highest, isInvalid, lowest, outside, peaks, zeroIsNothing } from "./pixel-group";

/** Pixels per partial sum: small enough that lanes of 32 bits hold counts times column. */
const CHUNK: i32 = 256;
const SCRATCH: usize = memory.data(16, 16);

/** Sum and column moment of a run of pixels. */
let counts: f64 = 0;
let moment: f64 = 0;
/** Over the whole frame. */
let invalid: u32 = 0;
let peak: v128 = i32x4.splat(0);
let peakFloat: f64 = 0;
/** A run of columns. */
export let first: i32 = 0;
export let last: i32 = 0;

/** Sum of four unsigned or signed lanes of 32 bits, or two of 64. */
// @ts-ignore: decorator
@inline
function total<T>(lanes: v128): f64 {
  if (sizeof<T>() == 4) return <f64>(i64x2.extract_lane(lanes, 0) + i64x2.extract_lane(lanes, 1));
  const wide = isSigned<T>()
    ? i64x2.add(i64x2.extend_low_i32x4_s(lanes), i64x2.extend_high_i32x4_s(lanes))
    : i64x2.add(i64x2.extend_low_i32x4_u(lanes), i64x2.extend_high_i32x4_u(lanes));
  return <f64>(i64x2.extract_lane(wide, 0) + i64x2.extract_lane(wide, 1));
}

// @ts-ignore: decorator
@inline
function addCounts<T>(sum: v128, kept: v128): v128 {
  if (sizeof<T>() == 1) return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(kept)));
  if (sizeof<T>() == 2)
    return i32x4.add(sum, isSigned<T>() ? i32x4.extadd_pairwise_i16x8_s(kept) : i32x4.extadd_pairwise_i16x8_u(kept));
  return isSigned<T>()
    ? i64x2.add(sum, i64x2.add(i64x2.extend_low_i32x4_s(kept), i64x2.extend_high_i32x4_s(kept)))
    : i64x2.add(sum, i64x2.add(i64x2.extend_low_i32x4_u(kept), i64x2.extend_high_i32x4_u(kept)));
}

/** Counts times column; `at`: column of the first lane. */
// @ts-ignore: decorator
@inline
function addMoment<T>(sum: v128, kept: v128, at: i32): v128 {
  if (sizeof<T>() == 4) {
    const column = i32x4.add(i32x4.splat(at), i32x4(0, 1, 2, 3));
    return isSigned<T>()
      ? i64x2.add(sum, i64x2.add(i64x2.extmul_low_i32x4_s(kept, column), i64x2.extmul_high_i32x4_s(kept, column)))
      : i64x2.add(sum, i64x2.add(i64x2.extmul_low_i32x4_u(kept, column), i64x2.extmul_high_i32x4_u(kept, column)));
  }
  const column = i16x8.add(i16x8.splat(<i16>at), i16x8(0, 1, 2, 3, 4, 5, 6, 7));
  if (sizeof<T>() == 1) {
    const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(kept), column);
    const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(kept), i16x8.add(column, i16x8.splat(8)));
    return i32x4.add(sum, i32x4.add(low, high));
  }
  return isSigned<T>()
    ? i32x4.add(sum, i32x4.dot_i16x8_s(kept, column))
    : i32x4.add(sum, i32x4.add(i32x4.extmul_low_i16x8_u(kept, column), i32x4.extmul_high_i16x8_u(kept, column)));
}

/** Up to CHUNK pixels into `counts` and `moment`, columns counted from `column`. */
function addChunk<T>(pixels: usize, mask: usize, length: i32, column: i32): void {
  const lanes: i32 = 16 / sizeof<T>();
  const low = lowest;
  const high = highest;
  const skip = zeroIsNothing;
  let best = peak;
  let sum = i32x4.splat(0);
  let weighted = i32x4.splat(0);
  for (let at = 0; at < length; at += lanes, pixels += 16, mask += 16) {
    const value = v128.load(pixels);
    if (skip && !v128.any_true(value)) continue;
    let not = excluded<T>(mask, length - at);
    const bad = outside<T>(value, low, high, not);
    if (v128.any_true(bad)) {
      invalid += popcnt<u32>(v128.bitmask<T>(bad));
      not = v128.or(not, bad);
    }
    best = v128.max<T>(best, peaks<T>(value, not));
    const kept = v128.andnot(value, not);
    sum = addCounts<T>(sum, kept);
    weighted = addMoment<T>(weighted, kept, at);
  }
  peak = best;
  const chunk = total<T>(sum);
  counts += chunk;
  moment += total<T>(weighted) + <f64>column * chunk;
}

function addFloats(pixels: usize, mask: usize, length: i32, column: i32, low: f64, high: f64): void {
  for (let at = 0; at < length; at++) {
    if (load<u32>(mask + 4 * at) != 0) continue;
    const value = <f64>load<f32>(pixels + 4 * at);
    if (isInvalid(value, low, high)) {
      invalid++;
      continue;
    }
    if (!(peakFloat >= value)) peakFloat = value;
    counts += value;
    moment += value * <f64>(column + at);
  }
}

/** The columns of a row within the root of `edge` of `col`, as first...last (exclusive), found in [from, to). */
export function columnsWithin(dr2: f64, col: f64, edge: f64, from: i32, to: i32): void {
  first = from;
  last = from;
  if (!(dr2 <= edge)) return;
  const half = Math.sqrt(edge - dr2);
  let a = max(from, min(to, <i32>Math.ceil(col - half)));
  let b = max(a, min(to, <i32>Math.floor(col + half) + 1));
  // The root is rounded: the ends are settled by the comparison that defines them.
  while (a > from && dr2 + (<f64>(a - 1) - col) * (<f64>(a - 1) - col) <= edge) a--;
  while (a < b && !(dr2 + (<f64>a - col) * (<f64>a - col) <= edge)) a++;
  while (b < to && dr2 + (<f64>b - col) * (<f64>b - col) <= edge) b++;
  while (b > a && !(dr2 + (<f64>(b - 1) - col) * (<f64>(b - 1) - col) <= edge)) b--;
  first = a;
  last = b;
}

/** Adds the columns [from, to) of the row at `pixels` to `counts` and `moment`. */
function addSpan<T>(pixels: usize, mask: usize, from: i32, to: i32, low: f64, high: f64): void {
  for (let at = from; at < to; at += CHUNK) {
    const length = min(CHUNK, to - at);
    const offset: usize = at * sizeof<T>();
    if (isFloat<T>()) addFloats(pixels + offset, mask + offset, length, at, low, high);
    else addChunk<T>(pixels + offset, mask + offset, length, at);
  }
}

/** Highest lane. */
function highestOf<T>(lanes: v128): f64 {
  v128.store(SCRATCH, lanes);
  let best = load<T>(SCRATCH);
  for (let i: usize = sizeof<T>(); i < 16; i += sizeof<T>()) best = max<T>(best, load<T>(SCRATCH + i));
  return <f64>best;
}

/**
 * Writes to `out`, in float64: sum, bf, within the inner edge of the dark field, row and column moment, counts near the disk, their
 * row and column moment, highest value, invalid pixels. Edges are squared; each holds the one before it.
 */
export function measureFrame<T>(
  pixels: usize,
  mask: usize,
  height: i32,
  width: i32,
  row: f64,
  col: f64,
  bfEdge: f64,
  adfEdge: f64,
  diskEdge: f64,
  low: f64,
  high: f64,
  out: usize,
): void {
  let sum: f64 = 0;
  let bf: f64 = 0;
  let within: f64 = 0;
  let rows: f64 = 0;
  let cols: f64 = 0;
  let disk: f64 = 0;
  let diskRows: f64 = 0;
  let diskCols: f64 = 0;
  invalid = 0;
  peakFloat = NaN;
  if (!isFloat<T>()) peak = peaks<T>(i32x4.splat(0), i32x4.splat(-1));
  const stride: usize = width * sizeof<T>();
  for (let r = 0; r < height; r++, pixels += stride, mask += stride) {
    const dr2 = (<f64>r - row) * (<f64>r - row);
    columnsWithin(dr2, col, diskEdge, 0, width);
    const d0 = first;
    const d1 = last;
    columnsWithin(dr2, col, adfEdge, d0, d1);
    const a0 = first;
    const a1 = last;
    columnsWithin(dr2, col, bfEdge, a0, a1);
    // From the inside out, so that every pixel is read once.
    counts = 0;
    moment = 0;
    const b0 = first;
    const b1 = last;
    addSpan<T>(pixels, mask, b0, b1, low, high);
    bf += counts;
    addSpan<T>(pixels, mask, a0, b0, low, high);
    addSpan<T>(pixels, mask, b1, a1, low, high);
    within += counts;
    addSpan<T>(pixels, mask, d0, a0, low, high);
    addSpan<T>(pixels, mask, a1, d1, low, high);
    disk += counts;
    diskRows += counts * <f64>r;
    diskCols += moment;
    addSpan<T>(pixels, mask, 0, d0, low, high);
    addSpan<T>(pixels, mask, d1, width, low, high);
    sum += counts;
    rows += counts * <f64>r;
    cols += moment;
  }
  const highestValue = isFloat<T>() ? peakFloat : highestOf<T>(peak);
  writeFound(out, sum, bf, within, rows, cols, disk, diskRows, diskCols, highestValue, <f64>invalid);
}

/** What writeMeasures in src/kernels/measure-frame.ts expects. */
export function writeFound(
  out: usize,
  sum: f64,
  bf: f64,
  within: f64,
  rows: f64,
  cols: f64,
  disk: f64,
  diskRows: f64,
  diskCols: f64,
  best: f64,
  missed: f64,
): void {
  store<f64>(out, sum);
  store<f64>(out, bf, 8);
  store<f64>(out, within, 16);
  store<f64>(out, rows, 24);
  store<f64>(out, cols, 32);
  store<f64>(out, disk, 40);
  store<f64>(out, diskRows, 48);
  store<f64>(out, diskCols, 56);
  store<f64>(out, best, 64);
  store<f64>(out, missed, 72);
}
