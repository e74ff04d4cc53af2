// Sparse frames are never built: their bit planes, one bit per pixel, are read as they come out of the decoder. What has one count is
// counted 64 pixels at a time; what has more, the `events`, is few. Results: those of the dense path, to the bit.
import { writeZeros } from "./decode-lz4";

/** Polar bins are counted in 32 bits, and made floats as signed numbers. */
export const MOST_COUNTS: u64 = 0x7fffffff;
/** Sums of whole numbers are exact in float64 up to here. */
const EXACT: u64 = 0x20000000000000;

/** `ones` is read in groups of so many bytes; there are zeros after its end. */
export const GROUP: usize = 128;

/** Pixels of the frame, whole vectors of bits for them in bytes, and from one plane to the next: with room to write past the end. */
let count: u32 = 0;
export let length: usize = 0;
let stride: usize = 0;
/** The planes one after another, the least significant first, pixel 0 in the lowest bit of the first byte. */
let planes: usize = 0;
/** Pixels with a bit in any plane but the first; after `sift`, pixels with exactly one count. */
export let ones: usize = 0;
/** Pixels that the mask admits. */
let admitted: usize = 0;
/** Bytes of an event: number of the pixel, its counts, row, column. */
export const EVENT: usize = 16;
/** Pixels in order of their number. Only those with more than one count, and of the tail. */
export let events: usize = 0;
export let eventsEnd: usize = 0;
let eventsMost: usize = 0;

/** Planes in use in the blocks so far. */
let used: u32 = 0;
/** The raw bytes at the end of the payload. */
let tail: usize = 0;
let tailFirst: u32 = 0;

/** Addresses; `room` events are kept, and there is room for 128 more. All need PAD bytes after them, `ones` whole groups (GROUP). */
export function setPlanes(pixels: u32, planesAt: usize, onesAt: usize, admittedAt: usize, eventsAt: usize, room: u32): void {
  count = pixels;
  length = ((<usize>pixels + 127) >> 7) << 4;
  stride = length + 16;
  planes = planesAt;
  ones = onesAt;
  admitted = admittedAt;
  events = eventsAt;
  eventsMost = eventsAt + EVENT * room;
}

export function resetPlanes(): void {
  used = 0;
}

// @ts-ignore: decorator
@inline
function clear(at: usize, end: usize): void {
  for (; at < end; at += 16) v128.store(at, i32x4.splat(0));
}

/**
 * Takes the planes of a block of `bytes` bytes at `block`, of which only the first `written` are there and not zero. `before`: bytes of the
 * frame that came before it. Whole vectors are copied: what is written past the end is overwritten by the next block, or by the tail.
 */
export function gatherBlock(block: usize, bytes: u32, element: u32, before: u32, written: u32): void {
  const part: usize = bytes / (8 * element);
  const here: u32 = (written + <u32>part - 1) / <u32>part;
  writeZeros(block + here * part);
  const first: usize = before / element / 8;
  for (; used < here; used++) if (first > 0) clear(planes + used * stride, planes + used * stride + first);
  const rest = ones + first;
  let to = planes + first;
  for (let plane: u32 = 0; plane < used; plane++, to += stride, block += part) {
    if (plane >= here) clear(to, to + part);
    else if (plane == 0) for (let i: usize = 0; i < part; i += 16) v128.store(to + i, v128.load(block + i));
    else if (plane == 1)
      for (let i: usize = 0; i < part; i += 16) {
        const bits = v128.load(block + i);
        v128.store(to + i, bits);
        v128.store(rest + i, bits);
      }
    else
      for (let i: usize = 0; i < part; i += 16) {
        const bits = v128.load(block + i);
        v128.store(to + i, bits);
        v128.store(rest + i, v128.or(v128.load(rest + i), bits));
      }
  }
  if (here < 2) clear(rest, rest + part);
}

/** Takes the less than 8 pixels that follow the blocks as they are, and ends the planes. */
export function gatherTail(at: usize, bytes: u32, element: u32, before: u32): void {
  tail = at;
  tailFirst = before / element;
  const end: usize = tailFirst / 8;
  clear(ones + end, ones + length + GROUP);
  for (let plane: u32 = 0; plane < used; plane++) clear(planes + plane * stride + end, planes + plane * stride + length);
}

/** The value of a pixel. */
// @ts-ignore: decorator
@inline
function valueOf(pixel: u32): u32 {
  const at = planes + (pixel >> 3);
  const bit = pixel & 7;
  let value: u32 = ((<u32>load<u8>(at) >> bit) & 1) | (((<u32>load<u8>(at + stride) >> bit) & 1) << 1);
  for (let plane: u32 = 2; plane < used; plane++) value |= ((<u32>load<u8>(at + plane * stride) >> bit) & 1) << plane;
  return value;
}

/** Lists the pixels of a word, the first of which is `pixel`, that are set in `many`. Writes a few too many rather than branch on how many there are. */
// @ts-ignore: decorator
@inline
function listMany(many: u64, pixel: u64, next: usize): usize {
  const end = next + EVENT * <usize>popcnt<u64>(many);
  store<u64>(next, pixel + ctz<u64>(many));
  many &= many - 1;
  store<u64>(next, pixel + ctz<u64>(many), EVENT);
  many &= many - 1;
  store<u64>(next, pixel + ctz<u64>(many), 2 * EVENT);
  many &= many - 1;
  store<u64>(next, pixel + ctz<u64>(many), 3 * EVENT);
  many &= many - 1;
  for (next += 4 * EVENT; next < end; next += 2 * EVENT) {
    store<u64>(next, pixel + ctz<u64>(many));
    many &= many - 1;
    store<u64>(next, pixel + ctz<u64>(many), EVENT);
    many &= many - 1;
  }
  return end;
}

/** Words of a run of so many bytes that have a pixel with more than one count, and the number of their first pixel. */
const RUN: usize = 1024;
const CROWDED: usize = memory.data(2064, 16);

/** Notes a word at `at` if it is not empty, without a branch: whether it is cannot be guessed. Answers where the next one goes. */
// @ts-ignore: decorator
@inline
function noteWord(many: u64, pixel: u64, at: usize): usize {
  store<u64>(at, many);
  store<u64>(at, pixel, 8);
  return at + (<usize>(many != 0) << 4);
}

/** Fractions of 1 / width have so many bits, and are rounded up: that is less than 1 / width off for any pixel, and no product overflows. */
let shift: u64 = 0;
let scale: u64 = 0;

/** Writes an event at `next`. Answers its counts, 0 if they are above `most`. */
// @ts-ignore: decorator
@inline
function writeEvent(next: usize, pixel: u32, value: u32, width: u32, most: u32): u32 {
  const row = <u32>((<u64>pixel * scale) >> shift);
  store<u32>(next, pixel);
  store<u32>(next, value, 4);
  store<u32>(next, row, 8);
  store<u32>(next, pixel - row * width, 12);
  return value <= most ? value : 0;
}

/**
 * Parts the pixels that the mask admits into `ones` and `events`. False if there are too many events, or so many counts that sums of them
 * might pass 2^53, where the order of adding begins to matter, or they themselves 2^31. `most`: highest valid value.
 */
export function sift<T>(most: u32, height: u32, width: u32): bool {
  let next = events;
  const full = eventsMost;
  // If not even the first plane was written, no bit is set: a plane of which nothing is left.
  const singles = ones;
  const mask = admitted;
  const lowest = used == 0 ? singles : planes;
  const end = length;
  for (let i: usize = 0; i < end; ) {
    const stop = min(end, i + RUN);
    let words = CROWDED;
    for (; i < stop; i += 16) {
      const rest = v128.load(singles + i);
      const allowed = v128.load(mask + i);
      v128.store(singles + i, v128.and(v128.andnot(v128.load(lowest + i), rest), allowed));
      const many = v128.and(rest, allowed);
      words = noteWord(i64x2.extract_lane(many, 0), 8 * i, words);
      words = noteWord(i64x2.extract_lane(many, 1), 8 * i + 64, words);
    }
    for (let word = CROWDED; word < words; word += 16) {
      next = listMany(load<u64>(word), load<u64>(word, 8), next);
      if (next > full) return false;
    }
  }
  let counts: u64 = 0;
  shift = clz<u64>(height) - 1;
  scale = (<u64>1 << shift) / width + 1;
  for (let event = events; event < next; event += EVENT) {
    const pixel = load<u32>(event);
    counts += writeEvent(event, pixel, valueOf(pixel), width, most);
  }
  // The tail has at most 7 pixels: for them there is room.
  for (let p = tailFirst; p < count; p++) {
    const value = <u32>load<T>(tail + (p - tailFirst) * sizeof<T>());
    if (value == 0 || (load<u8>(mask + (p >> 3)) & (1 << (p & 7))) == 0) continue;
    counts += writeEvent(next, p, value, width, most);
    next += EVENT;
  }
  eventsEnd = next;
  return counts + count <= min(MOST_COUNTS, EXACT / max(height, width));
}
