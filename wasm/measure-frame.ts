// Virtual detectors and centres of mass. The twin, to read first: src/kernels/measure-frame.ts.
import { addFloatAt, addVector, countMiss, countMissed } from "./accumulate-frame";
import { excluded, highest, isInvalid, lowest, outside, peaks, suspect, zeroIsNothing } from "./pixel-group";

/** Pixels per partial sum: few enough for lanes of twice the width of a pixel to hold the sum of all partial sums. */
const CHUNK: i32 = 256;
const SCRATCH: usize = memory.data(16, 16);

/** Sum and column moment of a run of pixels. */
let counts: f64 = 0;
let moment: f64 = 0;
/** Whether pixels are added to the summary as they are measured. */
let adding: bool = false;
/** Over the whole frame. */
let invalid: u32 = 0;
let peak: v128 = i32x4.splat(0);
let peakFloat: f64 = 0;
/** A run of columns. */
export let first: i32 = 0;
export let last: i32 = 0;

/** The lower and the upper half of the pixels of a vector, in lanes of twice the width. */
// @ts-ignore: decorator
@inline
function lowHalf<T>(kept: v128): v128 {
  if (sizeof<T>() == 1) return i16x8.extend_low_i8x16_u(kept);
  if (sizeof<T>() == 2) return isSigned<T>() ? i32x4.extend_low_i16x8_s(kept) : i32x4.extend_low_i16x8_u(kept);
  return isSigned<T>() ? i64x2.extend_low_i32x4_s(kept) : i64x2.extend_low_i32x4_u(kept);
}

// @ts-ignore: decorator
@inline
function highHalf<T>(kept: v128): v128 {
  if (sizeof<T>() == 1) return i16x8.extend_high_i8x16_u(kept);
  if (sizeof<T>() == 2) return isSigned<T>() ? i32x4.extend_high_i16x8_s(kept) : i32x4.extend_high_i16x8_u(kept);
  return isSigned<T>() ? i64x2.extend_high_i32x4_s(kept) : i64x2.extend_high_i32x4_u(kept);
}

/** Adds lanes of twice the width of T. */
// @ts-ignore: decorator
@inline
function addWide<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 1 ? i16x8.add(a, b) : sizeof<T>() == 2 ? i32x4.add(a, b) : i64x2.add(a, b);
}

/** Sum of signed lanes of 32 bits. */
// @ts-ignore: decorator
@inline
function total32(lanes: v128): i64 {
  const wide = i64x2.add(i64x2.extend_low_i32x4_s(lanes), i64x2.extend_high_i32x4_s(lanes));
  return i64x2.extract_lane(wide, 0) + i64x2.extract_lane(wide, 1);
}

/** Sum of the lanes of both halves. */
// @ts-ignore: decorator
@inline
function total<T>(low: v128, high: v128): i64 {
  if (sizeof<T>() == 1) return total32(i32x4.add(i32x4.extadd_pairwise_i16x8_u(low), i32x4.extadd_pairwise_i16x8_u(high)));
  const both = addWide<T>(low, high);
  return sizeof<T>() == 2 ? total32(both) : i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1);
}

/** Sum of the lanes of both halves, each times its number. */
// @ts-ignore: decorator
@inline
function weighted<T>(low: v128, high: v128): i64 {
  if (sizeof<T>() == 1) {
    const lows = i32x4.dot_i16x8_s(low, i16x8(0, 1, 2, 3, 4, 5, 6, 7));
    return total32(i32x4.add(lows, i32x4.dot_i16x8_s(high, i16x8(8, 9, 10, 11, 12, 13, 14, 15))));
  }
  if (sizeof<T>() == 2) return total32(i32x4.add(i32x4.mul(low, i32x4(0, 1, 2, 3)), i32x4.mul(high, i32x4(4, 5, 6, 7))));
  return i64x2.extract_lane(low, 1) + 2 * i64x2.extract_lane(high, 0) + 3 * i64x2.extract_lane(high, 1);
}

/** Up to CHUNK pixels into `counts` and `moment`, columns counted from `column`; `index`: number of the first pixel. */
function addChunk<T>(pixels: usize, mask: usize, length: i32, column: i32, index: u32): void {
  const lanes: i32 = 16 / sizeof<T>();
  const low = lowest;
  const high = highest;
  const skip = zeroIsNothing;
  const add = adding;
  let best = peak;
  // Column moments without a product: `run` sums up the sums so far, and so holds each vector as often as there are vectors from it on.
  let sumLow = i32x4.splat(0);
  let sumHigh = i32x4.splat(0);
  let runLow = i32x4.splat(0);
  let runHigh = i32x4.splat(0);
  let vectors = 0;
  for (let at = 0; at < length; at += lanes, pixels += 16, mask += 16) {
    vectors++;
    const value = v128.load(pixels);
    if (!skip || v128.any_true(value)) {
      let not = excluded<T>(mask, length - at);
      if (v128.any_true(suspect<T>(value, low, high, not, skip))) {
        const bad = outside<T>(value, low, high, not);
        invalid += popcnt<u32>(v128.bitmask<T>(bad));
        if (add) countMissed<T>(bad, index + at);
        not = v128.or(not, bad);
      }
      const highs = peaks<T>(value, not);
      best = v128.max<T>(best, highs);
      const kept = v128.andnot(value, not);
      if (add) addVector<T>(kept, highs, index + at);
      sumLow = addWide<T>(sumLow, lowHalf<T>(kept));
      sumHigh = addWide<T>(sumHigh, highHalf<T>(kept));
    }
    runLow = addWide<T>(runLow, sumLow);
    runHigh = addWide<T>(runHigh, sumHigh);
  }
  peak = best;
  const chunk = total<T>(sumLow, sumHigh);
  const steps = chunk * vectors - total<T>(runLow, runHigh);
  counts += <f64>chunk;
  moment += <f64>(steps * lanes + weighted<T>(sumLow, sumHigh)) + <f64>column * <f64>chunk;
}

function addFloats(pixels: usize, mask: usize, length: i32, column: i32, index: u32, low: f64, high: f64): void {
  for (let at = 0; at < length; at++) {
    if (load<u32>(mask + 4 * at) != 0) continue;
    const narrow = load<f32>(pixels + 4 * at);
    const value = <f64>narrow;
    if (isInvalid(value, low, high)) {
      invalid++;
      if (adding) countMiss(index + at);
      continue;
    }
    if (adding) addFloatAt(narrow, index + at);
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

/** Adds the columns [from, to) of the row at `pixels`, which begins at pixel `start`, to `counts` and `moment`. */
function addSpan<T>(pixels: usize, mask: usize, start: u32, from: i32, to: i32, low: f64, high: f64): void {
  for (let at = from; at < to; at += CHUNK) {
    const length = min(CHUNK, to - at);
    const offset: usize = at * sizeof<T>();
    if (isFloat<T>()) addFloats(pixels + offset, mask + offset, length, at, start + at, low, high);
    else addChunk<T>(pixels + offset, mask + offset, length, at, start + at);
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
 * row and column moment, highest value, invalid pixels. Edges are squared; each holds the one before it. `add`: to the summary as well.
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
  add: bool,
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
  adding = add;
  invalid = 0;
  peakFloat = NaN;
  if (!isFloat<T>()) peak = peaks<T>(i32x4.splat(0), i32x4.splat(-1));
  const stride: usize = width * sizeof<T>();
  let start: u32 = 0;
  for (let r = 0; r < height; r++, pixels += stride, mask += stride, start += width) {
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
    addSpan<T>(pixels, mask, start, b0, b1, low, high);
    bf += counts;
    addSpan<T>(pixels, mask, start, a0, b0, low, high);
    addSpan<T>(pixels, mask, start, b1, a1, low, high);
    within += counts;
    addSpan<T>(pixels, mask, start, d0, a0, low, high);
    addSpan<T>(pixels, mask, start, a1, d1, low, high);
    disk += counts;
    diskRows += counts * <f64>r;
    diskCols += moment;
    addSpan<T>(pixels, mask, start, 0, d0, low, high);
    addSpan<T>(pixels, mask, start, d1, width, low, high);
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
