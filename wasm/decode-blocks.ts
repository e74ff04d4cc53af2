// Framings around LZ4 blocks. The twins: src/kernels/decode-bslz4.ts, decode-frame.ts.
import { BAD_ENCODING, CORRUPT, DECODED, SIZE_MISMATCH, TRUNCATED } from "./codes";
import { decodeLz4, decodeToZeros, writeZeros, zerosFrom } from "./decode-lz4";
import { gatherBlock, gatherTail, resetPlanes } from "./gather-planes";
import { unshuffleBits } from "./unshuffle-bits";

const HEADER: u32 = 12;
const DEFAULT_BLOCK: u32 = 8192;

/** Plain bytes per block, after `readHeader` has answered DECODED. */
let block: u32 = 0;

// @ts-ignore: decorator
@inline
function u32be(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

function readHeader(payload: usize, length: u32, plain: u32, unit: u32, lenient: bool): i32 {
  if (length < HEADER) return TRUNCATED;
  const high = u32be(payload);
  const low = u32be(payload + 4);
  block = u32be(payload + 8);
  if (lenient && (high | low | block) == 0) {
    block = DEFAULT_BLOCK;
    return DECODED;
  }
  if (high != 0 || low != plain) return SIZE_MISMATCH;
  return block == 0 || block % unit != 0 ? BAD_ENCODING : DECODED;
}

/** payload[0...length) into exactly `bytes` bytes at `out`, by way of `scratch` (as large). Needs PAD bytes after all three. */
export function decodeBslz4(payload: usize, length: u32, out: usize, bytes: u32, scratch: usize, element: u32): i32 {
  return unpackBslz4(payload, length, out, bytes, scratch, element, false);
}

/** The same, but to the bit planes of the frame: gather-planes.ts. */
export function decodePlanes(payload: usize, length: u32, bytes: u32, scratch: usize, element: u32): i32 {
  resetPlanes();
  return unpackBslz4(payload, length, 0, bytes, scratch, element, true);
}

function unpackBslz4(payload: usize, length: u32, out: usize, bytes: u32, scratch: usize, element: u32, toPlanes: bool): i32 {
  const unit = 8 * element;
  const fault = readHeader(payload, length, bytes, unit, true);
  if (fault != DECODED) return fault;
  const end = payload + length;
  let ip = payload + HEADER;
  let rest = bytes;
  let op = out;
  while (true) {
    const plain = rest >= block ? block : rest - (rest % unit);
    if (plain == 0) break;
    if (end - ip < 4) return TRUNCATED;
    const packed = u32be(ip);
    ip += 4;
    if (packed > <u32>(end - ip)) return TRUNCATED;
    if (decodeToZeros(ip, ip + packed, scratch, plain) != DECODED) return CORRUPT;
    if (toPlanes) gatherBlock(scratch, plain, element, bytes - rest, zerosFrom - scratch);
    else {
      writeZeros(scratch + plain);
      unshuffleBits(scratch, plain, element, op);
    }
    ip += packed;
    op += plain;
    rest -= plain;
  }
  const left = <u32>(end - ip);
  if (left != rest) return left < rest ? TRUNCATED : SIZE_MISMATCH;
  if (toPlanes) gatherTail(ip, rest, element, bytes - rest);
  else memory.copy(op, ip, rest);
  return DECODED;
}

/** The same header, no transpose; a block as long as its plain bytes is stored. */
export function decodeLz4Hdf5(payload: usize, length: u32, out: usize, bytes: u32): i32 {
  const fault = readHeader(payload, length, bytes, 1, false);
  if (fault != DECODED) return fault;
  const end = payload + length;
  let ip = payload + HEADER;
  let rest = bytes;
  let op = out;
  while (rest > 0) {
    const plain = min(rest, block);
    if (end - ip < 4) return TRUNCATED;
    const packed = u32be(ip);
    ip += 4;
    if (packed > <u32>(end - ip)) return TRUNCATED;
    if (packed == plain) memory.copy(op, ip, plain);
    else if (decodeLz4(ip, ip + packed, op, plain) != DECODED) return CORRUPT;
    ip += packed;
    op += plain;
    rest -= plain;
  }
  return ip == end ? DECODED : SIZE_MISMATCH;
}

/** Turns big-endian pixels of 2 or 4 bytes round, in place. Touches up to 15 bytes of the PAD. */
export function swapBytes(at: usize, bytes: u32, size: u32): void {
  if (size == 1) return;
  const order =
    size == 2
      ? i8x16(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
      : i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(at + i, i8x16.swizzle(v128.load(at + i), order));
}
