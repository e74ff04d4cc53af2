// Sums over the scan, per pixel. The twin, to read first: src/kernels/accumulate-frame.ts.
//
// Types of one and two bytes are summed in integers that `flush` empties into the float64 sums before they can overflow: four times
// faster than converting every pixel. Pixels without a valid value are rare, so they are counted, not the valid ones.
import { EVENT, events, eventsEnd, length, ones } from "./gather-planes";
import { excluded, highest, isInvalid, lowest, outside, peaks, suspect, zeroIsNothing } from "./pixel-group";
import { unshuffleBits } from "./unshuffle-bits";

/** Where the arrays of the summary lie: one entry per pixel, each array padded by 16 entries. */
let sums: usize = 0;
let squares: usize = 0;
/** 32 bits per pixel. */
let quickSums: usize = 0;
/** 32 bits per pixel for types of one byte, 64 for two. */
let quickSquares: usize = 0;
/** Of the pixel's type. */
let maxima: usize = 0;
/** Frames in which a pixel that the mask admits was outside the limits. */
let missed: usize = 0;
/** How often each pixel had one count in a sparse frame: see addOnes. */
let tally: usize = 0;
let tallied: u32 = 0;

/** Binary digits of a tally. */
const DIGITS: usize = 16;
/** Digits or carries of 128 pixels, and what they count. */
const UPRIGHT: usize = memory.data(256, 16);
const SETTLED: usize = memory.data(256, 16);
const CARRIED: usize = memory.data(256, 16);

export function setSummary(
  sumsAt: usize,
  squaresAt: usize,
  quickSumsAt: usize,
  quickSquaresAt: usize,
  maximaAt: usize,
  missedAt: usize,
  tallyAt: usize,
): void {
  sums = sumsAt;
  squares = squaresAt;
  quickSums = quickSumsAt;
  quickSquares = quickSquaresAt;
  maxima = maximaAt;
  missed = missedAt;
  tally = tallyAt;
}

/** Sets the maxima as low as can be; everything else starts at zero. */
export function resetMaxima<T>(count: u32): void {
  const least: T = isFloat<T>() ? <T>-Infinity : isSigned<T>() ? <T>((<u64>1) << (8 * sizeof<T>() - 1)) : <T>0;
  for (let i: u32 = 0; i < count; i++) store<T>(maxima + i * sizeof<T>(), least);
}

// @ts-ignore: decorator
@inline
function add32(at: usize, more: v128): void {
  v128.store(at, i32x4.add(v128.load(at), more));
}

// @ts-ignore: decorator
@inline
function add64(at: usize, more: v128): void {
  v128.store(at, i64x2.add(v128.load(at), more));
}

// @ts-ignore: decorator
@inline
function addFloat(at: usize, more: v128): void {
  v128.store(at, f64x2.add(v128.load(at), more));
}

/** Sixteen pixels of one byte: sums and squares in 32 bits. */
// @ts-ignore: decorator
@inline
function addBytes(kept: v128, first: u32): void {
  const sum = quickSums + 4 * first;
  const low = i16x8.extend_low_i8x16_u(kept);
  const high = i16x8.extend_high_i8x16_u(kept);
  add32(sum, i32x4.extend_low_i16x8_u(low));
  add32(sum + 16, i32x4.extend_high_i16x8_u(low));
  add32(sum + 32, i32x4.extend_low_i16x8_u(high));
  add32(sum + 48, i32x4.extend_high_i16x8_u(high));
  const square = quickSquares + 4 * first;
  const low2 = i16x8.mul(low, low);
  const high2 = i16x8.mul(high, high);
  add32(square, i32x4.extend_low_i16x8_u(low2));
  add32(square + 16, i32x4.extend_high_i16x8_u(low2));
  add32(square + 32, i32x4.extend_low_i16x8_u(high2));
  add32(square + 48, i32x4.extend_high_i16x8_u(high2));
}

/** Eight pixels of two bytes: sums in 32 bits, squares in 64. */
// @ts-ignore: decorator
@inline
function addShorts<T>(kept: v128, first: u32): void {
  const sum = quickSums + 4 * first;
  const low = isSigned<T>() ? i32x4.extend_low_i16x8_s(kept) : i32x4.extend_low_i16x8_u(kept);
  const high = isSigned<T>() ? i32x4.extend_high_i16x8_s(kept) : i32x4.extend_high_i16x8_u(kept);
  add32(sum, low);
  add32(sum + 16, high);
  const square = quickSquares + 8 * first;
  const low2 = i32x4.mul(low, low);
  const high2 = i32x4.mul(high, high);
  add64(square, i64x2.extend_low_i32x4_u(low2));
  add64(square + 16, i64x2.extend_high_i32x4_u(low2));
  add64(square + 32, i64x2.extend_low_i32x4_u(high2));
  add64(square + 48, i64x2.extend_high_i32x4_u(high2));
}

/** Four pixels of four bytes: straight into float64. */
// @ts-ignore: decorator
@inline
function addWords<T>(kept: v128, first: u32): void {
  const upper = i32x4.shuffle(kept, kept, 2, 3, 2, 3);
  const low = isSigned<T>() ? f64x2.convert_low_i32x4_s(kept) : f64x2.convert_low_i32x4_u(kept);
  const high = isSigned<T>() ? f64x2.convert_low_i32x4_s(upper) : f64x2.convert_low_i32x4_u(upper);
  const sum = sums + 8 * first;
  addFloat(sum, low);
  addFloat(sum + 16, high);
  const square = squares + 8 * first;
  addFloat(square, f64x2.mul(low, low));
  addFloat(square + 16, f64x2.mul(high, high));
}

/** One vector of pixels, the first of which is `first`: `kept` without those that do not count, `peak` their candidates for the maximum. */
// @ts-ignore: decorator
@inline
export function addVector<T>(kept: v128, peak: v128, first: u32): void {
  const best = maxima + first * sizeof<T>();
  v128.store(best, v128.max<T>(v128.load(best), peak));
  if (sizeof<T>() == 1) addBytes(kept, first);
  else if (sizeof<T>() == 2) addShorts<T>(kept, first);
  else addWords<T>(kept, first);
}

/** One valid float. */
// @ts-ignore: decorator
@inline
export function addFloatAt(value: f32, i: u32): void {
  const wide = <f64>value;
  addTo(sums + 8 * i, wide);
  addTo(squares + 8 * i, wide * wide);
  if (value > load<f32>(maxima + 4 * i)) store<f32>(maxima + 4 * i, value);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, more: f64): void {
  store<f64>(at, load<f64>(at) + more);
}

/** One pixel that the mask admits and the limits exclude. */
// @ts-ignore: decorator
@inline
export function countMiss(i: u32): void {
  store<u32>(missed + 4 * i, load<u32>(missed + 4 * i) + 1);
}

export function countMissed<T>(bad: v128, first: u32): void {
  for (let lanes: u32 = v128.bitmask<T>(bad); lanes != 0; lanes &= lanes - 1) countMiss(first + ctz<u32>(lanes));
}

export function accumulateFrame<T>(pixels: usize, mask: usize, count: u32): void {
  const lanes: u32 = 16 / sizeof<T>();
  const low = lowest;
  const high = highest;
  const skip = zeroIsNothing;
  for (let first: u32 = 0; first < count; first += lanes, pixels += 16, mask += 16) {
    const value = v128.load(pixels);
    if (skip && !v128.any_true(value)) continue;
    let not = excluded<T>(mask, count - first);
    if (v128.any_true(suspect<T>(value, low, high, not, skip))) {
      const bad = outside<T>(value, low, high, not);
      countMissed<T>(bad, first);
      not = v128.or(not, bad);
    }
    addVector<T>(v128.andnot(value, not), peaks<T>(value, not), first);
  }
}

export function accumulateFloats(pixels: usize, mask: usize, count: u32, low: f64, high: f64): void {
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(mask + 4 * i) != 0) continue;
    const value = load<f32>(pixels + 4 * i);
    if (isInvalid(value, low, high)) countMiss(i);
    else addFloatAt(value, i);
  }
}

/**
 * Adds the pixels with one count, 128 at a time, one bit each, to counters that stand upright: digit d of all pixels is one plane, and so
 * is the carry that waits for it, if bit d of the number of frames is set (Harley and Seal: half as much work at each higher digit).
 */
export function addOnes(): void {
  const plane = length;
  const pixels = ones;
  const frames = tallied++;
  for (let i: usize = 0; i < plane; i += 16) {
    let carry = v128.load(pixels + i);
    let digit = tally + i;
    for (let bits = frames; bits & 1; bits >>= 1, digit += 2 * plane) {
      const waiting = v128.load(digit + plane);
      const sum = v128.load(digit);
      const half = v128.xor(sum, waiting);
      v128.store(digit, v128.xor(half, carry));
      carry = v128.or(v128.and(sum, waiting), v128.and(half, carry));
    }
    v128.store(digit + plane, carry);
  }
}

/** Adds the pixels with more than one count. */
export function addEvents<T>(most: u32): void {
  for (let event = events; event < eventsEnd; event += EVENT) {
    const i = load<u32>(event);
    const value = load<u32>(event, 4);
    if (value > most) {
      countMiss(i);
      continue;
    }
    if (<u32>load<T>(maxima + i * sizeof<T>()) < value) store<T>(maxima + i * sizeof<T>(), <T>value);
    if (sizeof<T>() == 4) {
      const wide = <f64>value;
      addTo(sums + 8 * i, wide);
      addTo(squares + 8 * i, wide * wide);
      continue;
    }
    store<u32>(quickSums + 4 * i, load<u32>(quickSums + 4 * i) + value);
    if (sizeof<T>() == 1) store<u32>(quickSquares + 4 * i, load<u32>(quickSquares + 4 * i) + value * value);
    else store<u64>(quickSquares + 8 * i, load<u64>(quickSquares + 8 * i) + <u64>value * value);
  }
}

/** The tallies of 128 pixels, 16 bits each, from every other plane from `at` on. */
function gatherDigits(at: usize, out: usize): void {
  for (let digit: usize = 0; digit < DIGITS; digit++) v128.store(UPRIGHT + 16 * digit, v128.load(at + 2 * digit * length));
  unshuffleBits(UPRIGHT, 16 * DIGITS, 2, out);
}

/** Empties the tallies of sparse frames into the float64 sums and the maxima. Due at least every 65535 frames. */
export function settleOnes<T>(count: u32): void {
  if (tallied == 0) return;
  let at = tally;
  for (let i: u32 = 0; i < count; i += 128, at += 16) {
    gatherDigits(at, SETTLED);
    gatherDigits(at + length, CARRIED);
    const end = min<u32>(128, count - i);
    for (let j: u32 = 0; j < end; j++) {
      const times = <u32>load<u16>(SETTLED + 2 * j) + (<u32>load<u16>(CARRIED + 2 * j) & tallied);
      if (times == 0) continue;
      addTo(sums + 8 * (i + j), <f64>times);
      addTo(squares + 8 * (i + j), <f64>times);
      const best = maxima + (i + j) * sizeof<T>();
      if (load<T>(best) == 0) store<T>(best, 1);
    }
  }
  memory.fill(tally, 0, 2 * DIGITS * length);
  tallied = 0;
}

/** Forgets the tallies; their memory is zero. */
export function resetOnes(): void {
  tallied = 0;
}

/** Empties the integer sums of types of one and two bytes into the float64 sums. Due at least every 65536 frames. */
export function flush<T>(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const quick = isSigned<T>() ? <f64>load<i32>(quickSums + 4 * i) : <f64>load<u32>(quickSums + 4 * i);
    store<f64>(sums + 8 * i, load<f64>(sums + 8 * i) + quick);
    const square = sizeof<T>() == 1 ? <f64>load<u32>(quickSquares + 4 * i) : <f64>load<u64>(quickSquares + 8 * i);
    store<f64>(squares + 8 * i, load<f64>(squares + 8 * i) + square);
  }
  memory.fill(quickSums, 0, 4 * count);
  memory.fill(quickSquares, 0, (sizeof<T>() == 1 ? 4 : 8) * count);
}
