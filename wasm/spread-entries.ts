// Weighted sums of frames that are listed in entries. The twin, to read first: src/kernels/spread-entries.ts.
import { COUNTS, PIXEL } from "./window-frame";

/** Bytes of a frame's share in sums: the addresses of its entries and of their end (32 bits each), and from WEIGHTS on four float32. */
const SHARE: usize = 32;
const WEIGHTS: usize = 16;
/** Of each of up to 64 shares, where the next pass goes on. */
const NEXT: usize = memory.data(256, 16);
/** Bytes of sums that a pass fills, which stay near until the last frame is added. */
const PASS: usize = 65536;
/** Entries that a frame must have in a pass, or all are added in one: to stop and to go on takes time, too. */
const LEAST: f64 = 64;
/** A number and four numbers per pixel: bytes as powers of two. */
const ONE: usize = 2;
const FOUR: usize = 4;

/** Adds the counts of an entry, times the weights: to four numbers (T is v128), or to one. Those of a pixel lie 2^pitch bytes behind those of the last. */
// @ts-ignore: decorator
@inline
function addEntry<T>(what: u32, weights: v128, sums: usize, pitch: usize): void {
  const at = sums + (<usize>(what & PIXEL) << pitch);
  const counts = <f32>(<i32>(what >> COUNTS));
  if (isVector<T>()) v128.store(at, f32x4.add(v128.load(at), f32x4.mul(weights, f32x4.splat(counts))));
  else store<f32>(at, load<f32>(at) + f32x4.extract_lane(weights, 0) * counts);
}

/** The same of four entries, the last of which is of pixel `forth`. */
// @ts-ignore: decorator
@inline
function addFour<T>(entries: usize, forth: u32, weights: v128, sums: usize, pitch: usize): void {
  const counts = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(entries), COUNTS));
  const p = sums + (<usize>(load<u32>(entries) & PIXEL) << pitch);
  const q = sums + (<usize>(load<u32>(entries, 4) & PIXEL) << pitch);
  const r = sums + (<usize>(load<u32>(entries, 8) & PIXEL) << pitch);
  const s = sums + (<usize>forth << pitch);
  if (isVector<T>()) {
    v128.store(p, f32x4.add(v128.load(p), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 0, 0, 0, 0))));
    v128.store(q, f32x4.add(v128.load(q), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 1, 1, 1, 1))));
    v128.store(r, f32x4.add(v128.load(r), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 2, 2, 2, 2))));
    v128.store(s, f32x4.add(v128.load(s), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 3, 3, 3, 3))));
  } else {
    const four = f32x4.mul(weights, counts);
    store<f32>(p, load<f32>(p) + f32x4.extract_lane(four, 0));
    store<f32>(q, load<f32>(q) + f32x4.extract_lane(four, 1));
    store<f32>(r, load<f32>(r) + f32x4.extract_lane(four, 2));
    store<f32>(s, load<f32>(s) + f32x4.extract_lane(four, 3));
  }
}

/** Adds entries up to the first of a pixel beyond `most`, which it answers. */
// @ts-ignore: decorator
@inline
function addUpTo<T>(most: u32, entries: usize, end: usize, weights: v128, sums: usize, pitch: usize): usize {
  while (entries + 32 <= end) {
    const eighth = load<u32>(entries, 28) & PIXEL;
    if (eighth > most) break;
    addFour<T>(entries, load<u32>(entries, 12) & PIXEL, weights, sums, pitch);
    addFour<T>(entries + 16, eighth, weights, sums, pitch);
    entries += 32;
  }
  if (entries + 16 <= end) {
    const forth = load<u32>(entries, 12) & PIXEL;
    if (forth <= most) {
      addFour<T>(entries, forth, weights, sums, pitch);
      entries += 16;
    }
  }
  for (; entries < end && (load<u32>(entries) & PIXEL) <= most; entries += 4) addEntry<T>(load<u32>(entries), weights, sums, pitch);
  return entries;
}

/** Begins with the first entry of each share; answers the pixels of a pass: `some`, or all. */
function begin(shares: usize, end: usize, pixels: u32, some: u32): u32 {
  let entries: f64 = 0;
  for (let at = shares, next = NEXT; at < end; at += SHARE, next += 4) {
    const from = load<u32>(at);
    store<u32>(next, from);
    entries += <f64>((load<u32>(at, 4) - from) >> 2);
  }
  const frames = <f64>((end - shares) / SHARE);
  return entries * <f64>some > LEAST * frames * <f64>pixels ? some : pixels;
}

/**
 * Adds shares (up to 64) to sums [pixels, 4], one number per weight. All frames are added to some pixels before the next ones. What is added to a
 * number, and in which order, is not changed by that, as entries are in the order of their pixels; where they are not, the last pass adds the rest.
 */
export function spreadShares(shares: usize, end: usize, pixels: u32, sums: usize): void {
  const step = begin(shares, end, pixels, <u32>(PASS >> FOUR));
  for (let limit = step; ; limit += step) {
    const most: u32 = limit < pixels ? limit - 1 : PIXEL;
    for (let at = shares, next = NEXT; at < end; at += SHARE, next += 4) {
      const weights = v128.load(at, WEIGHTS);
      const from = <usize>load<u32>(next);
      const to = <usize>load<u32>(at, 4);
      // Most frames are in the largest window only.
      const one = (load<u64>(at, WEIGHTS) | <u64>load<u32>(at, WEIGHTS + 8)) == 0;
      if (!one) store<u32>(next, addUpTo<v128>(most, from, to, weights, sums, FOUR));
      else if (load<f32>(at, WEIGHTS + 12) != 0)
        store<u32>(next, addUpTo<f32>(most, from, to, v128.load32_splat(at, WEIGHTS + 12), sums + 12, FOUR));
    }
    if (most == PIXEL) return;
  }
}

/** Fills a plane with the sums of the `n`-th of the weights. */
export function sumShares(shares: usize, end: usize, n: usize, pixels: u32, plane: usize): void {
  memory.fill(plane, 0, <usize>pixels << ONE);
  const weight = WEIGHTS + (n << 2);
  const step = begin(shares, end, pixels, <u32>(PASS >> ONE));
  for (let limit = step; ; limit += step) {
    const most: u32 = limit < pixels ? limit - 1 : PIXEL;
    for (let at = shares, next = NEXT; at < end; at += SHARE, next += 4)
      if (load<f32>(at + weight) != 0)
        store<u32>(next, addUpTo<f32>(most, load<u32>(next), load<u32>(at, 4), v128.load32_splat(at + weight), plane, ONE));
    if (most == PIXEL) return;
  }
}

/** Parts sums [pixels, 4] into four planes, and leaves zeros. */
export function partSums(sums: usize, pixels: u32, a: usize, b: usize, c: usize, d: usize): void {
  const whole = sums + (<usize>(pixels & ~3) << 4);
  const end = sums + (<usize>pixels << 4);
  const zero = i32x4.splat(0);
  for (; sums < whole; sums += 64, a += 16, b += 16, c += 16, d += 16) {
    const p = v128.load(sums);
    const q = v128.load(sums, 16);
    const r = v128.load(sums, 32);
    const s = v128.load(sums, 48);
    const lowPq = v128.shuffle<f32>(p, q, 0, 4, 1, 5);
    const lowRs = v128.shuffle<f32>(r, s, 0, 4, 1, 5);
    const highPq = v128.shuffle<f32>(p, q, 2, 6, 3, 7);
    const highRs = v128.shuffle<f32>(r, s, 2, 6, 3, 7);
    v128.store(a, v128.shuffle<f32>(lowPq, lowRs, 0, 1, 4, 5));
    v128.store(b, v128.shuffle<f32>(lowPq, lowRs, 2, 3, 6, 7));
    v128.store(c, v128.shuffle<f32>(highPq, highRs, 0, 1, 4, 5));
    v128.store(d, v128.shuffle<f32>(highPq, highRs, 2, 3, 6, 7));
    v128.store(sums, zero);
    v128.store(sums, zero, 16);
    v128.store(sums, zero, 32);
    v128.store(sums, zero, 48);
  }
  for (; sums < end; sums += 16, a += 4, b += 4, c += 4, d += 4) {
    store<f32>(a, load<f32>(sums));
    store<f32>(b, load<f32>(sums, 4));
    store<f32>(c, load<f32>(sums, 8));
    store<f32>(d, load<f32>(sums, 12));
    v128.store(sums, zero);
  }
}

/** Adds the counts of a frame that is listed in entries, times a weight, to one plane. */
export function addEntries(entries: usize, end: usize, weight: f32, plane: usize): void {
  addUpTo<f32>(PIXEL, entries, end, f32x4.splat(weight), plane, ONE);
}
