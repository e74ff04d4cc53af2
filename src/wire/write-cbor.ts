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
  const out = new Growing(room);
  const head = (major: number, value: number): CborWriter => {
    out.head(major << 5, value);
    return writer;
  };
  const raw = (major: number, bytes: Uint8Array): CborWriter => {
    out.head(major << 5, bytes.length);
    out.append(bytes);
    return writer;
  };
  const writer: CborWriter = {
    map: (pairs) => head(5, pairs),
    array: (items) => head(4, items),
    tag: (tag) => head(6, tag),
    text: (text) => raw(3, encoder.encode(text)),
    bytes: (bytes) => raw(2, bytes),
    int(value) {
      if (!Number.isSafeInteger(value)) throw new Error(`not a safe integer: ${value}`);
      return value < 0 ? head(1, -1 - value) : head(0, value);
    },
    float(value) {
      out.float(value);
      return writer;
    },
    value(value) {
      if (value === null || value === undefined) return head(7, 22);
      if (typeof value === "boolean") return head(7, value ? 21 : 20);
      if (typeof value === "number") return Number.isSafeInteger(value) ? writer.int(value) : writer.float(value);
      if (typeof value === "string") return writer.text(value);
      if (value instanceof Uint8Array) return writer.bytes(value);
      if (Array.isArray(value)) {
        writer.array(value.length);
        for (const item of value) writer.value(item);
      } else if (typeof value === "object") {
        const entries = Object.entries(value);
        writer.map(entries.length);
        for (const [key, item] of entries) writer.text(key).value(item);
      } else throw new Error(`cannot be written as CBOR: ${typeof value}`);
      return writer;
    },
    finish: () => out.copy(),
  };
  return writer;
}

/** Bytes with room to grow, and the numbers of CBOR. */
class Growing {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private at = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
    this.view = new DataView(this.bytes.buffer);
  }

  /** An initial byte of this major type, and its argument in as few bytes as will do. */
  head(major: number, value: number): void {
    this.need(9);
    if (value < 24) this.initial(major | value);
    else if (value < 0x100) {
      this.initial(major | 24);
      this.bytes[this.at++] = value;
    } else if (value < 0x10000) {
      this.initial(major | 25);
      this.view.setUint16(this.skip(2), value);
    } else if (value < 0x100000000) {
      this.initial(major | 26);
      this.view.setUint32(this.skip(4), value);
    } else {
      this.initial(major | 27);
      this.view.setUint32(this.skip(4), Math.floor(value / 0x100000000));
      this.view.setUint32(this.skip(4), value >>> 0);
    }
  }

  float(value: number): void {
    this.need(9);
    const half = halfBits(value);
    if (half >= 0) {
      this.initial(0xf9);
      this.view.setUint16(this.skip(2), half);
    } else if (Math.fround(value) === value) {
      this.initial(0xfa);
      this.view.setFloat32(this.skip(4), value);
    } else {
      this.initial(0xfb);
      this.view.setFloat64(this.skip(8), value);
    }
  }

  append(bytes: Uint8Array): void {
    this.need(bytes.length);
    this.bytes.set(bytes, this.skip(bytes.length));
  }

  copy(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  private initial(byte: number): void {
    this.bytes[this.at++] = byte;
  }

  /** Where the next `n` bytes begin; they are taken. */
  private skip(n: number): number {
    this.at += n;
    return this.at - n;
  }

  private need(n: number): void {
    if (this.at + n <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + n));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
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
