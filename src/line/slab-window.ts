import type { SlabWriter } from "./slab.js";

/** The least that a read is given: shorter reads cost more than what the end of a segment is worth. */
const LEAST_ROOM = 1 << 16;
/** The most that one read is given: what it brings is worked off in one go. */
const MOST_ROOM = 1 << 20;

/**
 * The place in the slab where a socket reads. Messages stay where they were read: a payload among them becomes a frame without
 * being copied. A message that does not fit into the rest of its segment moves to the next one; bytes that became no frame are
 * read over again where that costs less than it gains.
 */
export class SlabWindow {
  readonly #slab: SlabWriter;
  #slot = -1;
  #bytes: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  /** End of the last frame in this segment. */
  #used = 0;

  constructor(slab: SlabWriter) {
    this.#slab = slab;
  }

  /** The segment; what has been read and not consumed lies between `from` and `to`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }
  get from(): number {
    return this.#from;
  }
  get to(): number {
    return this.#to;
  }

  /** Bytes of the whole slab. */
  get size(): number {
    return this.#slab.size;
  }

  /** Room behind `to`, when `need` bytes from `from` on are to lie in one piece. null: the slab is full. Moves what is not consumed. */
  room(need: number): Uint8Array | null {
    this.#tidy();
    // Beyond a segment, memory follows what has come, not what is announced.
    const wanted = Math.min(need, Math.max(2 * (this.#to - this.#from), this.#slab.segmentBytes - LEAST_ROOM)) + LEAST_ROOM;
    const end = this.#bytes.length;
    if ((this.#from + wanted > end || this.#to + LEAST_ROOM > end) && !this.#move(wanted)) return null;
    return this.#bytes.subarray(this.#to, this.#to + MOST_ROOM);
  }

  commit(count: number): void {
    this.#to += count;
  }

  consume(count: number): void {
    this.#from += count;
  }

  drop(): void {
    this.#to = this.#from;
  }

  /** A payload, `length` of these bytes from `from` on, becomes a pending frame, where it lies or, if it was made from several pieces, as a copy. False: full. */
  append(bytes: Uint8Array, ref: Int32Array, at: number, from = 0, length = bytes.length): boolean {
    if (bytes.buffer !== this.#bytes.buffer) return this.#slab.append(bytes, ref, at, from, length);
    const begin = bytes.byteOffset + from;
    this.#slab.refer(this.#slot, begin, length, ref, at);
    this.#used = Math.max(this.#used, begin + length);
    return true;
  }

  #tidy(): void {
    const idle = this.#from - this.#used;
    const left = this.#to - this.#from;
    if (left > 0 && idle < Math.max(left, LEAST_ROOM)) return;
    this.#bytes.copyWithin(this.#used, this.#from, this.#to);
    this.#from = this.#used;
    this.#to = this.#used + left;
  }

  #move(wanted: number): boolean {
    const slot = this.#slab.lend(wanted);
    if (slot < 0) return false;
    const left = this.#bytes.subarray(this.#from, this.#to);
    this.#slot = slot;
    this.#bytes = this.#slab.bufferOf(slot);
    this.#bytes.set(left);
    this.#from = 0;
    this.#to = left.length;
    this.#used = 0;
    return true;
  }
}
