/** An entry of a sparse frame: pixel in the low 25 bits, 1 to 127 counts in the upper 7; more counts make several entries. */
export const ENTRY_PIXELS = 2 ** 25;
export const ENTRY_COUNTS = 127;

/** Entries that the counts of a pixel make. */
const entriesOf = (counts: number): number => Math.ceil(counts / ENTRY_COUNTS);

/**
 * Lists the counts of a frame in the order of its pixels. `kept`: non-zero where a pixel counts at all; counts below 0 or beyond `high` carry no data.
 * Answers how many entries there are, -1 where `out` is too small or a value is no count.
 */
export function listCounts(pixels: ArrayLike<number>, kept: Uint8Array, high: number, out: Uint32Array): number {
  let n = 0;
  for (let p = 0; p < kept.length; p++) {
    let left = pixels[p];
    if (left <= 0 || kept[p] === 0 || left > high) continue;
    if (!(left > 0) || left % 1 !== 0 || n + entriesOf(left) > out.length) return -1;
    for (; left > 0; left -= ENTRY_COUNTS) out[n++] = (Math.min(left, ENTRY_COUNTS) << 25) | p;
  }
  return n;
}
