import { CORRUPT, DECODED, TRUNCATED } from "./pixel-lane.js";

/**
 * Decodes one LZ4 block, src[start...end), into out[from...to), which it must fill exactly (LZ4 block format, lz4.org).
 * 0, TRUNCATED where the input ends too early, CORRUPT for all else; `out` is never touched outside the range.
 */
export function decodeLz4(src: Uint8Array, start: number, end: number, out: Uint8Array, from: number, to: number): number {
  let ip = start;
  let op = from;

  // A nibble of 15 goes on in bytes; the sum is cut off as soon as it cannot fit, however many bytes of 255 follow.
  const extend = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      if (ip >= end) return TRUNCATED;
      const byte = src[ip++];
      length += byte;
      if (length > to - from) return CORRUPT;
      if (byte !== 255) return length;
    }
  };

  for (;;) {
    if (ip >= end) return TRUNCATED;
    const token = src[ip++];
    const literals = extend(token >> 4);
    if (literals < 0) return literals;
    if (literals > to - op) return CORRUPT;
    if (literals > end - ip) return TRUNCATED;
    for (let i = 0; i < literals; i++) out[op++] = src[ip++];
    if (ip === end) return op === to ? DECODED : TRUNCATED;
    if (end - ip < 2) return TRUNCATED;
    const distance = src[ip] | (src[ip + 1] << 8);
    ip += 2;
    const match = extend(token & 15);
    if (match < 0) return match;
    if (distance === 0 || distance > op - from || match + 4 > to - op) return CORRUPT;
    // Byte by byte: a match may overlap its own output.
    for (let i = match + 4; i > 0; i--, op++) out[op] = out[op - distance];
  }
}
