// Counts per polar bin. The twin, to read first: src/kernels/count-polar.ts.
//
// A table holds the bin of every offset from the centre, so the work goes with the electrons: those of sparse frames are listed first, as
// addresses in the table, and then counted.
import { EVENT, events, eventsEnd, ones } from "./gather-planes";
import { list, listOnes } from "./list-ones";
import { excluded, highest, isInvalid, lowest, outside, suspect, zeroIsNothing } from "./pixel-group";

/** Bins; the number of the first is that of the pixels nearer than the first ring, the next of those beyond the last. */
let bins: u32 = 0;
let reach: i32 = 0;
/** Where a frame is counted, memory that stays in the cache: 32 bits per bin and two more; for dense frames four times that, or float64. */
let counts: usize = 0;

/** The pixels within reach: rows and columns, and where in the table column 0 of row 0 is (or would be). */
let rowFrom: i32 = 0;
let rowTo: i32 = 0;
let colFrom: i32 = 0;
let colTo: i32 = 0;
let origin: usize = 0;
let stride: usize = 0;

/** Needs 16 bytes per bin and for five more at `countsAt`. */
export function setPolar(binCount: u32, farthest: i32, countsAt: usize): void {
  bins = binCount;
  reach = farthest;
  counts = countsAt;
}

function aim(table: usize, row: i32, col: i32, height: i32, width: i32): void {
  rowFrom = max(0, row - reach);
  rowTo = min(height, row + reach + 1);
  colFrom = max(0, col - reach);
  colTo = min(width, col + reach + 1);
  stride = 2 * (2 * reach + 1);
  origin = table + stride * (reach - row) + 2 * (reach - col);
}

// @ts-ignore: decorator
@inline
function addTo(array: usize, entry: usize, more: u32): void {
  const at = array + <usize>load<u16>(entry);
  store<u32>(at, load<u32>(at) + more);
}

/** Counts the entries listed before `end`. */
function countListed(end: usize): void {
  const to = counts;
  for (let at = list; at < end; at += 4) addTo(to, load<u32>(at), 1);
}

/** Counts the pixels with more than one count within reach. */
function countEvents(most: u32): void {
  for (let event = events; event < eventsEnd; event += EVENT) {
    const value = load<u32>(event, 4);
    const r = load<i32>(event, 8);
    const c = load<i32>(event, 12);
    if (value <= most && r >= rowFrom && r < rowTo && c >= colFrom && c < colTo) addTo(counts, origin + stride * r + 2 * c, value);
  }
}

/** Begins to count, in integers. */
function begin(): void {
  let at = counts;
  const end = at + 4 * bins;
  for (; at + 64 <= end; at += 64) {
    v128.store(at, i32x4.splat(0));
    v128.store(at, i32x4.splat(0), 16);
    v128.store(at, i32x4.splat(0), 32);
    v128.store(at, i32x4.splat(0), 48);
  }
  for (; at < end; at += 4) store<u32>(at, 0);
  store<u64>(end, 0);
}

/** Whether some count of the row that was written last does not fit into a byte. */
export let beyondBytes: bool = false;

/** Writes what was counted to `bytes`; and as float32 to `out`, if not all of it fits: beyondBytes. Answers the counts nearer than the first ring. */
function finish(out: usize, bytes: usize): f64 {
  let from = counts;
  const end = from + 4 * bins;
  let bits = i32x4.splat(0);
  for (; from + 64 <= end; from += 64, bytes += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    v128.store(bytes, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
    bits = v128.or(bits, v128.or(v128.or(a, b), v128.or(c, d)));
  }
  let more: u32 = 0;
  for (; from < end; from += 4, bytes++) {
    const count = load<u32>(from);
    store<u8>(bytes, <u8>count);
    more |= count;
  }
  beyondBytes = more > 255 || v128.any_true(v128.andnot(bits, i32x4.splat(255)));
  if (beyondBytes) for (let at = counts; at < end; at += 4, out += 4) store<f32>(out, <f32>load<u32>(at));
  return <f64>load<u32>(end);
}

/**
 * The frame that `sift` has parted; `most`: highest valid value; `total`: all counts. Writes its counts (finish); answers those nearer than the
 * first ring.
 */
export function countPlanes(
  table: usize,
  row: i32,
  col: i32,
  height: i32,
  width: i32,
  most: u32,
  total: f64,
  out: usize,
  bytes: usize,
): f64 {
  aim(table, row, col, height, width);
  begin();
  if (rowFrom < rowTo && colFrom < colTo) {
    listOnes(rowFrom, rowTo, colFrom, colTo, width, origin, stride, 20 * total > <f64>(height * width), countListed);
    countEvents(most);
  }
  return finish(out, bytes);
}

/** Values of a vector of pixels. */
const VALUES: usize = memory.data(16, 16);

/** Neighbours often share a bin, and adding to what has just been written waits for it: they go to four arrays in turns. */
// @ts-ignore: decorator
@inline
function addFour<T>(a: usize, pitch: usize, entry: usize, i: usize): void {
  const at = VALUES + i * sizeof<T>();
  addTo(a, entry + 2 * i, load<T>(at));
  addTo(a + pitch, entry + 2 * i + 2, load<T>(at, sizeof<T>()));
  addTo(a + 2 * pitch, entry + 2 * i + 4, load<T>(at, 2 * sizeof<T>()));
  addTo(a + 3 * pitch, entry + 2 * i + 6, load<T>(at, 3 * sizeof<T>()));
}

/** A decoded frame of unsigned counts that add up to less than 2^31. */
export function scatterFrame<T>(
  pixels: usize,
  mask: usize,
  table: usize,
  row: i32,
  col: i32,
  height: i32,
  width: i32,
  out: usize,
  bytes: usize,
): f64 {
  const lanes: i32 = 16 / sizeof<T>();
  const low = lowest;
  const high = highest;
  const skip = zeroIsNothing;
  aim(table, row, col, height, width);
  const a = counts;
  const pitch: usize = 4 * ((<usize>bins + 5) & ~3);
  for (let at = a; at < a + 4 * pitch; at += 16) v128.store(at, i32x4.splat(0));
  for (let r = rowFrom; r < rowTo; r++) {
    const entries = origin + stride * r;
    const line: usize = r * width * sizeof<T>();
    for (let c = colFrom; c < colTo; c += lanes) {
      const at: usize = line + c * sizeof<T>();
      const value = v128.load(pixels + at);
      if (skip && !v128.any_true(value)) continue;
      let not = excluded<T>(mask + at, colTo - c);
      if (v128.any_true(suspect<T>(value, low, high, not, skip))) not = v128.or(not, outside<T>(value, low, high, not));
      v128.store(VALUES, v128.andnot(value, not));
      const entry = entries + 2 * c;
      addFour<T>(a, pitch, entry, 0);
      if (sizeof<T>() < 4) addFour<T>(a, pitch, entry, 4);
      if (sizeof<T>() < 2) {
        addFour<T>(a, pitch, entry, 8);
        addFour<T>(a, pitch, entry, 12);
      }
    }
  }
  for (let at = a; at < a + pitch; at += 16) {
    const sum = i32x4.add(v128.load(at), v128.load(at + pitch));
    v128.store(at, i32x4.add(sum, i32x4.add(v128.load(at + 2 * pitch), v128.load(at + 3 * pitch))));
  }
  return finish(out, bytes);
}

/** The same for all other frames, in the order of the pixels; no bytes. */
export function scatterAny<T>(
  pixels: usize,
  mask: usize,
  table: usize,
  row: i32,
  col: i32,
  height: i32,
  width: i32,
  low: f64,
  high: f64,
  out: usize,
): f64 {
  aim(table, row, col, height, width);
  memory.fill(counts, 0, 8 * bins + 16);
  for (let r = rowFrom; r < rowTo; r++)
    for (let c = colFrom; c < colTo; c++) {
      const at: usize = (r * width + c) * sizeof<T>();
      const value = <f64>load<T>(pixels + at);
      if (load<T>(mask + at) != 0 || isInvalid(value, low, high)) continue;
      const bin = counts + 2 * <usize>load<u16>(origin + stride * r + 2 * c);
      store<f64>(bin, load<f64>(bin) + value);
    }
  for (let i: usize = 0; i < bins; i++) store<f32>(out + 4 * i, <f32>load<f64>(counts + 8 * i));
  beyondBytes = true;
  return load<f64>(counts + 8 * bins);
}
