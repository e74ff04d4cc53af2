/**
 * Received bytes in shared memory. The ingest lane appends, pixel lanes read; only numbers cross threads.
 * The slab is a list of segments: of those that nobody holds the oldest goes first. It is the backlog and the memory of
 * frames for hovering in one. One writer; readers hold a segment by counting it up.
 */

/** Columns of a frame reference. */
export const REF = { slot: 0, serial: 1, offset: 2, length: 3, width: 4 } as const;

const PENDING = 0;
const SERIAL = 1;
const WORDS = 2;
export const MAX_SLOTS = 4096;
/** Behind them, places for frames that were read back from disk: they are not the writer's. */
const RECALL_SLOTS = 64;
export const recallSlot = (series: number): number => MAX_SLOTS + (series % RECALL_SLOTS);
/** Bytes between two frames that are worth copying along: envelopes, no other frames. */
const MOST_BETWEEN = 1024;
/** Held by the writer while it is recycled. */
const TAKEN = -1;

export const slabControl = (): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer((MAX_SLOTS + RECALL_SLOTS) * WORDS * 4));

/** Readers' side: buffers arrive as the writer makes them. */
export class SlabReader {
  readonly #control: Int32Array;
  readonly #buffers: (Uint8Array | undefined)[] = [];
  constructor(control: Int32Array) {
    this.#control = control;
  }

  adopt(slot: number, buffer: SharedArrayBuffer): void {
    this.#buffers[slot] = new Uint8Array(buffer);
  }

  /** Holds a segment so that it stays; false: it has been recycled since. */
  hold(slot: number, serial: number): boolean {
    const at = slot * WORDS;
    for (;;) {
      const pending = Atomics.load(this.#control, at + PENDING);
      if (pending === TAKEN || Atomics.load(this.#control, at + SERIAL) !== serial) return false;
      if (Atomics.compareExchange(this.#control, at + PENDING, pending, pending + 1) === pending) {
        if (Atomics.load(this.#control, at + SERIAL) === serial) return true;
        this.release(slot);
        return false;
      }
    }
  }

  release(slot: number, frames = 1): void {
    Atomics.sub(this.#control, slot * WORDS + PENDING, frames);
  }

  /**
   * How many of these frames lie one behind the other in so many bytes, the first in any case. `ref`: REF.width numbers per frame, from the
   * frame `from` on, before `end`.
   */
  static inOnePiece(ref: Int32Array, from: number, end: number, bytes: number): number {
    const first = from * REF.width;
    const start = ref[first + REF.offset] as number;
    let to = start + (ref[first + REF.length] as number);
    let n = from + 1;
    for (; n < end; n++) {
      const r = n * REF.width;
      const offset = ref[r + REF.offset] as number;
      const next = offset + (ref[r + REF.length] as number);
      if (ref[r + REF.slot] !== ref[first + REF.slot] || offset < to || offset > to + MOST_BETWEEN || next > start + bytes) break;
      to = next;
    }
    return n - from;
  }

  /** The bytes of a held frame. */
  bytes(slot: number, offset: number, length: number): Uint8Array {
    const buffer = this.#buffers[slot];
    if (!buffer) throw new Error(`slab segment ${slot} is unknown here`);
    return buffer.subarray(offset, offset + length);
  }
}

export interface SlabWriterOptions {
  readonly control: Int32Array;
  /** Backlog and kept frames together. */
  readonly limitBytes: number;
  /** Kept frames: beyond it the oldest go as soon as nobody holds them. */
  readonly keepBytes: number;
  readonly segmentBytes: number;
  /** Memory of segments that is there already, taken before new memory and from the front; part of the limit. */
  readonly reserve?: readonly SharedArrayBuffer[];
  /** A segment has new memory; none of a segment that was given up. */
  readonly onBuffer: (slot: number, buffer: SharedArrayBuffer) => void;
}

const NOTHING = new Uint8Array(new SharedArrayBuffer(0));
const NONE = -1;

export class SlabWriter {
  readonly #o: SlabWriterOptions;
  readonly #buffers: Uint8Array[] = [];
  /** Slots with memory in order of age, oldest first. */
  readonly #ring: number[] = [];
  /** Slots without memory. */
  readonly #free: number[] = [];
  /** Not yet taken, last one first. */
  readonly #reserve: SharedArrayBuffer[];
  #bytes = 0;
  #serial = 0;
  /** The segment that payloads are copied into, and how far it is filled. */
  #slot = NONE;
  #fill = 0;
  /** The segment that a socket reads into. */
  #lent = NONE;
  constructor(o: SlabWriterOptions) {
    this.#o = o;
    this.#reserve = [...(o.reserve ?? [])].reverse();
  }

  /** Bytes of all segments. */
  get size(): number {
    return this.#bytes;
  }

  get segmentBytes(): number {
    return this.#o.segmentBytes;
  }

  /** Copies a payload in, `length` of these bytes from `from` on, and counts it as pending; fills `ref` at `at`. False: full, every old segment is still held. */
  append(bytes: Uint8Array, ref: Int32Array, at: number, from = 0, length = bytes.length): boolean {
    if (this.#slot === NONE || this.#fill + length > this.bufferOf(this.#slot).length) {
      const slot = this.#open(length, false);
      if (slot === NONE) return false;
      this.#slot = slot;
      this.#fill = 0;
    }
    this.bufferOf(this.#slot).set(length === bytes.length ? bytes : bytes.subarray(from, from + length), this.#fill);
    this.refer(this.#slot, this.#fill, length, ref, at);
    this.#fill += (length + 15) & ~15;
    return true;
  }

  /** A fresh segment of at least so many bytes to read into; the one lent before is an ordinary one from now on, and may be the same. -1: full. */
  lend(bytes: number): number {
    const slot = this.#open(bytes, true);
    if (slot !== NONE) this.#lent = slot;
    return slot;
  }

  bufferOf(slot: number): Uint8Array {
    return this.#buffers[slot] as Uint8Array;
  }

  /** Counts bytes of a segment as a pending frame; fills `ref` at `at`. */
  refer(slot: number, offset: number, length: number, ref: Int32Array, at: number): void {
    const control = slot * WORDS;
    ref[at + REF.slot] = slot;
    ref[at + REF.serial] = this.#o.control[control + SERIAL] as number;
    ref[at + REF.offset] = offset;
    ref[at + REF.length] = length;
    Atomics.add(this.#o.control, control + PENDING, 1);
  }

  /** A segment without frames. Room is made oldest first; the lent segment goes last, and only for the reader itself. -1: everything is held. */
  #open(need: number, lend: boolean): number {
    const { segmentBytes, limitBytes, keepBytes } = this.#o;
    const size = Math.max(1, Math.ceil(need / segmentBytes)) * segmentBytes;
    while (this.#bytes + size > keepBytes) {
      const others = this.#ring.filter((slot) => slot !== this.#lent);
      const candidates = lend && this.#lent !== NONE ? [...others, this.#lent] : others;
      // One segment there must be, however large its message.
      if (candidates.length === 0) break;
      // Frames that were put off are held while newer ones are done with: not the oldest of all, but the oldest that is free.
      const oldest = candidates.find((slot) => Atomics.compareExchange(this.#o.control, slot * WORDS + PENDING, 0, TAKEN) === 0);
      if (oldest === undefined) {
        // The backlog may take more, up to the limit.
        if (this.#bytes + size <= limitBytes && (this.#free.length > 0 || this.#buffers.length < MAX_SLOTS)) break;
        return NONE;
      }
      this.#ring.splice(this.#ring.indexOf(oldest), 1);
      if (oldest === this.#slot) this.#slot = NONE;
      if (oldest === this.#lent) this.#lent = NONE;
      const { length } = this.bufferOf(oldest);
      if (length === size) return this.#begin(oldest);
      // Another size: its memory goes back. The slot stays taken until it has new memory.
      this.#bytes -= length;
      this.#buffers[oldest] = NOTHING;
      this.#free.push(oldest);
      this.#o.onBuffer(oldest, NOTHING.buffer as SharedArrayBuffer);
    }
    const slot = this.#free.pop() ?? this.#buffers.length;
    const buffer = this.#memory(size);
    this.#buffers[slot] = new Uint8Array(buffer);
    this.#bytes += size;
    this.#o.onBuffer(slot, buffer);
    return this.#begin(slot);
  }

  /** From the reserve, or new: then as much of the reserve goes back as would be beyond the limit. */
  #memory(size: number): SharedArrayBuffer {
    const { segmentBytes, limitBytes } = this.#o;
    if (size === segmentBytes) {
      const reserved = this.#reserve.pop();
      if (reserved) return reserved;
    }
    while (this.#reserve.length > 0 && this.#bytes + size + this.#reserve.length * segmentBytes > limitBytes) this.#reserve.shift();
    return new SharedArrayBuffer(size);
  }

  #begin(slot: number): number {
    this.#serial++;
    this.#ring.push(slot);
    Atomics.store(this.#o.control, slot * WORDS + SERIAL, this.#serial);
    Atomics.store(this.#o.control, slot * WORDS + PENDING, 0);
    return slot;
  }
}
