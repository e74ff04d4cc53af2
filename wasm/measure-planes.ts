// The measures of a sparse frame, from what `sift` has parted. The same numbers as measure-frame.ts makes: all sums are of whole numbers.
import { EVENT, events, eventsEnd, GROUP, length, ones } from "./gather-planes";
import { above, below, list, listOnes } from "./list-ones";
import { columnsWithin, first, last, writeFound } from "./measure-frame";

/** Sum of the numbers of the bits that are set. */
// @ts-ignore: decorator
@inline
function bitSum(bits: u64): i64 {
  return <i64>(
    (popcnt<u64>(bits & 0xaaaaaaaaaaaaaaaa) +
      (popcnt<u64>(bits & 0xcccccccccccccccc) << 1) +
      (popcnt<u64>(bits & 0xf0f0f0f0f0f0f0f0) << 2) +
      (popcnt<u64>(bits & 0xff00ff00ff00ff00) << 3) +
      (popcnt<u64>(bits & 0xffff0000ffff0000) << 4) +
      (popcnt<u64>(bits & 0xffffffff00000000) << 5))
  );
}

/** The same in both halves, each numbered from 0. */
// @ts-ignore: decorator
@inline
function bitSums(bits: v128): i64 {
  return bitSum(i64x2.extract_lane(bits, 0)) + bitSum(i64x2.extract_lane(bits, 1));
}

/** Lower digit of the last `addBits`. */
let digit: v128 = i32x4.splat(0);

/** Adds three vectors of single bits: sets `digit`, answers the carries. */
// @ts-ignore: decorator
@inline
function addBits(a: v128, b: v128, c: v128): v128 {
  const half = v128.xor(a, b);
  digit = v128.xor(half, c);
  return v128.or(v128.and(a, b), v128.and(half, c));
}

/** Sum over all `ones` of their place in a word of 64 bits: the vectors are added up as binary numbers first (Harley and Seal). */
function placesInWords(): i64 {
  let one = i32x4.splat(0);
  let two = i32x4.splat(0);
  let four = i32x4.splat(0);
  let sum: i64 = 0;
  for (let at = ones; at < ones + length; at += GROUP) {
    const a = addBits(one, v128.load(at), v128.load(at, 16));
    const b = addBits(digit, v128.load(at, 32), v128.load(at, 48));
    one = digit;
    const ab = addBits(two, a, b);
    two = digit;
    const c = addBits(one, v128.load(at, 64), v128.load(at, 80));
    const d = addBits(digit, v128.load(at, 96), v128.load(at, 112));
    one = digit;
    const cd = addBits(two, c, d);
    two = digit;
    const eight = addBits(four, ab, cd);
    four = digit;
    sum += bitSums(eight) << 3;
  }
  return sum + bitSums(one) + (bitSums(two) << 1) + (bitSums(four) << 2);
}

/** Counts of the pixels [from, to). */
function countOf(from: i32, to: i32): i64 {
  if (from >= to) return 0;
  const end = (to - 1) >> 6;
  let word = from >> 6;
  let sum: i64 = 0;
  let bits = load<u64>(ones + (word << 3)) & above(from);
  while (word < end) {
    sum += <i64>popcnt<u64>(bits);
    word++;
    bits = load<u64>(ones + (word << 3));
  }
  return sum + <i64>popcnt<u64>(bits & below(to));
}

/** Sum of the columns of the pixels [from, to), at least one, of the row that begins at pixel `start`. */
function columnsOf(start: i32, from: i32, to: i32): i64 {
  const end = (to - 1) >> 6;
  let sum: i64 = 0;
  for (let word = from >> 6; word <= end; word++) {
    let bits = load<u64>(ones + (word << 3));
    if (word == from >> 6) bits &= above(from);
    if (word == end) bits &= below(to);
    sum += <i64>popcnt<u64>(bits) * ((word << 6) - start) + bitSum(bits);
  }
  return sum;
}

/** What the frame holds; see writeFound. */
let sum: i64 = 0;
let bf: i64 = 0;
let within: i64 = 0;
let rows: i64 = 0;
let cols: i64 = 0;
let disk: i64 = 0;
let diskRows: i64 = 0;
let diskCols: i64 = 0;
let best: u32 = 0;
let invalid: u32 = 0;

/** The beam, and what is near it: rows and columns in which no pixel near the disk is missed. */
let beamRow: f64 = 0;
let beamCol: f64 = 0;
let bfMost: f64 = 0;
let adfMost: f64 = 0;
let diskMost: f64 = 0;
let rowFrom: i32 = 0;
let rowTo: i32 = 0;
let colFrom: i32 = 0;
let colTo: i32 = 0;

// @ts-ignore: decorator
@inline
function total(pair: v128): i64 {
  return <i64>(f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1));
}

/**
 * Adds the pixels with one count that are listed in [at, end) (`single`) or the events there, of at most `most` counts: two at a time, in
 * float64, which is exact for what `sift` admits. Sums of events are of the whole frame as well.
 */
// @ts-ignore: decorator
@inline
function addPairs(single: bool, at: usize, end: usize, most: u32): void {
  const size: usize = single ? 4 : EVENT;
  let value = f64x2.splat(1);
  let all = f64x2.splat(0);
  let allRows = all;
  let allCols = all;
  let inBf = all;
  let inAdf = all;
  let inDisk = all;
  let inRows = all;
  let inCols = all;
  let highest = all;
  for (; at < end; at += 2 * size) {
    let r: v128;
    let c: v128;
    if (single) {
      const places = v128.load64_zero(at);
      if (at + size == end) value = f64x2(1, 0);
      r = f64x2.convert_low_i32x4_s(i32x4.shr_u(places, 16));
      c = f64x2.convert_low_i32x4_s(i32x4.shr_u(i32x4.shl(places, 16), 17));
    } else {
      const one = v128.load(at);
      const two = v128.load(at, EVENT);
      r = f64x2.convert_low_i32x4_s(i32x4.shuffle(one, two, 2, 6, 2, 6));
      c = f64x2.convert_low_i32x4_s(i32x4.shuffle(one, two, 3, 7, 3, 7));
      value = f64x2.convert_low_i32x4_u(i32x4.shuffle(one, two, 1, 5, 1, 5));
      if (at + size == end) value = f64x2.replace_lane(value, 1, 0);
      const bad = f64x2.gt(value, f64x2.splat(<f64>most));
      if (v128.any_true(bad)) {
        invalid += popcnt<u32>(i64x2.bitmask(bad));
        value = v128.andnot(value, bad);
      }
      highest = f64x2.pmax(highest, value);
      all = f64x2.add(all, value);
      allRows = f64x2.add(allRows, f64x2.mul(value, r));
      allCols = f64x2.add(allCols, f64x2.mul(value, c));
    }
    const dr = f64x2.sub(r, f64x2.splat(beamRow));
    const dc = f64x2.sub(c, f64x2.splat(beamCol));
    const distance = f64x2.add(f64x2.mul(dr, dr), f64x2.mul(dc, dc));
    const near = v128.and(value, f64x2.le(distance, f64x2.splat(diskMost)));
    inDisk = f64x2.add(inDisk, near);
    inRows = f64x2.add(inRows, f64x2.mul(near, r));
    inCols = f64x2.add(inCols, f64x2.mul(near, c));
    inAdf = f64x2.add(inAdf, v128.and(value, f64x2.le(distance, f64x2.splat(adfMost))));
    inBf = f64x2.add(inBf, v128.and(value, f64x2.le(distance, f64x2.splat(bfMost))));
  }
  bf += total(inBf);
  within += total(inAdf);
  disk += total(inDisk);
  diskRows += total(inRows);
  diskCols += total(inCols);
  if (single) return;
  sum += total(all);
  rows += total(allRows);
  cols += total(allCols);
  best = max(best, <u32>max(f64x2.extract_lane(highest, 0), f64x2.extract_lane(highest, 1)));
}

function addListed(end: usize): void {
  addPairs(true, list, end, 0);
}

function addEvents(most: u32): void {
  addPairs(false, events, eventsEnd, most);
}

/** Adds the pixels with one count of a row near the disk: by runs of columns, whose work does not depend on the counts. */
function addRow(r: i32, width: i32): void {
  const dr2 = (<f64>r - beamRow) * (<f64>r - beamRow);
  const start = r * width;
  columnsWithin(dr2, beamCol, diskMost, colFrom, colTo);
  const d0 = first;
  const d1 = last;
  if (d0 == d1) return;
  columnsWithin(dr2, beamCol, adfMost, d0, d1);
  const a0 = first;
  const a1 = last;
  columnsWithin(dr2, beamCol, bfMost, a0, a1);
  const near = countOf(start + d0, start + d1);
  disk += near;
  diskRows += near * r;
  diskCols += columnsOf(start, start + d0, start + d1);
  within += countOf(start + a0, start + a1);
  bf += countOf(start + first, start + last);
}

/** Pixels with one count near the disk in the frame before: a guess of how many there are. */
let lately: i64 = 0;
/** So many per row of the disk, from which on runs of columns take less time than the pixels one by one. */
const CROWDED_ROW: i64 = 32;
/** Most rows or columns whose numbers fit into an entry of the list. */
const MOST_SIDE: i32 = 0x7fff;

/** Sets what is near the disk, and adds its pixels with one count. */
function addDisk(height: i32, width: i32): void {
  columnsWithin(0, beamRow, diskMost, 0, height);
  rowFrom = first;
  rowTo = last;
  columnsWithin(0, beamCol, diskMost, 0, width);
  colFrom = first;
  colTo = last;
  if (rowFrom == rowTo || colFrom == colTo) return;
  const high = rowTo - rowFrom;
  if (lately > high * CROWDED_ROW || rowTo > MOST_SIDE || colTo > MOST_SIDE) for (let r = rowFrom; r < rowTo; r++) addRow(r, width);
  else listOnes(rowFrom, rowTo, colFrom, colTo, width, 0, 1 << 16, 20 * lately > high * (colTo - colFrom), addListed);
}

/** Adds the pixels with one count. Rows and words are weighed by adding up, after each, how many there have been so far. */
function addOnes(height: i32, width: i32): void {
  const planes = ones;
  let soFar: i64 = 0;
  let words: i64 = 0;
  let ends: i64 = 0;
  let word = 0;
  for (let r = 0, end = width; r < height; r++, end += width) {
    for (; word < end >> 6; word++) {
      soFar += <i64>popcnt<u64>(load<u64>(planes + (word << 3)));
      words += soFar;
    }
    ends += soFar + <i64>popcnt<u64>(load<u64>(planes + (word << 3)) & ~above(end));
  }
  // There are zeros after the last row.
  sum = soFar + <i64>popcnt<u64>(load<u64>(planes + (word << 3)));
  words += sum;
  rows = sum * height - ends;
  cols = placesInWords() + ((sum * (word + 1) - words) << 6) - rows * width;
  best = sum > 0 ? 1 : 0;
}

/** As measureFrame, for the frame that `sift` has parted; `most`: highest valid value. */
export function measurePlanes(
  height: i32,
  width: i32,
  row: f64,
  col: f64,
  bfEdge: f64,
  adfEdge: f64,
  diskEdge: f64,
  most: u32,
  out: usize,
): void {
  bf = 0;
  within = 0;
  disk = 0;
  diskRows = 0;
  diskCols = 0;
  invalid = 0;
  beamRow = row;
  beamCol = col;
  bfMost = bfEdge;
  adfMost = adfEdge;
  diskMost = diskEdge;
  addOnes(height, width);
  addDisk(height, width);
  lately = disk;
  addEvents(most);
  writeFound(out, <f64>sum, <f64>bf, <f64>within, <f64>rows, <f64>cols, <f64>disk, <f64>diskRows, <f64>diskCols, <f64>best, <f64>invalid);
}
