// Lists pixels with one count, so that work goes with the electrons. Writes a few entries too many rather than branch on how many there are.
import { ones } from "./gather-planes";

/** Entries, 32 bits each: LISTED of them, those of a run of words, and some more. */
const LISTED: usize = 1024;
const RUN: i32 = 16;
export const list: usize = memory.data(8448, 16);

/** The entry of the lowest bit; `entry`: that of bit 0. */
// @ts-ignore: decorator
@inline
function entryOf(bits: u64, entry: usize): usize {
  return entry + 2 * <usize>ctz<u64>(bits);
}

// @ts-ignore: decorator
@inline
function without(bits: u64): u64 {
  return bits & (bits - 1);
}

/** Lists the bits of a word at `next`; `crowded`: probably more than four. Answers where the list goes on. */
// @ts-ignore: decorator
@inline
function listWord(bits: u64, entry: usize, next: usize, crowded: bool): usize {
  const end = next + 4 * <usize>popcnt<u64>(bits);
  store<u32>(next, entryOf(bits, entry));
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 4);
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 8);
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 12);
  if (!crowded && end <= next + 16) return end;
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 16);
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 20);
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 24);
  bits = without(bits);
  store<u32>(next, entryOf(bits, entry), 28);
  for (next += 32; next < end; next += 16) {
    bits = without(bits);
    store<u32>(next, entryOf(bits, entry));
    bits = without(bits);
    store<u32>(next, entryOf(bits, entry), 4);
    bits = without(bits);
    store<u32>(next, entryOf(bits, entry), 8);
    bits = without(bits);
    store<u32>(next, entryOf(bits, entry), 12);
  }
  return end;
}

/** Bits `from` and above of a word; the bits below `to`, 1...64. */
// @ts-ignore: decorator
@inline
export function above(from: i32): u64 {
  return ~(<u64>0) << (from & 63);
}

// @ts-ignore: decorator
@inline
export function below(to: i32): u64 {
  return ~(<u64>0) >> ((64 - to) & 63);
}

/**
 * Lists the pixels with one count in rows and columns of the frame, at least one each, as `origin` + `stride` * row + 2 * column. `count` is
 * given the end of the list, now and then and at last. `crowded`: whether there are more than one in 20 (it takes less time to know).
 */
export function listOnes(
  rowFrom: i32,
  rowTo: i32,
  colFrom: i32,
  colTo: i32,
  width: i32,
  origin: usize,
  stride: usize,
  crowded: bool,
  count: (end: usize) => void,
): void {
  const full = list + 4 * LISTED;
  const planes = ones;
  let next = list;
  let from = rowFrom * width + colFrom;
  let entry = origin + stride * rowFrom - 2 * rowFrom * width;
  for (let r = rowFrom; r < rowTo; r++, from += width, entry += stride - 2 * width) {
    const to = from + colTo - colFrom;
    const end = (to - 1) >> 6;
    let word = from >> 6;
    let bits = load<u64>(planes + (word << 3)) & above(from);
    while (word < end) {
      next = listWord(bits, entry + (word << 7), next, crowded);
      word++;
      bits = load<u64>(planes + (word << 3));
      if ((word & (RUN - 1)) == 0 && next > full) {
        count(next);
        next = list;
      }
    }
    next = listWord(bits & below(to), entry + (word << 7), next, crowded);
    if (next > full) {
      count(next);
      next = list;
    }
  }
  count(next);
}
