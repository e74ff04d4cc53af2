import { REF } from "./slab.js";

/** Most frames in a batch. */
export const BATCH_FRAMES = 256;

const STATE = 0;
const TICKET = 1;
const IMAGE = 8;
const REFS = IMAGE + BATCH_FRAMES * 8;
const SHAPE = REFS + BATCH_FRAMES * REF.width * 4;
const COMPLETE = SHAPE + BATCH_FRAMES;
const BYTES = COMPLETE + BATCH_FRAMES;

/** Columns of received frames. */
export interface BatchColumns {
  readonly image: Float64Array;
  /** REF.width numbers per frame. */
  readonly ref: Int32Array;
  /** Index into the shapes of the batch. */
  readonly shape: Uint8Array;
  /** Zero: the detector lost a part of it. */
  readonly complete: Uint8Array;
}

/** Columns in shared memory, written by the ingest lane, read by the main thread and whoever it hands them to, used again and again. */
export interface Batch extends BatchColumns {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
  /** The ingest lane: takes it if the main thread has read it. */
  claim(): boolean;
  /** One more reads it. */
  hold(): void;
  /** One less; when nobody does it may be used again. */
  release(): void;
  /** Lays it out for another thread under a number, not 0. */
  offer(ticket: number): void;
  /** Takes what was laid out under this number; false: somebody else has. */
  take(ticket: number): boolean;
}

export function aBatch(id: number, buffer = new SharedArrayBuffer(BYTES)): Batch {
  const state = new Int32Array(buffer, 0, 2);
  return {
    id,
    buffer,
    image: new Float64Array(buffer, IMAGE, BATCH_FRAMES),
    ref: new Int32Array(buffer, REFS, BATCH_FRAMES * REF.width),
    shape: new Uint8Array(buffer, SHAPE, BATCH_FRAMES),
    complete: new Uint8Array(buffer, COMPLETE, BATCH_FRAMES),
    claim: () => Atomics.compareExchange(state, STATE, 0, 1) === 0,
    hold: () => void Atomics.add(state, STATE, 1),
    release: () => void Atomics.sub(state, STATE, 1),
    offer: (ticket) => void Atomics.store(state, TICKET, ticket),
    take: (ticket) => Atomics.compareExchange(state, TICKET, ticket, 0) === ticket,
  };
}

/** The batches of the ingest lane: the first that has been read, or a new one. */
export function batchShelf(onNew: (batch: Batch) => void): () => Batch {
  const batches: Batch[] = [];
  return () => {
    const free = batches.find((b) => b.claim());
    if (free) return free;
    const batch = aBatch(batches.length);
    batch.claim();
    batches.push(batch);
    onNew(batch);
    return batch;
  };
}
