/** Steps over CBOR items that stand in one piece, without making anything: for the hot path, where `readCbor` is too slow. */

/** Not a position and not a number: what stands here is cut, broken or unusual, and `readCbor` has to say which. */
export const UNUSUAL = -1;

/** Major types. */
export const UNSIGNED = 0;
export const BYTES = 2;
export const TEXT = 3;
export const MAP = 5;
const TAG = 6;

/** Containers and tags inside each other; fewer than `readCbor` allows. */
const MAX_DEPTH = 12;
/** Bytes of a head by the low five bits of its first. */
const HEAD_BYTES = Uint8Array.from([...new Array<number>(24).fill(1), 2, 3, 5, 9, 0, 0, 0, 0]);
/** Initial bytes below are those of unsigned integers. */
const UNSIGNED_END = 0x1c;

/** Behind the head that stands here. */
export const bodyOf = (message: Uint8Array, at: number): number => at + (HEAD_BYTES[(message[at] as number) & 31] as number);

/** The argument of a head of this major type, rounded beyond 2^53; UNUSUAL: another type, indefinite, reserved or cut. */
export function argumentOf(message: Uint8Array, at: number, major: number): number {
  const info = (message[at] as number) - (major << 5);
  if (!(info >= 0 && info < 28)) return UNUSUAL;
  if (info < 24) return info;
  const end = at + (HEAD_BYTES[info] as number);
  if (end > message.length) return UNUSUAL;
  let n = 0;
  for (let i = at + 1; i < end; i++) n = n * 256 + (message[i] as number);
  return n;
}

/** Where the item that stands here ends, or UNUSUAL. */
export function skipItem(message: Uint8Array, at: number, depth = 0): number {
  if (depth > MAX_DEPTH) return UNUSUAL;
  const major = (message[at] as number) >> 5;
  const body = bodyOf(message, at);
  if (body === at || body > message.length) return UNUSUAL;
  if (major === TAG) return skipItem(message, body, depth + 1);
  if (major < BYTES || major > TAG) return body;
  const n = argumentOf(message, at, major);
  if (major <= TEXT) return body + n > message.length ? UNUSUAL : body + n;
  let next = body;
  for (let items = major === MAP ? 2 * n : n; items > 0 && next >= 0; items--) {
    // the usual item of a list is a number
    const initial = message[next] as number;
    if (initial < UNSIGNED_END) next += HEAD_BYTES[initial] as number;
    else next = skipItem(message, next, depth + 1);
  }
  return next > message.length ? UNUSUAL : next;
}

/** Four at a time: comparing is most of what a scan does. */
export function sameBytes(message: Uint8Array, at: number, expected: Uint8Array): boolean {
  const { length } = expected;
  if (at + length > message.length) return false;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = (message[at + i] as number) ^ (expected[i] as number);
    const b = (message[at + i + 1] as number) ^ (expected[i + 1] as number);
    const c = (message[at + i + 2] as number) ^ (expected[i + 2] as number);
    const d = (message[at + i + 3] as number) ^ (expected[i + 3] as number);
    if ((a | b | c | d) !== 0) return false;
  }
  for (; i < length; i++) if (message[at + i] !== expected[i]) return false;
  return true;
}
