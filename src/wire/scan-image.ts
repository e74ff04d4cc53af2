import type { FrameShape } from "../core/frame.js";
import { checkPayload } from "./check-frame.js";
import { frameOf } from "./frame-of-array.js";
import { Problem } from "./problem.js";
import { MAX_ITEMS, readCbor } from "./read-cbor.js";
import { describeArray } from "./typed-array.js";

/** A channel of the images of a series: everything about it but its pixels, which stands on the wire in the same bytes every time. */
export interface KnownChannel {
  readonly name: string;
  /** This is the channel that drives the maps. */
  readonly drives: boolean;
  readonly shape: FrameShape;
  /** From the head of the name up to the head of the packed pixels. */
  readonly opening: Uint8Array;
  /** Of the message that was scanned last: a view into it. */
  payload: Uint8Array;
}

const MAX_CHANNELS = 8;
/** Bytes of an opening; real ones have about 40. */
const MAX_OPENING = 512;
/** Containers and tags inside each other that are read over; fewer than the general reader allows. */
const MAX_DEPTH = 12;
/** Not a position: the message is left to the general reader. */
const UNUSUAL = -1;

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const KEYS = {
  type: { bit: 1, text: latin1("type") },
  data: { bit: 2, text: latin1("data") },
  image: { bit: 4, text: latin1("image_id") },
  series: { bit: 8, text: latin1("series_id") },
  unique: { bit: 16, text: latin1("series_unique_id") },
} as const;
const NEEDED = KEYS.type.bit | KEYS.data.bit | KEYS.image.bit | KEYS.series.bit;
/** With its head. */
const IMAGE = latin1("eimage");

/**
 * Reads the image messages of one open series without making an object per message: one CBOR map of definite lengths with
 * text keys in any order, unknown entries read over. What a channel says of its array is compared with the bytes that the
 * general reader understood before; new bytes are given to it once. Anything else is refused and costs nothing: whoever
 * asks takes the general reader, which must make of a message that is accepted here exactly the same.
 */
export class ImageScanner {
  /** Of the message that was scanned last. */
  image = 0;
  /** Of its channels, the first in `channels`, as they stand on the wire. */
  count = 0;
  /** All names differ. */
  readonly channels: KnownChannel[] = [];
  private readonly series: number;
  private readonly unique: Uint8Array;
  private readonly driving: string;
  private packed = 0;

  /** @param unique id of the series with its head, or an empty one. @param driving channel. */
  private constructor(series: number, unique: Uint8Array, driving: string) {
    this.series = series;
    this.unique = unique;
    this.driving = driving;
  }

  /** Null: the names of this series are too unusual. */
  static of(series: number, uniqueId: string, driving: string): ImageScanner | null {
    if (driving === "" || !/^[\x20-\x7e]{0,255}$/.test(uniqueId)) return null;
    const { length } = uniqueId;
    const head = length < 24 ? [0x60 | length] : [0x78, length];
    return new ImageScanner(series, Uint8Array.from([...head, ...latin1(uniqueId)]), driving);
  }

  /** True: `image` and `channels` hold the image, every payload of a size that fits. */
  scan(message: Uint8Array): boolean {
    let at = message[0] === 0xd9 && message[1] === 0xd9 && message[2] === 0xf7 ? 3 : 0;
    const initial = message[at] as number;
    let entries = initial >= 0xa0 && initial < 0xb8 ? initial - 0xa0 : initial === 0xb8 ? (message[++at] as number) : 0;
    at++;
    let seen = 0;
    this.packed = 0;
    for (; entries > 0; entries--) {
      const length = (message[at] as number) - 0x60;
      let bit = 0;
      if (length >= 0 && length < 24) {
        bit = keyOf(message, ++at, length);
        at += length;
      } else if (length === 24 && (message[at + 1] as number) >= 24) at += 2 + (message[at + 1] as number);
      else return false;
      if ((seen & bit) !== 0) return false;
      seen |= bit;
      at = this.value(message, at, bit);
      if (at < 0) return false;
    }
    // every item of the general reader takes a byte
    if ((seen & NEEDED) !== NEEDED || at - this.packed > MAX_ITEMS) return false;
    return (seen & KEYS.unique.bit) !== 0 || this.unique.length === 1;
  }

  /** Where the value under a key ends. */
  private value(message: Uint8Array, at: number, key: number): number {
    switch (key) {
      case KEYS.type.bit:
        return same(message, at, IMAGE) ? at + IMAGE.length : UNUSUAL;
      case KEYS.unique.bit:
        return same(message, at, this.unique) ? at + this.unique.length : UNUSUAL;
      case KEYS.series.bit:
        return argument(message, at, UNSIGNED) === this.series ? bodyOf(message, at) : UNUSUAL;
      case KEYS.image.bit:
        this.image = argument(message, at, UNSIGNED);
        return this.image >= 0 && this.image <= Number.MAX_SAFE_INTEGER ? bodyOf(message, at) : UNUSUAL;
      case KEYS.data.bit:
        return this.data(message, at);
      default:
        return skip(message, at, 0);
    }
  }

  private data(message: Uint8Array, at: number): number {
    const count = (message[at] as number) - 0xa0;
    if (!(count > 0 && count <= MAX_CHANNELS)) return UNUSUAL;
    let driven = false;
    let next = at + 1;
    for (let i = 0; i < count; i++) {
      const known = this.channels[i];
      const c = known && same(message, next, known.opening) ? known : this.learn(message, next, i);
      if (!c) return UNUSUAL;
      const head = next + c.opening.length;
      const length = argument(message, head, BYTES);
      const from = bodyOf(message, head);
      if (length < 0 || from + length > message.length) return UNUSUAL;
      next = from + length;
      c.payload = message.subarray(from, next);
      if (checkPayload(c.shape, c.payload)) return UNUSUAL;
      this.packed += length;
      driven ||= c.drives;
    }
    this.count = count;
    return driven ? next : UNUSUAL;
  }

  /** Lets the general reader say what the channel at this place is. Null: nothing to remember. */
  private learn(message: Uint8Array, at: number, place: number): KnownChannel | null {
    // those behind were only compared with the one that stood here before
    this.channels.length = Math.min(this.channels.length, place);
    const key = readCbor(message.subarray(at));
    const name = key.value;
    if (typeof name !== "string" || this.channels.some((c) => c.name === name)) return null;
    const { value, end } = readCbor(message.subarray(at + key.end));
    const array = describeArray(value, name);
    if (array instanceof Problem) return null;
    const shape = frameOf(array, name);
    if (shape instanceof Problem) return null;
    const { payload } = array;
    const head = at + key.end + end - payload.length - headBytes(payload.length);
    // the packed pixels must be what the entry ends with, behind a head of the usual size
    if (bodyOf(message, head) + message.byteOffset !== payload.byteOffset || argument(message, head, BYTES) !== payload.length) return null;
    if (payload.buffer !== message.buffer || head - at > MAX_OPENING) return null;
    const channel = { name, drives: name === this.driving, shape, opening: message.slice(at, head), payload };
    this.channels.push(channel);
    return channel;
  }
}

function same(message: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (message[at + i] !== expected[i]) return false;
  return true;
}

/** The bit of a key that we need, or 0. */
function keyOf(message: Uint8Array, at: number, length: number): number {
  switch (length) {
    case 4:
      return same(message, at, KEYS.type.text) ? KEYS.type.bit : same(message, at, KEYS.data.text) ? KEYS.data.bit : 0;
    case 8:
      return same(message, at, KEYS.image.text) ? KEYS.image.bit : 0;
    case 9:
      return same(message, at, KEYS.series.text) ? KEYS.series.bit : 0;
    case 16:
      return same(message, at, KEYS.unique.text) ? KEYS.unique.bit : 0;
    default:
      return 0;
  }
}

/** Major types. */
const UNSIGNED = 0;
const BYTES = 2;
const TEXT = 3;
const MAP = 5;
const TAG = 6;

/** Bytes of a head by the low five bits of its first. */
const HEAD_BYTES = Uint8Array.from([...new Array<number>(24).fill(1), 2, 3, 5, 9, 0, 0, 0, 0]);
const headBytes = (argument: number): number => (argument < 24 ? 1 : argument < 0x100 ? 2 : argument < 0x10000 ? 3 : 5);

/** Behind the head that stands here, if there is one. */
const bodyOf = (message: Uint8Array, at: number): number => at + (HEAD_BYTES[(message[at] as number) & 31] as number);

/** The argument of a head of this major type (rounded beyond 2^53), or UNUSUAL: another type, indefinite, reserved or cut. */
function argument(message: Uint8Array, at: number, major: number): number {
  const info = (message[at] as number) - (major << 5);
  if (!(info >= 0 && info < 28)) return UNUSUAL;
  if (info < 24) return info;
  const end = at + (HEAD_BYTES[info] as number);
  if (end > message.length) return UNUSUAL;
  let n = 0;
  for (let i = at + 1; i < end; i++) n = n * 256 + (message[i] as number);
  return n;
}

/** Where the item that stands here ends. */
function skip(message: Uint8Array, at: number, depth: number): number {
  if (at >= message.length || depth > MAX_DEPTH) return UNUSUAL;
  const initial = message[at] as number;
  const major = initial >> 5;
  const body = bodyOf(message, at);
  if (body === at || body > message.length) return UNUSUAL;
  if (major === TAG) return skip(message, body, depth + 1);
  if (major < BYTES || major > TAG) return body;
  const n = argument(message, at, major);
  if (major <= TEXT) return body + n > message.length ? UNUSUAL : body + n;
  let next = body;
  for (let items = major === MAP ? 2 * n : n; items > 0 && next >= 0; items--) next = skip(message, next, depth + 1);
  return next;
}
