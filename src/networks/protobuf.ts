/**
 * The part of the protobuf encoding that small messages need: numbers, floats and nested bytes, each after its field number.
 * A message is the fields of `message(...)` one after the other. https://protobuf.dev/programming-guides/encoding/
 */

/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const field of fields) {
    out.set(field, at);
    at += field.length;
  }
  return out;
}

/** Seven bits a byte, the low ones first; a negative number as its 64-bit two's complement. */
function varint(value: number | bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(out);
}

const tag = (field: number, wire: number): Uint8Array => varint((field << 3) | wire);

/** An integer of up to 64 bits. */
export const numberField = (field: number, value: number | bigint): Uint8Array => message(tag(field, VARINT), varint(value));

export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return message(tag(field, FIXED32), bytes);
}

/** A nested message, text or raw bytes. */
export function bytesField(field: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? encoder.encode(value) : value;
  return message(tag(field, BYTES), varint(bytes.length), bytes);
}

export interface Field {
  readonly number: number;
  /** Contents of a nested message, text or raw bytes, where they lie; empty for numbers. */
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

/** The fields of a message, one level deep. Null where the bytes are no message. */
export function readFields(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  /** Sizes and tags; -1 where there is none, or one beyond 2^53. */
  const number = (): number => {
    let value = 0;
    for (let i = 0; i < 10 && at < bytes.length; i++) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : -1;
    }
    return -1;
  };
  while (at < bytes.length) {
    const head = number();
    const wire = head & 7;
    if (head < 8 || head > 0xffffffff) return null;
    let size = wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : 0;
    if (wire === BYTES) size = number();
    else if (wire === VARINT) while (((bytes[at++] as number) & 0x80) !== 0) if (at >= bytes.length) return null;
    if (wire === 3 || wire === 4 || wire > FIXED32 || size < 0 || size > bytes.length - at) return null;
    fields.push({ number: Math.floor(head / 8), bytes: wire === BYTES ? bytes.subarray(at, at + size) : NONE });
    at += size;
  }
  return fields;
}
