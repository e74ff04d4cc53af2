import type { PixelArray } from "../core/frame.js";
import { BLOCK_HEADER, DEFAULT_BLOCK } from "./decode-bslz4.js";
import { encodeLz4, lz4Bound, lz4Table } from "./encode-lz4.js";

type Elements = Uint8Array | Uint16Array | Uint32Array;

const bytesOf = (pixels: PixelArray): Uint8Array => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);

function elementsOf(bytes: Uint8Array, element: number): Elements {
  if (element === 1) return bytes;
  const aligned = bytes.byteOffset % element === 0 ? bytes : bytes.slice();
  const count = bytes.length / element;
  return element === 2
    ? new Uint16Array(aligned.buffer, aligned.byteOffset, count)
    : new Uint32Array(aligned.buffer, aligned.byteOffset, count);
}

/** Bit transpose of elements[first...first + count) into zeroed planes[at...]; goes from set bit to set bit, so empty pixels cost little. */
function shuffleBits(elements: Elements, first: number, count: number, planes: Uint8Array, at: number): void {
  const stride = count >> 3;
  for (let i = 0; i < count; i++) {
    let value: number = elements[first + i];
    if (value === 0) continue;
    const byte = at + (i >> 3);
    const mark = 1 << (i & 7);
    while (value !== 0) {
      const bit = 31 - Math.clz32(value & -value);
      planes[byte + bit * stride] |= mark;
      value &= value - 1;
    }
  }
}

function writeHeader(out: Uint8Array, plain: number, block: number): void {
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(plain));
  view.setUint32(8, block);
}

const framedBound = (bytes: number, block: number): number => {
  const size = Math.min(block, bytes);
  return BLOCK_HEADER + bytes + Math.ceil(bytes / block + 1) * (4 + lz4Bound(size) - size);
};

/**
 * Packs pixels as `bslz4`: bit transpose, then LZ4, in blocks. `element`: bytes per element of the transpose, 1, 2 or 4.
 * `blockBytes`: a multiple of 8 * element. Throws RangeError on anything else.
 */
export function encodeBslz4(pixels: PixelArray, element: number, blockBytes = DEFAULT_BLOCK): Uint8Array {
  const bytes = bytesOf(pixels);
  const unit = 8 * element;
  if ((element !== 1 && element !== 2 && element !== 4) || bytes.length % element !== 0)
    throw new RangeError(`${bytes.length} bytes are not elements of ${element} bytes`);
  if (!(blockBytes > 0) || blockBytes % unit !== 0) throw new RangeError(`block of ${blockBytes} bytes is not a multiple of ${unit}`);
  const elements = elementsOf(bytes, element);
  const whole = bytes.length - (bytes.length % unit);
  const planes = new Uint8Array(whole);
  const table = lz4Table();
  const out = new Uint8Array(framedBound(bytes.length, blockBytes));
  const view = new DataView(out.buffer);
  writeHeader(out, bytes.length, blockBytes);
  let op = BLOCK_HEADER;
  for (let from = 0; from < whole; from += blockBytes) {
    const to = Math.min(whole, from + blockBytes);
    shuffleBits(elements, from / element, (to - from) / element, planes, from);
    const end = encodeLz4(planes, from, to, out, op + 4, table);
    view.setUint32(op, end - op - 4);
    op = end;
  }
  out.set(bytes.subarray(whole), op);
  return out.slice(0, op + bytes.length - whole);
}

/** Packs pixels as `lz4-hdf5`: LZ4 in blocks behind the same header; a block that does not shrink is stored. */
export function encodeLz4Hdf5(pixels: PixelArray, blockBytes = DEFAULT_BLOCK): Uint8Array {
  const bytes = bytesOf(pixels);
  if (!(blockBytes > 0)) throw new RangeError(`block of ${blockBytes} bytes`);
  const table = lz4Table();
  const out = new Uint8Array(framedBound(bytes.length, blockBytes));
  const view = new DataView(out.buffer);
  writeHeader(out, bytes.length, blockBytes);
  let op = BLOCK_HEADER;
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const to = Math.min(bytes.length, from + blockBytes);
    let end = encodeLz4(bytes, from, to, out, op + 4, table);
    if (end - op - 4 >= to - from) {
      out.set(bytes.subarray(from, to), op + 4);
      end = op + 4 + to - from;
    }
    view.setUint32(op, end - op - 4);
    op = end;
  }
  return out.slice(0, op);
}
