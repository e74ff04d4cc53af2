/** A growing CBOR item: definite lengths, floats in their shortest exact form, as DECTRIS hardware writes. */
export interface CborWriter {
  /** Announces so many key-value pairs, to be written next. */
  map(pairs: number): CborWriter;
  array(items: number): CborWriter;
  tag(tag: number): CborWriter;
  text(text: string): CborWriter;
  /** A safe integer. */
  int(value: number): CborWriter;
  float(value: number): CborWriter;
  bytes(bytes: Uint8Array): CborWriter;
  /** Any JSON-like value or bytes; whole numbers become integers. */
  value(value: unknown): CborWriter;
  /** A copy of what was written. */
  finish(): Uint8Array;
}

const encoder = new TextEncoder();

/** @param room bytes to begin with; grows by doubling. */
export function cborWriter(room = 1024): CborWriter {
  let out = new Uint8Array(room);
  let view = new DataView(out.buffer);
  let at = 0;

  const need = (bytes: number): void => {
    if (at + bytes <= out.length) return;
    const grown = new Uint8Array(Math.max(out.length * 2, at + bytes));
    grown.set(out.subarray(0, at));
    out = grown;
    view = new DataView(out.buffer);
  };
  const head = (major: number, value: number): CborWriter => {
    need(9);
    const m = major << 5;
    if (value < 24) out[at++] = m | value;
    else if (value < 0x100) {
      out[at++] = m | 24;
      out[at++] = value;
    } else if (value < 0x10000) {
      out[at++] = m | 25;
      view.setUint16(at, value);
      at += 2;
    } else if (value < 0x100000000) {
      out[at++] = m | 26;
      view.setUint32(at, value);
      at += 4;
    } else {
      out[at++] = m | 27;
      view.setUint32(at, Math.floor(value / 0x100000000));
      view.setUint32(at + 4, value >>> 0);
      at += 8;
    }
    return writer;
  };
  const raw = (major: number, bytes: Uint8Array): CborWriter => {
    head(major, bytes.length);
    need(bytes.length);
    out.set(bytes, at);
    at += bytes.length;
    return writer;
  };
  const simple = (code: number): void => {
    need(1);
    out[at++] = 0xe0 | code;
  };

  const writer: CborWriter = {
    map: (pairs) => head(5, pairs),
    array: (items) => head(4, items),
    tag: (tag) => head(6, tag),
    text: (text) => raw(3, encoder.encode(text)),
    bytes: (bytes) => raw(2, bytes),
    int(value) {
      if (!Number.isSafeInteger(value)) throw new Error(`not a safe integer: ${value}`);
      if (value < 0) head(1, -1 - value);
      else head(0, value);
      return writer;
    },
    float(value) {
      need(9);
      const half = halfBits(value);
      if (half >= 0) {
        out[at++] = 0xf9;
        view.setUint16(at, half);
        at += 2;
      } else if (Math.fround(value) === value) {
        out[at++] = 0xfa;
        view.setFloat32(at, value);
        at += 4;
      } else {
        out[at++] = 0xfb;
        view.setFloat64(at, value);
        at += 8;
      }
      return writer;
    },
    value(value) {
      if (value === null || value === undefined) simple(22);
      else if (typeof value === "boolean") simple(value ? 21 : 20);
      else if (typeof value === "number") Number.isSafeInteger(value) ? writer.int(value) : writer.float(value);
      else if (typeof value === "string") writer.text(value);
      else if (value instanceof Uint8Array) writer.bytes(value);
      else if (Array.isArray(value)) {
        writer.array(value.length);
        for (const item of value) writer.value(item);
      } else if (typeof value === "object") {
        const entries = Object.entries(value);
        writer.map(entries.length);
        for (const [key, item] of entries) writer.text(key).value(item);
      } else throw new Error(`cannot be written as CBOR: ${typeof value}`);
      return writer;
    },
    finish: () => out.slice(0, at),
  };
  return writer;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** IEEE half-precision bits of a value that is exactly one (zero, normal, infinite or NaN); else -1. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  if (Math.fround(value) !== value) return -1;
  single[0] = value;
  const bits = singleBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const mantissa = bits & 0x7fffff;
  if (value === 0) return sign;
  if (exponent === 128) return sign | 0x7c00;
  if (exponent < -14 || exponent > 15 || (mantissa & 0x1fff) !== 0) return -1;
  return sign | ((exponent + 15) << 10) | (mantissa >>> 13);
}
