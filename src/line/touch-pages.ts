/** The least page of memory that systems have, in words. */
const PAGE_WORDS = 4096 / Int32Array.BYTES_PER_ELEMENT;

/** Has the system give every page of `length` bytes of a buffer from `from` on, as far as it goes. Its content stays as it is, also where others write meanwhile. */
export function touchPages(buffer: SharedArrayBuffer, from: number, length: number): void {
  const words = new Int32Array(buffer, from, Math.min(length, buffer.byteLength - from) / Int32Array.BYTES_PER_ELEMENT);
  // A page that is only read may stay the one page of zeros that all share.
  for (let at = 0; at < words.length; at += PAGE_WORDS) Atomics.or(words, at, 0);
}
