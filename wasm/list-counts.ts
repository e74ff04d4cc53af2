// Lists the counts of a frame. The twin, to read first: src/kernels/list-counts.ts.
import { EVENT, events, eventsEnd, length, ones } from "./gather-planes";
import { UINT16, UINT32, UINT8 } from "./pixel-group";

const PIXELS: u32 = 0x1ffffff;
const SHIFT: u32 = 25;
const MOST: u32 = 127;

/** Bits of the sixteen pixels at `at` that are not zero. */
// @ts-ignore: decorator
@inline
function filled<T>(at: usize): u32 {
  const none = i32x4.splat(0);
  if (sizeof<T>() == 1) return i8x16.bitmask(v128.ne<u8>(v128.load(at), none));
  if (sizeof<T>() == 2)
    return i8x16.bitmask(v128.narrow<i16>(v128.ne<u16>(v128.load(at), none), v128.ne<u16>(v128.load(at, 16), none)));
  const low = v128.narrow<i32>(v128.ne<u32>(v128.load(at), none), v128.ne<u32>(v128.load(at, 16), none));
  const high = v128.narrow<i32>(v128.ne<u32>(v128.load(at, 32), none), v128.ne<u32>(v128.load(at, 48), none));
  return i8x16.bitmask(v128.narrow<i16>(low, high));
}

/** Whether any of the 32 pixels at `at` is not zero: all that has to be known of most. */
// @ts-ignore: decorator
@inline
function anyOf32<T>(at: usize): bool {
  let all = v128.or(v128.load(at), v128.load(at, 16));
  if (sizeof<T>() > 1) all = v128.or(all, v128.or(v128.load(at, 32), v128.load(at, 48)));
  if (sizeof<T>() > 2) {
    all = v128.or(all, v128.or(v128.load(at, 64), v128.load(at, 80)));
    all = v128.or(all, v128.or(v128.load(at, 96), v128.load(at, 112)));
  }
  return v128.any_true(all);
}

/** Where the list goes on, and its end. */
let next: usize = 0;
let full: usize = 0;

/** Lists one pixel that is not zero; false where it does not fit. */
// @ts-ignore: decorator
@inline
function listPixel<T>(pixels: usize, kept: usize, pixel: u32, high: u32): bool {
  const counts = <u32>load<T>(pixels + pixel * sizeof<T>());
  return load<u8>(kept + pixel) == 0 || counts > high || listValue(pixel, counts);
}

/** The same for its counts, at least one. */
// @ts-ignore: decorator
@inline
function listValue(pixel: u32, counts: u32): bool {
  let left = counts;
  if (full - next < 4 * ((left - 1) / MOST + 1)) return false;
  for (; left > MOST; left -= MOST, next += 4) store<u32>(next, (MOST << SHIFT) | pixel);
  store<u32>(next, (left << SHIFT) | pixel);
  next += 4;
  return true;
}

function listFrame<T>(pixels: usize, kept: usize, count: u32, high: u32): bool {
  let pixel: u32 = 0;
  for (; pixel + 32 <= count; pixel += 32) {
    const at = pixels + pixel * sizeof<T>();
    if (!anyOf32<T>(at)) continue;
    for (let bits = filled<T>(at) | (filled<T>(at + 16 * sizeof<T>()) << 16); bits != 0; bits &= bits - 1)
      if (!listPixel<T>(pixels, kept, pixel + ctz(bits), high)) return false;
  }
  for (; pixel < count; pixel++)
    if (load<T>(pixels + pixel * sizeof<T>()) != 0 && !listPixel<T>(pixels, kept, pixel, high)) return false;
  return true;
}

/**
 * Lists the counts of an unsigned frame (`type`: PIXEL_TYPES in src/core/frame.ts) of at most 2^25 pixels. `kept`: a byte per pixel, `room`:
 * entries that fit at `out`. Answers how many there are; -1: they do not fit, or the type is none of these.
 */
export function listCounts(type: i32, pixels: usize, kept: usize, count: u32, high: u32, out: usize, room: u32): i32 {
  if (count > PIXELS + 1) return -1;
  next = out;
  full = out + 4 * room;
  let fits = false;
  if (type == UINT8) fits = listFrame<u8>(pixels, kept, count, high);
  else if (type == UINT16) fits = listFrame<u16>(pixels, kept, count, high);
  else if (type == UINT32) fits = listFrame<u32>(pixels, kept, count, high);
  return fits ? <i32>((next - out) >> 2) : -1;
}

/** The next event. */
let event: usize = 0;

/** Lists the events of pixels before `end`; false where they do not fit. */
function listEvents(end: u32, high: u32): bool {
  for (; event < eventsEnd && load<u32>(event) < end; event += EVENT) {
    const counts = load<u32>(event, 4);
    if (counts <= high && !listValue(load<u32>(event), counts)) return false;
  }
  return true;
}

/** Lists the frame that `sift` has parted, in the order of its pixels, as `listCounts` does. */
export function listPlanes(high: u32, out: usize, room: u32): i32 {
  next = out;
  full = out + 4 * room;
  event = events;
  for (let at: usize = 0; at < length; at += 8) {
    const first = <u32>at << 3;
    for (let bits = load<u64>(ones + at); bits != 0; bits &= bits - 1) {
      const pixel = first + <u32>ctz(bits);
      if (event < eventsEnd && load<u32>(event) < pixel && !listEvents(pixel, high)) return -1;
      if (next == full) return -1;
      store<u32>(next, (1 << SHIFT) | pixel);
      next += 4;
    }
  }
  return listEvents(0xffffffff, high) ? <i32>((next - out) >> 2) : -1;
}
