/** Why a message is no MessagePack that we read. */
export class PackError extends Error {}

/** Deeper nesting than any message of ours. */
const MAX_DEPTH = 8;

/**
 * Reads one MessagePack value: nil, booleans, numbers, strings, bin, arrays, maps with string keys (as Map). No extension types.
 * Unlike a general unpacker it allocates nothing for lengths that are announced and not there: browsers and strangers send this.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md. Throws PackError.
 */
export function readPack(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let at = 0;

  function take(n: number): number {
    if (n > bytes.length - at) throw new PackError("cut short");
    const from = at;
    at += n;
    return from;
  }
  function string(n: number): string {
    const from = take(n);
    try {
      return decoder.decode(bytes.subarray(from, from + n));
    } catch {
      throw new PackError("text is not UTF-8");
    }
  }
  function array(n: number, depth: number): unknown[] {
    if (n > bytes.length - at) throw new PackError("cut short");
    const out: unknown[] = [];
    for (let i = 0; i < n; i++) out.push(value(depth));
    return out;
  }
  function map(n: number, depth: number): Map<string, unknown> {
    const out = new Map<string, unknown>();
    for (let i = 0; i < n; i++) {
      const key = value(depth);
      if (typeof key !== "string") throw new PackError("a key is not text");
      out.set(key, value(depth));
    }
    return out;
  }
  function bin(n: number): Uint8Array {
    const from = take(n);
    return bytes.subarray(from, from + n);
  }
  function value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new PackError("nested too deeply");
    const tag = view.getUint8(take(1));
    if (tag < 0x80) return tag;
    if (tag < 0x90) return map(tag & 0x0f, depth + 1);
    if (tag < 0xa0) return array(tag & 0x0f, depth + 1);
    if (tag < 0xc0) return string(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    return long(tag, depth + 1);
  }
  function long(tag: number, depth: number): unknown {
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return bin(length(tag - 0xc4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return string(length(tag - 0xd9));
      case 0xdc:
      case 0xdd:
        return array(length(tag - 0xdb), depth);
      case 0xde:
      case 0xdf:
        return map(length(tag - 0xdd), depth);
      default:
        return number(tag);
    }
  }
  /** Lengths of 1, 2 and 4 bytes. */
  function length(size: number): number {
    if (size === 0) return view.getUint8(take(1));
    return size === 1 ? view.getUint16(take(2)) : view.getUint32(take(4));
  }
  function number(tag: number): number {
    switch (tag) {
      case 0xca:
        return view.getFloat32(take(4));
      case 0xcb:
        return view.getFloat64(take(8));
      case 0xcc:
        return view.getUint8(take(1));
      case 0xcd:
        return view.getUint16(take(2));
      case 0xce:
        return view.getUint32(take(4));
      case 0xcf:
        return Number(view.getBigUint64(take(8)));
      case 0xd0:
        return view.getInt8(take(1));
      case 0xd1:
        return view.getInt16(take(2));
      case 0xd2:
        return view.getInt32(take(4));
      case 0xd3:
        return Number(view.getBigInt64(take(8)));
      default:
        throw new PackError(`byte 0x${tag.toString(16)} is not used here`);
    }
  }
  const read = value(0);
  if (at !== bytes.length) throw new PackError("more than one value");
  return read;
}
