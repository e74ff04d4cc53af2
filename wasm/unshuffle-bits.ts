// Undoes the bit transpose of bitshuffle, 128 elements at a time. The twin: unshuffleBits in src/kernels/decode-bslz4.ts.
// Sparse frames have few planes in use, so the work follows the highest plane that is not empty (measured: half the time of doing all).

/** 128 bytes for each byte of an element. */
const BYTES: usize = memory.data(512, 16);
/** 128 elements of up to 4 bytes, for blocks too short to write in place. */
const SHORT: usize = memory.data(512, 16);

/** The bits of `a` and `b` that a step of the transpose exchanges (Hacker's Delight, section 7-3). */
// @ts-ignore: decorator
@inline
function exchange(a: v128, b: v128, shift: i32, mask: v128): v128 {
  return v128.and(v128.xor(i16x8.shr_u(a, shift), b), mask);
}

/** Last step of the 8x8 bit transposes and the regrouping of the bytes: a[k] holds bytes k, 8 + k, 16 + k ... of the 128 after it. */
// @ts-ignore: decorator
@inline
function finish(x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, x7: v128, out: usize): void {
  const mask = i8x16.splat(0x55);
  let t = exchange(x0, x1, 1, mask);
  const a1 = v128.xor(x1, t);
  const a0 = v128.xor(x0, i16x8.shl(t, 1));
  t = exchange(x2, x3, 1, mask);
  const a3 = v128.xor(x3, t);
  const a2 = v128.xor(x2, i16x8.shl(t, 1));
  t = exchange(x4, x5, 1, mask);
  const a5 = v128.xor(x5, t);
  const a4 = v128.xor(x4, i16x8.shl(t, 1));
  t = exchange(x6, x7, 1, mask);
  const a7 = v128.xor(x7, t);
  const a6 = v128.xor(x6, i16x8.shl(t, 1));
  store8(out, lowBytes(a0, a1), lowBytes(a2, a3), lowBytes(a4, a5), lowBytes(a6, a7));
  store8(out + 64, highBytes(a0, a1), highBytes(a2, a3), highBytes(a4, a5), highBytes(a6, a7));
}

// @ts-ignore: decorator
@inline
function lowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function highBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Interleaves four vectors of byte pairs into 64 bytes. */
// @ts-ignore: decorator
@inline
function store8(out: usize, b0: v128, b2: v128, b4: v128, b6: v128): void {
  const c0 = i16x8.shuffle(b0, b2, 0, 8, 1, 9, 2, 10, 3, 11);
  const c1 = i16x8.shuffle(b0, b2, 4, 12, 5, 13, 6, 14, 7, 15);
  const c4 = i16x8.shuffle(b4, b6, 0, 8, 1, 9, 2, 10, 3, 11);
  const c5 = i16x8.shuffle(b4, b6, 4, 12, 5, 13, 6, 14, 7, 15);
  v128.store(out, i32x4.shuffle(c0, c4, 0, 4, 1, 5));
  v128.store(out, i32x4.shuffle(c0, c4, 2, 6, 3, 7), 16);
  v128.store(out, i32x4.shuffle(c1, c5, 0, 4, 1, 5), 32);
  v128.store(out, i32x4.shuffle(c1, c5, 2, 6, 3, 7), 48);
}

/** Upper four planes empty: the first step of the transpose only splits nibbles. */
function spread4(x0: v128, x1: v128, x2: v128, x3: v128, out: usize): void {
  const nibble = i8x16.splat(0x0f);
  const mask = i8x16.splat(0x33);
  let a0 = v128.and(x0, nibble);
  let a1 = v128.and(x1, nibble);
  let a2 = v128.and(x2, nibble);
  let a3 = v128.and(x3, nibble);
  let a4 = v128.and(i16x8.shr_u(x0, 4), nibble);
  let a5 = v128.and(i16x8.shr_u(x1, 4), nibble);
  let a6 = v128.and(i16x8.shr_u(x2, 4), nibble);
  let a7 = v128.and(i16x8.shr_u(x3, 4), nibble);
  let t = exchange(a0, a2, 2, mask);
  a2 = v128.xor(a2, t);
  a0 = v128.xor(a0, i16x8.shl(t, 2));
  t = exchange(a1, a3, 2, mask);
  a3 = v128.xor(a3, t);
  a1 = v128.xor(a1, i16x8.shl(t, 2));
  t = exchange(a4, a6, 2, mask);
  a6 = v128.xor(a6, t);
  a4 = v128.xor(a4, i16x8.shl(t, 2));
  t = exchange(a5, a7, 2, mask);
  a7 = v128.xor(a7, t);
  a5 = v128.xor(a5, i16x8.shl(t, 2));
  finish(a0, a1, a2, a3, a4, a5, a6, a7, out);
}

function spread8(x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, x7: v128, out: usize): void {
  const nibble = i8x16.splat(0x0f);
  const mask = i8x16.splat(0x33);
  let t = exchange(x0, x4, 4, nibble);
  let a4 = v128.xor(x4, t);
  let a0 = v128.xor(x0, i16x8.shl(t, 4));
  t = exchange(x1, x5, 4, nibble);
  let a5 = v128.xor(x5, t);
  let a1 = v128.xor(x1, i16x8.shl(t, 4));
  t = exchange(x2, x6, 4, nibble);
  let a6 = v128.xor(x6, t);
  let a2 = v128.xor(x2, i16x8.shl(t, 4));
  t = exchange(x3, x7, 4, nibble);
  let a7 = v128.xor(x7, t);
  let a3 = v128.xor(x3, i16x8.shl(t, 4));
  t = exchange(a0, a2, 2, mask);
  a2 = v128.xor(a2, t);
  a0 = v128.xor(a0, i16x8.shl(t, 2));
  t = exchange(a1, a3, 2, mask);
  a3 = v128.xor(a3, t);
  a1 = v128.xor(a1, i16x8.shl(t, 2));
  t = exchange(a4, a6, 2, mask);
  a6 = v128.xor(a6, t);
  a4 = v128.xor(a4, i16x8.shl(t, 2));
  t = exchange(a5, a7, 2, mask);
  a7 = v128.xor(a7, t);
  a5 = v128.xor(a5, i16x8.shl(t, 2));
  finish(a0, a1, a2, a3, a4, a5, a6, a7, out);
}

/** Zeros; for so few bytes much faster than memory.fill, which is a call out of the module. */
// @ts-ignore: decorator
@inline
function clear(out: usize, bytes: usize): void {
  const zero = i32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 64) {
    v128.store(out + i, zero);
    v128.store(out + i, zero, 16);
    v128.store(out + i, zero, 32);
    v128.store(out + i, zero, 48);
  }
}

/** One byte of 128 elements: 16 bytes from each of eight planes. Answers whether any bit was set. */
function spread(planes: usize, stride: usize, out: usize): bool {
  const a0 = v128.load(planes);
  const a1 = v128.load(planes + stride);
  const a2 = v128.load(planes + 2 * stride);
  const a3 = v128.load(planes + 3 * stride);
  const a4 = v128.load(planes + 4 * stride);
  const a5 = v128.load(planes + 5 * stride);
  const a6 = v128.load(planes + 6 * stride);
  const a7 = v128.load(planes + 7 * stride);
  if (v128.any_true(v128.or(v128.or(a4, a5), v128.or(a6, a7)))) {
    spread8(a0, a1, a2, a3, a4, a5, a6, a7, out);
    return true;
  }
  if (v128.any_true(v128.or(v128.or(a0, a1), v128.or(a2, a3)))) {
    spread4(a0, a1, a2, a3, out);
    return true;
  }
  clear(out, 128);
  return false;
}

/** 128 elements from 16 bytes of every plane. */
function unshuffle128(planes: usize, stride: usize, element: u32, out: usize): void {
  if (element == 1) {
    spread(planes, stride, out);
    return;
  }
  const step: usize = 8 * stride;
  let any = spread(planes + step, stride, BYTES + 128);
  if (element == 2) {
    if (!spread(planes, stride, BYTES) && !any) {
      clear(out, 256);
      return;
    }
    for (let i: usize = 0; i < 128; i += 16) {
      const low = v128.load(BYTES + i);
      const high = v128.load(BYTES + 128 + i);
      v128.store(out + 2 * i, lowBytes(low, high));
      v128.store(out + 2 * i, highBytes(low, high), 16);
    }
    return;
  }
  any = spread(planes, stride, BYTES) || any;
  any = spread(planes + 2 * step, stride, BYTES + 256) || any;
  any = spread(planes + 3 * step, stride, BYTES + 384) || any;
  if (!any) {
    clear(out, 512);
    return;
  }
  for (let i: usize = 0; i < 128; i += 16) {
    const b0 = v128.load(BYTES + i);
    const b1 = v128.load(BYTES + 128 + i);
    const b2 = v128.load(BYTES + 256 + i);
    const b3 = v128.load(BYTES + 384 + i);
    store16(out + 4 * i, lowBytes(b0, b1), lowBytes(b2, b3));
    store16(out + 4 * i + 32, highBytes(b0, b1), highBytes(b2, b3));
  }
}

/** Interleaves low and high halves of eight 4-byte elements. */
// @ts-ignore: decorator
@inline
function store16(out: usize, low: v128, high: v128): void {
  v128.store(out, i16x8.shuffle(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(out, i16x8.shuffle(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 16);
}

/** One block of `bytes` bytes, a multiple of 8 * element. Reads up to 15 bytes past the planes, writes nothing past the output. */
export function unshuffleBits(planes: usize, bytes: u32, element: u32, out: usize): void {
  const stride: usize = bytes / (8 * element);
  if (stride < 16) {
    unshuffle128(planes, stride, element, SHORT);
    memory.copy(out, SHORT, bytes);
    return;
  }
  let at: usize = 0;
  for (; at + 16 <= stride; at += 16) unshuffle128(planes + at, stride, element, out + at * 8 * element);
  // What is left of the planes: once more 16 bytes, over some that are done.
  if (at < stride) unshuffle128(planes + stride - 16, stride, element, out + (stride - 16) * 8 * element);
}
