/**
 * Received bytes in shared memory. The ingest lane appends, pixel lanes read; only numbers cross threads.
 * The slab is a ring of segments: oldest go first, and only when nobody holds them. It is the backlog and the memory of
 * frames for hovering in one. One writer; readers hold a segment by counting it up.
 */

/** Columns of a frame reference. */
export const REF = { slot: 0, serial: 1, offset: 2, length: 3, width: 4 } as const;

const PENDING = 0;
const SERIAL = 1;
const WORDS = 2;
export const MAX_SLOTS = 4096;
/** Held by the writer while it is recycled. */
const TAKEN = -1;

export const slabControl = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(MAX_SLOTS * WORDS * 4));

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
  /** A segment has new memory. */
  readonly onBuffer: (slot: number, buffer: SharedArrayBuffer) => void;
}

export class SlabWriter {
  readonly #o: SlabWriterOptions;
  readonly #buffers: Uint8Array[] = [];
  /** Slots in order of age, oldest first; the last is being filled. */
  readonly #ring: number[] = [];
  /** Slots without memory. */
  readonly #free: number[] = [];
  #bytes = 0;
  #fill = 0;
  #serial = 0;
  constructor(o: SlabWriterOptions) {
    this.#o = o;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Copies a payload in and counts it as pending; fills `ref` at `at`. False: full, every old segment is still held. */
  append(payload: Uint8Array, ref: Int32Array, at: number): boolean {
    let slot = this.#ring.at(-1);
    let buffer = slot === undefined ? undefined : this.#buffers[slot];
    if (slot === undefined || !buffer || this.#fill + payload.length > buffer.length) {
      if (!this.#open(payload.length)) return false;
      slot = this.#ring.at(-1) as number;
      buffer = this.#buffers[slot] as Uint8Array;
    }
    buffer.set(payload, this.#fill);
    ref[at + REF.slot] = slot;
    ref[at + REF.serial] = this.#serial;
    ref[at + REF.offset] = this.#fill;
    ref[at + REF.length] = payload.length;
    this.#fill += (payload.length + 15) & ~15;
    Atomics.add(this.#o.control, slot * WORDS + PENDING, 1);
    return true;
  }

  /** Makes room for a segment, oldest first; false: somebody holds the oldest. */
  #open(need: number): boolean {
    const { segmentBytes, limitBytes, keepBytes } = this.#o;
    const size = Math.ceil(need / segmentBytes) * segmentBytes;
    while (this.#ring.length > 0 && this.#bytes + size > keepBytes) {
      const oldest = this.#ring[0] as number;
      if (Atomics.compareExchange(this.#o.control, oldest * WORDS + PENDING, 0, TAKEN) !== 0) {
        // Held: the backlog may take more, up to the limit.
        if (this.#bytes + size <= limitBytes && (this.#free.length > 0 || this.#buffers.length < MAX_SLOTS)) break;
        return false;
      }
      this.#ring.shift();
      const { length } = this.#buffers[oldest] as Uint8Array;
      if (length === size) {
        this.#begin(oldest);
        return true;
      }
      // Another size: its memory goes back. The slot stays taken until it has new memory.
      this.#bytes -= length;
      this.#free.push(oldest);
    }
    const slot = this.#free.pop() ?? this.#buffers.length;
    const buffer = new SharedArrayBuffer(size);
    this.#buffers[slot] = new Uint8Array(buffer);
    this.#bytes += size;
    this.#o.onBuffer(slot, buffer);
    this.#begin(slot);
    return true;
  }

  #begin(slot: number): void {
    this.#serial++;
    this.#fill = 0;
    this.#ring.push(slot);
    Atomics.store(this.#o.control, slot * WORDS + SERIAL, this.#serial);
    Atomics.store(this.#o.control, slot * WORDS + PENDING, 0);
  }
}
