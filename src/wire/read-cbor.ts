import { Problem } from "./problem.js";

/**
 * What a CBOR item becomes. Byte strings are views into the message. Integers beyond 2^53 are bigint. Unknown tags stay
 * tags. A text longer than MAX_TEXT stays bytes. Simple values without a meaning of their own are undefined.
 */
export type CborValue = null | undefined | boolean | number | bigint | string | Uint8Array | Tagged | CborMap | CborValue[];
/** Text keys only: entries under other keys are read over. Wire keys never become property names. */
export type CborMap = Map<string, CborValue>;

export class Tagged {
  readonly tag: number | bigint;
  readonly value: CborValue;
  constructor(tag: number | bigint, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

export interface CborReading {
  /** With a problem: what could be read before it (maps and lists hold their complete entries). */
  readonly value: CborValue;
  /** Where the item ends, or where the problem is. */
  readonly end: number;
  readonly problem: Problem | null;
}

/** Containers and tags inside each other; real messages have about 9. */
export const MAX_DEPTH = 24;
/** Items of one message: a bound on the objects made from it. */
export const MAX_ITEMS = 1 << 20;
/** Bytes of one text that becomes a string. */
export const MAX_TEXT = 1 << 22;

/** Reads the first item of a message. Never throws; makes nothing that the bytes present do not pay for. */
export function readCbor(message: Uint8Array): CborReading {
  const cursor = new Cursor(message);
  const value = cursor.item(0);
  return { value, end: cursor.at, problem: cursor.problem };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Short ASCII needs no decoder: keys and names are the hot path. Broken UTF-8 becomes U+FFFD, it must not cost a series. */
function text(bytes: Uint8Array): string {
  if (bytes.length > 32) return decoder.decode(bytes);
  let s = "";
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] as number;
    if (c >= 0x80) return decoder.decode(bytes);
    s += String.fromCharCode(c);
  }
  return s;
}

/** A definite length means so many; -1 means until the break. */
const INDEFINITE = -1;
const BREAK = 0xff;

class Cursor {
  at = 0;
  problem: Problem | null = null;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private items = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** One item. After a problem the result is what was complete and must be looked at only by the top. */
  item(depth: number): CborValue {
    if (depth > MAX_DEPTH) return this.fail("bad-envelope", "nested too deeply");
    if (++this.items > MAX_ITEMS) return this.fail("too-large", "too many items");
    if (this.at >= this.bytes.length) return this.fail("truncated", "message ends where an item should begin");
    const initial = this.bytes[this.at++] as number;
    const info = initial & 31;
    switch (initial >> 5) {
      case 0:
        return this.argument(info);
      case 1:
        return this.negative(info);
      case 2:
        return this.string(info, 2);
      case 3: {
        const bytes = this.string(info, 3);
        return bytes === undefined || bytes.length > MAX_TEXT ? bytes : text(bytes);
      }
      case 4:
        return this.list(info, depth);
      case 5:
        return this.map(info, depth);
      case 6: {
        const tag = this.argument(info);
        if (tag === undefined) return undefined;
        const value = this.item(depth + 1);
        // a map that was cut is worth more than its tag
        return this.problem ? value : new Tagged(tag, value);
      }
      default:
        return this.simple(info);
    }
  }

  private fail(reason: "truncated" | "bad-envelope" | "too-large", what: string): undefined {
    this.problem ??= new Problem(reason, `${what} (byte ${this.at})`);
    return undefined;
  }

  private left(): number {
    return this.bytes.length - this.at;
  }

  /** The argument of an initial byte; undefined: cut or reserved. */
  private argument(info: number): number | bigint | undefined {
    if (info < 24) return info;
    if (info > 27) {
      this.at--;
      return this.fail("bad-envelope", "reserved initial byte");
    }
    const size = 1 << (info - 24);
    if (this.left() < size) return this.fail("truncated", "message ends inside a number");
    const from = this.at;
    this.at += size;
    if (size === 1) return this.bytes[from];
    if (size === 2) return this.view.getUint16(from);
    if (size === 4) return this.view.getUint32(from);
    const high = this.view.getUint32(from);
    return high < 0x200000 ? high * 0x100000000 + this.view.getUint32(from + 4) : this.view.getBigUint64(from);
  }

  private negative(info: number): CborValue {
    const n = this.argument(info);
    if (n === undefined) return undefined;
    return typeof n === "number" && n < Number.MAX_SAFE_INTEGER ? -1 - n : -1n - BigInt(n);
  }

  /** A declared count, checked against the bytes that are there: an item takes at least `least` of them. */
  private count(info: number, least: number): number | undefined {
    if (info === 31) return INDEFINITE;
    const n = this.argument(info);
    if (n === undefined) return undefined;
    if (typeof n === "bigint" || n * least > this.left())
      return this.fail("truncated", `${n} declared where ${this.left()} bytes are left`);
    return n;
  }

  private string(info: number, major: number): Uint8Array | undefined {
    const n = this.count(info, 1);
    if (n === undefined) return undefined;
    if (n === INDEFINITE) return this.chunks(major);
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** An indefinite string: one chunk stays a view, more are joined. */
  private chunks(major: number): Uint8Array | undefined {
    const found: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const initial = this.bytes[this.at];
      if (initial === undefined) return this.fail("truncated", "message ends inside a string");
      this.at++;
      if (initial === BREAK) break;
      if (initial >> 5 !== major || (initial & 31) === 31) return this.fail("bad-envelope", "foreign item inside a string");
      if (++this.items > MAX_ITEMS) return this.fail("too-large", "too many items");
      const chunk = this.string(initial & 31, major);
      if (chunk === undefined) return undefined;
      found.push(chunk);
      total += chunk.length;
    }
    if (found.length <= 1) return found[0] ?? this.bytes.subarray(this.at, this.at);
    const joined = new Uint8Array(total);
    let to = 0;
    for (const chunk of found) {
      joined.set(chunk, to);
      to += chunk.length;
    }
    return joined;
  }

  /** True at the end of a container of `n` entries of which `i` are read; eats the break. */
  private over(n: number, i: number): boolean {
    if (this.problem) return true;
    if (n !== INDEFINITE) return i >= n;
    if (this.bytes[this.at] !== BREAK) return false;
    this.at++;
    return true;
  }

  private list(info: number, depth: number): CborValue {
    const n = this.count(info, 1);
    if (n === undefined) return undefined;
    const out: CborValue[] = [];
    for (let i = 0; !this.over(n, i); i++) {
      const value = this.item(depth + 1);
      if (!this.problem) out.push(value);
    }
    return out;
  }

  private map(info: number, depth: number): CborValue {
    const n = this.count(info, 2);
    if (n === undefined) return undefined;
    const out: CborMap = new Map();
    for (let i = 0; !this.over(n, i); i++) {
      const key = this.item(depth + 1);
      if (this.problem) break;
      const value = this.item(depth + 1);
      if (!this.problem && typeof key === "string") out.set(key, value);
    }
    return out;
  }

  private simple(info: number): CborValue {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info === 31) return this.fail("bad-envelope", "break outside a container");
    if (info < 24) return undefined;
    if (info > 27) return this.fail("bad-envelope", "reserved initial byte");
    const size = 1 << (info - 24);
    if (this.left() < size) return this.fail("truncated", "message ends inside a number");
    const from = this.at;
    this.at += size;
    if (size === 1) return undefined;
    if (size === 2) return half(this.view.getUint16(from));
    return size === 4 ? this.view.getFloat32(from) : this.view.getFloat64(from);
  }
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
