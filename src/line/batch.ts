import { REF } from "./slab.js";

/** Most frames in a batch. */
export const BATCH_FRAMES = 256;

const STATE = 0;
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

/** Columns in shared memory, written by the ingest lane, read by the main thread, used again and again. */
export interface Batch extends BatchColumns {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
  /** The ingest lane: takes it if the main thread has read it. */
  claim(): boolean;
  /** The main thread has read it. */
  release(): void;
}

export function aBatch(id: number, buffer = new SharedArrayBuffer(BYTES)): Batch {
  const state = new Int32Array(buffer, STATE, 1);
  return {
    id,
    buffer,
    image: new Float64Array(buffer, IMAGE, BATCH_FRAMES),
    ref: new Int32Array(buffer, REFS, BATCH_FRAMES * REF.width),
    shape: new Uint8Array(buffer, SHAPE, BATCH_FRAMES),
    complete: new Uint8Array(buffer, COMPLETE, BATCH_FRAMES),
    claim: () => Atomics.compareExchange(state, 0, 0, 1) === 0,
    release: () => Atomics.store(state, 0, 0),
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
