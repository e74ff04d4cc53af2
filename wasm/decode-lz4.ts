// LZ4 block format. The twin, to read first: src/kernels/decode-lz4.ts.
import { CORRUPT, DECODED, TRUNCATED } from "./codes";

/** pattern[16 * d + i] = i mod d: repeats the last d bytes over a vector. */
const PATTERN: usize = memory.data(256, 16);
/** Whole periods of d in a vector, in bytes. */
const PERIOD: usize = memory.data(16, 16);
for (let d: u32 = 1; d < 16; d++) {
  for (let i: u32 = 0; i < 16; i++) store<u8>(PATTERN + d * 16 + i, <u8>(i % d));
  store<u8>(PERIOD + d, <u8>(16 - (16 % d)));
}

/** Where reading went on after `extend`. */
let cursor: usize = 0;

/** A nibble of 15 goes on in bytes; cut off as soon as the sum cannot fit. Negative: a code. */
// @ts-ignore: decorator
@inline
function extend(nibble: u32, at: usize, end: usize, limit: u32): i32 {
  let length = nibble;
  let ip = at;
  let byte: u32 = 255;
  while (byte == 255) {
    if (ip >= end) return TRUNCATED;
    byte = load<u8>(ip++);
    length += byte;
    if (length > limit) return CORRUPT;
  }
  cursor = ip;
  return length;
}

/**
 * Decodes [start, end) into exactly `bytes` bytes at `out`. Copies go in steps of 16 bytes, so up to 15 bytes after the output are
 * overwritten and after the input are read: both must be followed by PAD bytes of the lane's own.
 */
export function decodeLz4(start: usize, end: usize, out: usize, bytes: u32): i32 {
  const stop = out + bytes;
  let ip = start;
  let op = out;
  while (true) {
    if (ip >= end) return TRUNCATED;
    const token: u32 = load<u8>(ip++);
    let literals = token >> 4;
    if (literals == 15) {
      const length = extend(15, ip, end, bytes);
      if (length < 0) return length;
      literals = length;
      ip = cursor;
    }
    if (literals > <u32>(stop - op)) return CORRUPT;
    if (literals > <u32>(end - ip)) return TRUNCATED;
    let to = op;
    let from = ip;
    op += literals;
    ip += literals;
    while (to < op) {
      v128.store(to, v128.load(from));
      to += 16;
      from += 16;
    }
    if (ip == end) return op == stop ? DECODED : TRUNCATED;
    if (end - ip < 2) return TRUNCATED;
    const distance: u32 = load<u16>(ip);
    ip += 2;
    let match = token & 15;
    if (match == 15) {
      const length = extend(15, ip, end, bytes);
      if (length < 0) return length;
      match = length;
      ip = cursor;
    }
    match += 4;
    if (distance == 0 || distance > <u32>(op - out) || match > <u32>(stop - op)) return CORRUPT;
    to = op;
    from = op - distance;
    op += match;
    if (distance >= 16) {
      // In runs that double: a load that straddles stores still under way waits for them, which costs more than all the rest.
      const source = from;
      while (to < op) {
        const run = min(op, to + (to - source));
        from = source;
        let at = to;
        while (at < run) {
          v128.store(at, v128.load(from));
          at += 16;
          from += 16;
        }
        to = run;
      }
    } else {
      const repeated = i8x16.swizzle(v128.load(from), v128.load(PATTERN + distance * 16));
      const period: usize = load<u8>(PERIOD + distance);
      while (to < op) {
        v128.store(to, repeated);
        to += period;
      }
    }
  }
}
