/**
 * The part of the protobuf encoding that a writer of small messages needs: numbers, floats and nested bytes, each after its field number.
 * A message is the fields of `message(...)` one after the other. https://protobuf.dev/programming-guides/encoding/
 */

/** Wire types. */
const VARINT = 0;
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
