// LZ4 block format. The twin, to read first: src/kernels/decode-lz4.ts.
import { CORRUPT, DECODED, TRUNCATED } from "./codes";

/** pattern[16 * d + i] = i mod d: repeats the last d bytes over a vector. */
const PATTERN: usize = memory.data(272, 16);
/** Whole periods of d in a vector, in bytes. */
const PERIOD: usize = memory.data(17, 16);
for (let d: u32 = 1; d <= 16; d++) {
  for (let i: u32 = 0; i < 16; i++) store<u8>(PATTERN + d * 16 + i, <u8>(i % d));
  store<u8>(PERIOD + d, <u8>(16 - (16 % d)));
}

/** A run of zeros to the end of the output is left out if it is at least as long as this. */
const ZEROS: u32 = 64;

/** Most bytes that a sequence takes and makes whose lengths are in its first byte alone: far from the ends these need no further check. */
const SHORT_IN: isize = 17;
const SHORT_OUT: isize = 32;

/** Where reading went on after `extend`. */
let cursor: usize = 0;
/** From here to its end the output of `decodeToZeros` is zero, and not written. */
export let zerosFrom: usize = 0;

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

/** Whether nothing but zeros lies in [from, to). */
function isZero(from: usize, to: usize): bool {
  for (; from + 16 <= to; from += 16) if (v128.any_true(v128.load(from))) return false;
  for (; from < to; from++) if (load<u8>(from) != 0) return false;
  return true;
}

/** Whether only zeros follow the match that is due at `op`: it repeats zeros, and the literals that end the block are zeros. */
function endsInZeros(ip: usize, end: usize, op: usize, distance: u32, match: u32, stop: usize): bool {
  if (ip >= end) return false;
  const literals: u32 = load<u8>(ip) >> 4;
  if (literals == 15 || ip + 1 + literals != end || op + match + literals != stop) return false;
  return isZero(ip + 1, end) && isZero(op - distance, op - distance + min(distance, match));
}

/** Decodes [start, end) into exactly `bytes` bytes at `out`: decodeToZeros, and the zeros that it leaves out. */
export function decodeLz4(start: usize, end: usize, out: usize, bytes: u32): i32 {
  const code = decodeToZeros(start, end, out, bytes);
  if (code == DECODED) writeZeros(out + bytes);
  return code;
}

/** Writes zeros from where `decodeToZeros` has ended, and up to 63 bytes beyond `end`. */
export function writeZeros(end: usize): void {
  const zero = i32x4.splat(0);
  for (let at = zerosFrom; at < end; at += 64) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
    v128.store(at, zero, 32);
    v128.store(at, zero, 48);
  }
}

/**
 * Decodes [start, end) into exactly `bytes` bytes at `out`, of which those from `zerosFrom` on are left out: what is sparse ends in
 * empty bit planes. At least 16 bytes are copied at a time, whatever the length: lengths and distances are hard to guess for a processor.
 * So up to 16 bytes after the output are overwritten and after the input are read: both must be followed by PAD bytes of the lane's own.
 */
export function decodeToZeros(start: usize, end: usize, out: usize, bytes: u32): i32 {
  const stop = out + bytes;
  let ip = start;
  let op = out;
  const lastIn = <isize>end - SHORT_IN;
  const lastOut = <isize>stop - SHORT_OUT;
  while (true) {
    while (<isize>ip <= lastIn) {
      if (<isize>op > lastOut) break;
      const token: u32 = load<u8>(ip);
      if (token >= 0xf0) break;
      const match: usize = (token & 15) + 4;
      if (match == 19) break;
      v128.store(op, v128.load(ip, 1));
      const literals: usize = token >> 4;
      ip += literals + 3;
      op += literals;
      const distance: u32 = load<u16>(ip - 2);
      if (distance - 1 >= <u32>(op - out)) return CORRUPT;
      const near = min(distance, 16);
      const from = op - distance;
      const repeated = i8x16.swizzle(v128.load(from), v128.load(PATTERN + (near << 4)));
      v128.store(op, repeated);
      const step: usize = load<u8>(PERIOD + near);
      if (match > step) v128.store(op + step, distance < 16 ? repeated : v128.load(from, 16));
      op += match;
    }
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
    v128.store(op, v128.load(ip));
    let to = op + 16;
    let from = ip + 16;
    op += literals;
    ip += literals;
    while (to < op) {
      v128.store(to, v128.load(from));
      to += 16;
      from += 16;
    }
    if (ip == end) {
      zerosFrom = stop;
      return op == stop ? DECODED : TRUNCATED;
    }
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
    if (match >= ZEROS && endsInZeros(ip, end, op, distance, match, stop)) {
      zerosFrom = op;
      return DECODED;
    }
    const near = min(distance, 16);
    const step: usize = load<u8>(PERIOD + near);
    from = op - distance;
    to = op + step;
    v128.store(op, i8x16.swizzle(v128.load(from), v128.load(PATTERN + near * 16)));
    op += match;
    if (to >= op) continue;
    if (distance >= 16) {
      // In runs that double: a load that straddles stores still under way waits for them, which costs more than all the rest.
      const source = from;
      from += 16;
      let run = min(op, to - 16 + distance);
      while (to < op) {
        while (to < run) {
          v128.store(to, v128.load(from));
          to += 16;
          from += 16;
        }
        to = run;
        run = min(op, to + (to - source));
        from = source;
      }
    } else {
      const repeated = v128.load(to - step);
      while (to < op) {
        v128.store(to, repeated);
        to += step;
      }
    }
  }
  return CORRUPT; // Never reached: the compiler asks for it.
}
