/** Lists are given room for a power of two of bytes from here on. */
const LEAST_BITS = 8;

/** Room for lists of different lengths in the memory of the kernels: what is given back serves lists of about the same length. */
export interface EntryArena {
  /** Address of room for so many bytes; 0: there is none left. */
  take(bytes: number): number;
  /** Gives back what `take` answered for so many bytes. */
  give(at: number, bytes: number): void;
}

/** `begin`: first address. `reserve`: sees to it that addresses below exist. `most`: bytes in all. */
export function createEntryArena(begin: number, reserve: (end: number) => boolean, most: number): EntryArena {
  const spare = new Map<number, number[]>();
  let next = begin;
  const bitsOf = (bytes: number): number => Math.max(LEAST_BITS, Math.ceil(Math.log2(Math.max(1, bytes))));
  return {
    take(bytes) {
      const bits = bitsOf(bytes);
      const known = spare.get(bits)?.pop();
      if (known !== undefined) return known;
      const end = next + 2 ** bits;
      if (end - begin > most || !reserve(end)) return 0;
      const at = next;
      next = end;
      return at;
    },
    give(at, bytes) {
      const bits = bitsOf(bytes);
      const list = spare.get(bits);
      if (list) list.push(at);
      else spare.set(bits, [at]);
    },
  };
}
