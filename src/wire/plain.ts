import { type CborValue, Tagged } from "./read-cbor.js";

/** JSON-safe data without prototypes of its own. */
export type Plain = null | boolean | number | string | Plain[] | { readonly [key: string]: Plain };

/** Values kept of one message, and characters of one text: provenance, not an archive. */
const MAX_VALUES = 20_000;
const MAX_CHARACTERS = 1 << 16;

/**
 * A wire value, CBOR or parsed JSON, as JSON-safe data: byte strings become a note of their length, tags give way to
 * their content, integers beyond 2^53 become text, NaN and infinities null, keys named `__proto__` are dropped. Beyond
 * MAX_VALUES everything becomes null.
 */
export function toPlain(value: unknown): Plain {
  let left = MAX_VALUES;
  const object = (entries: Iterable<[string, unknown]>): Plain => {
    const out: Record<string, Plain> = Object.create(null);
    for (const [key, item] of entries) {
      if (left <= 0) break;
      if (key !== "__proto__") out[key] = plain(item);
    }
    return out;
  };
  const list = (items: readonly unknown[]): Plain => {
    const out: Plain[] = [];
    for (const item of items) {
      if (left <= 0) break;
      out.push(plain(item));
    }
    return out;
  };
  const plain = (v: unknown): Plain => {
    if (left-- <= 0) return null;
    if (typeof v === "boolean") return v;
    if (typeof v === "number") return Number.isFinite(v) ? v : null;
    if (typeof v === "bigint") return String(v);
    if (typeof v === "string") return v.slice(0, MAX_CHARACTERS);
    if (v === null || typeof v !== "object") return null;
    if (v instanceof Uint8Array) return `${v.length} bytes`;
    if (v instanceof Tagged) return plain(v.value);
    if (Array.isArray(v)) return list(v);
    return object(v instanceof Map ? (v as Map<string, CborValue>) : Object.entries(v));
  };
  return plain(value);
}
