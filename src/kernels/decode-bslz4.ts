import { decodeLz4 } from "./decode-lz4.js";
import { BAD_ENCODING, CORRUPT, DECODED, SIZE_MISMATCH, TRUNCATED } from "./pixel-lane.js";

/** The header before the blocks: u64be plain bytes, u32be block bytes. */
export const BLOCK_HEADER = 12;
/** Block size meant by a header of zeros. */
export const DEFAULT_BLOCK = 8192;

const u32be = (p: Uint8Array, at: number): number => ((p[at] << 24) | (p[at + 1] << 16) | (p[at + 2] << 8) | p[at + 3]) >>> 0;

/** Block size announced, or a negative code. `unit`: bytes of which a block must be a multiple; `lenient`: all zeros mean the default. */
function readHeader(payload: Uint8Array, plain: number, unit: number, lenient: boolean): number {
  if (payload.length < BLOCK_HEADER) return TRUNCATED;
  const high = u32be(payload, 0);
  const low = u32be(payload, 4);
  const block = u32be(payload, 8);
  if (lenient && high === 0 && low === 0 && block === 0) return DEFAULT_BLOCK;
  if (high !== 0 || low !== plain) return SIZE_MISMATCH;
  return block === 0 || block % unit !== 0 ? BAD_ENCODING : block;
}

/** Undoes the bit transpose of one block: bit planes, least significant bit first, eight elements per byte, first in the lowest bit. */
export function unshuffleBits(planes: Uint8Array, bytes: number, element: number, out: Uint8Array, from: number): void {
  const stride = bytes / (8 * element);
  out.fill(0, from, from + bytes);
  for (let bit = 0; bit < 8 * element; bit++) {
    const weight = 1 << (bit & 7);
    for (let j = 0; j < stride; j++) {
      const byte = planes[bit * stride + j];
      for (let k = 0; k < 8; k++) if (byte & (1 << k)) out[from + (8 * j + k) * element + (bit >> 3)] |= weight;
    }
  }
}

/**
 * Decodes bit-transposed LZ4 blocks (`bslz4`, the layout of the HDF5 bitshuffle filter) into exactly `out`.
 * After the full blocks comes a shorter one of a multiple of 8 elements, then what remains as raw bytes. 0 or a negative code.
 */
export function decodeBslz4(payload: Uint8Array, element: number, out: Uint8Array): number {
  const unit = 8 * element;
  const block = readHeader(payload, out.length, unit, true);
  if (block < 0) return block;
  const planes = new Uint8Array(Math.min(block, out.length));
  let ip = BLOCK_HEADER;
  let done = 0;
  for (;;) {
    const rest = out.length - done;
    const bytes = rest >= block ? block : rest - (rest % unit);
    if (bytes === 0) break;
    if (payload.length - ip < 4) return TRUNCATED;
    const packed = u32be(payload, ip);
    ip += 4;
    if (packed > payload.length - ip) return TRUNCATED;
    if (decodeLz4(payload, ip, ip + packed, planes, 0, bytes) !== DECODED) return CORRUPT;
    unshuffleBits(planes, bytes, element, out, done);
    ip += packed;
    done += bytes;
  }
  const rest = out.length - done;
  if (payload.length - ip !== rest) return payload.length - ip < rest ? TRUNCATED : SIZE_MISMATCH;
  out.set(payload.subarray(ip), done);
  return DECODED;
}

/** Decodes LZ4 blocks behind the same header, without a transpose (`lz4-hdf5`); a block as long as its plain bytes is stored. 0 or a negative code. */
export function decodeLz4Hdf5(payload: Uint8Array, out: Uint8Array): number {
  const block = readHeader(payload, out.length, 1, false);
  if (block < 0) return block;
  let ip = BLOCK_HEADER;
  for (let done = 0; done < out.length; done += block) {
    const to = Math.min(out.length, done + block);
    if (payload.length - ip < 4) return TRUNCATED;
    const packed = u32be(payload, ip);
    ip += 4;
    if (packed > payload.length - ip) return TRUNCATED;
    if (packed === to - done) out.set(payload.subarray(ip, ip + packed), done);
    else if (decodeLz4(payload, ip, ip + packed, out, done, to) !== DECODED) return CORRUPT;
    ip += packed;
  }
  return ip === payload.length ? DECODED : SIZE_MISMATCH;
}
