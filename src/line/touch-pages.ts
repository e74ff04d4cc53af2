/** The least page of memory that systems have, in words. */
const PAGE_WORDS = 4096 / Int32Array.BYTES_PER_ELEMENT;

/** Has the system give every page of a buffer, whose content stays as it is, also where others write meanwhile. */
export function touchPages(buffer: SharedArrayBuffer): void {
  const words = new Int32Array(buffer);
  // A page that is only read may stay the one page of zeros that all share.
  for (let at = 0; at < words.length; at += PAGE_WORDS) Atomics.or(words, at, 0);
}
