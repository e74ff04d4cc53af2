import type { FrameShape } from "../core/frame.js";
import { checkPayload } from "./check-frame.js";
import { frameOf } from "./frame-of-array.js";
import { Problem } from "./problem.js";
import { MAX_ITEMS, readCbor } from "./read-cbor.js";
import { argumentOf, BYTES, bodyOf, MAP, sameBytes, skipItem, TEXT, UNSIGNED, UNUSUAL } from "./skip-item.js";
import { describeArray } from "./typed-array.js";

/** A channel of the images of a series: everything about it but its pixels, which stands on the wire in the same bytes every time. */
export interface KnownChannel {
  readonly name: string;
  /** This is the channel that drives the maps. */
  readonly drives: boolean;
  readonly shape: FrameShape;
  /** From the head of the name up to the head of the packed pixels. */
  readonly opening: Uint8Array;
  /** Of the message that was scanned last: where its packed pixels lie. */
  from: number;
  length: number;
}

/** Messages of a series begin with the same bytes, up to the number of the image. */
interface Lead {
  readonly bytes: Uint8Array;
  readonly seen: number;
  /** Entries from this one on. */
  readonly left: number;
}

const MAX_CHANNELS = 8;
/** Bytes that are remembered in one piece; real ones have about 90. */
const MAX_REMEMBERED = 512;

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
/** The keys that we need, each with its bit. */
const TYPE = 1;
const DATA = 2;
const IMAGE = 4;
const SERIES = 8;
const UNIQUE = 16;
const NEEDED = TYPE | DATA | IMAGE | SERIES;
const NAMES = {
  type: latin1("type"),
  data: latin1("data"),
  image: latin1("image_id"),
  series: latin1("series_id"),
  unique: latin1("series_unique_id"),
} as const;
/** With its head. */
const IMAGE_TYPE = latin1("eimage");

/**
 * Reads the image messages of one open series without making anything per message: one CBOR map of definite lengths with text keys in any order, unknown entries read over. What a channel says of its array is
 * compared with bytes that the general reader understood before; new bytes are given to it once. Anything else is refused:
 * whoever asks then takes the general reader, which makes exactly the same of every message that is accepted here.
 */
export class ImageScanner {
  /** Number of the image that was scanned last. */
  image = 0;
  /** Of its channels, the first in `channels`, in the order of the wire. */
  count = 0;
  /** All names differ. */
  readonly channels: KnownChannel[] = [];
  private readonly series: number;
  private readonly unique: Uint8Array;
  private readonly driving: string;
  private lead: Lead | null = null;
  /** Keys of this message that were found, and entries that are left. */
  private seen = 0;
  private left = 0;
  private begin = 0;
  /** Bytes of its payloads. */
  private packed = 0;
  /** Where it ends. What is read beyond, of another message, makes it unusual: items stand in one piece, so the last one ends there too. */
  private end = 0;

  /** @param unique id of the series with its head. @param driving name of the channel that drives the maps. */
  private constructor(series: number, unique: Uint8Array, driving: string) {
    this.series = series;
    this.unique = unique;
    this.driving = driving;
  }

  /** @param uniqueId "": none. Null: the names of this series are too unusual. */
  static of(series: number, uniqueId: string, driving: string): ImageScanner | null {
    if (driving === "" || !/^[\x20-\x7e]{0,255}$/.test(uniqueId)) return null;
    const { length } = uniqueId;
    const head = length < 24 ? [0x60 | length] : [0x78, length];
    return new ImageScanner(series, Uint8Array.from([...head, ...latin1(uniqueId)]), driving);
  }

  /** The message that lies in [from, to) of these bytes. True: `image`, `count` and `channels` hold the image, every payload of a size that fits. */
  scan(message: Uint8Array, from = 0, to = message.length): boolean {
    this.packed = 0;
    this.end = to;
    let at = this.open(message, from);
    for (; at >= 0 && this.left > 0; this.left--) at = this.entry(message, at);
    // every item that the general reader counts takes a byte
    if (at < 0 || at > to || (this.seen & NEEDED) !== NEEDED || at - from - this.packed > MAX_ITEMS) return false;
    return (this.seen & UNIQUE) !== 0 || this.unique.length === 1;
  }

  /** Where the first entry that is not read yet begins. */
  private open(message: Uint8Array, from: number): number {
    const { lead } = this;
    if (lead !== null && sameBytes(message, from, lead.bytes)) {
      this.seen = lead.seen;
      this.left = lead.left - 1;
      return this.value(message, from + lead.bytes.length, IMAGE);
    }
    const tagged = message[from] === 0xd9 && message[from + 1] === 0xd9 && message[from + 2] === 0xf7;
    const map = tagged ? from + 3 : from;
    this.begin = from;
    this.seen = 0;
    this.left = argumentOf(message, map, MAP);
    return this.left < 0 ? UNUSUAL : bodyOf(message, map);
  }

  /** Where the entry that stands here ends. */
  private entry(message: Uint8Array, at: number): number {
    const length = argumentOf(message, at, TEXT);
    if (length < 0) return UNUSUAL;
    const from = bodyOf(message, at);
    const key = keyOf(message, from, length);
    // of a key that stands twice the last value counts, here as there
    this.seen |= key;
    const to = from + length;
    if (key === IMAGE && this.lead === null && this.packed === 0 && to <= Math.min(this.begin + MAX_REMEMBERED, this.end))
      this.lead = { bytes: copyOf(message, this.begin, to), seen: this.seen, left: this.left };
    return this.value(message, to, key);
  }

  /** Where the value of a key ends. */
  private value(message: Uint8Array, at: number, key: number): number {
    switch (key) {
      case TYPE:
        return sameBytes(message, at, IMAGE_TYPE) ? at + IMAGE_TYPE.length : UNUSUAL;
      case UNIQUE:
        return sameBytes(message, at, this.unique) ? at + this.unique.length : UNUSUAL;
      case SERIES:
        return argumentOf(message, at, UNSIGNED) === this.series ? bodyOf(message, at) : UNUSUAL;
      case IMAGE:
        this.image = argumentOf(message, at, UNSIGNED);
        return this.image >= 0 && this.image <= Number.MAX_SAFE_INTEGER ? bodyOf(message, at) : UNUSUAL;
      case DATA:
        return this.data(message, at);
      default:
        return skipItem(message, at);
    }
  }

  private data(message: Uint8Array, at: number): number {
    const count = argumentOf(message, at, MAP);
    if (!(count > 0 && count <= MAX_CHANNELS)) return UNUSUAL;
    let driven = false;
    let next = bodyOf(message, at);
    for (let i = 0; i < count; i++) {
      const known = this.channels[i];
      const channel = known && sameBytes(message, next, known.opening) ? known : this.learn(message, next, i);
      if (!channel) return UNUSUAL;
      const head = next + channel.opening.length;
      const length = argumentOf(message, head, BYTES);
      const from = bodyOf(message, head);
      next = from + length;
      if (length < 0 || next > this.end) return UNUSUAL;
      channel.from = from;
      channel.length = length;
      if (checkPayload(channel.shape, message, from, length)) return UNUSUAL;
      this.packed += length;
      driven ||= channel.drives;
    }
    this.count = count;
    return driven ? next : UNUSUAL;
  }

  /** Lets the general reader say what the channel is that stands here. Null: nothing to remember. */
  private learn(message: Uint8Array, at: number, place: number): KnownChannel | null {
    // names behind this one were compared with the one that stood here before
    this.channels.length = place;
    const key = readCbor(message.subarray(at, this.end));
    const name = key.value;
    if (typeof name !== "string" || this.channels.some((c) => c.name === name)) return null;
    const { value, end } = readCbor(message.subarray(at + key.end, this.end));
    const array = describeArray(value, name);
    const shape = array instanceof Problem ? array : frameOf(array, name);
    if (array instanceof Problem || shape instanceof Problem) return null;
    const { payload } = array;
    const { length } = payload;
    const from = at + key.end + end - length;
    const head = headOf(message, payload, from);
    if (head < 0 || head - at > MAX_REMEMBERED) return null;
    const channel = { name, drives: name === this.driving, shape, opening: copyOf(message, at, head), from, length };
    this.channels.push(channel);
    return channel;
  }
}

/** Where the head of a payload stands that should lie at `from`; UNUSUAL: in chunks, with something behind it, or with an oversized head. */
function headOf(message: Uint8Array, payload: Uint8Array, from: number): number {
  const { length } = payload;
  const head = from - (length < 24 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5);
  // joined chunks are in memory of their own
  const inPlace = payload.buffer === message.buffer && payload.byteOffset === message.byteOffset + from;
  return inPlace && argumentOf(message, head, BYTES) === length ? head : UNUSUAL;
}

/** The memory of a message may be used again; `slice` of a Buffer is no copy. */
const copyOf = (message: Uint8Array, from: number, to: number): Uint8Array => new Uint8Array(message.subarray(from, to));

/** The bit of a key that we need, or 0. */
function keyOf(message: Uint8Array, at: number, length: number): number {
  switch (length) {
    case 4:
      return sameBytes(message, at, NAMES.type) ? TYPE : sameBytes(message, at, NAMES.data) ? DATA : 0;
    case 8:
      return sameBytes(message, at, NAMES.image) ? IMAGE : 0;
    case 9:
      return sameBytes(message, at, NAMES.series) ? SERIES : 0;
    case 16:
      return sameBytes(message, at, NAMES.unique) ? UNIQUE : 0;
    default:
      return 0;
  }
}
