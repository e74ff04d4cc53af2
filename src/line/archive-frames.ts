import { aBatch, type Batch } from "./batch.js";
import { REF, type SlabReader } from "./slab.js";

/** Calls back once for each run of frames in one segment. */
export function eachSegment(ref: Int32Array, count: number, visit: (slot: number, serial: number) => void): void {
  let last = -1;
  for (let i = 0; i < count; i++) {
    const slot = ref[i * REF.width + REF.slot] as number;
    if (slot !== last) visit(slot, ref[i * REF.width + REF.serial] as number);
    last = slot;
  }
}

/** Frames of batches as the thread of archives sees them. */
export function slabFrames(slab: SlabReader) {
  const batches: Batch[] = [];
  const batchOf = (n: number): Batch => batches[n] as Batch;
  return {
    adopt(batch: number, buffer: SharedArrayBuffer): void {
      batches[batch] = aBatch(batch, buffer);
    },
    /** null: it was taken back meanwhile, and may be another one by now. */
    take: (batch: number, ticket: number): Batch | null => (batchOf(batch).take(ticket) ? batchOf(batch) : null),
    bytes(batch: number, n: number): Uint8Array {
      const { ref } = batchOf(batch);
      const at = n * REF.width;
      return slab.bytes(ref[at + REF.slot] as number, ref[at + REF.offset] as number, ref[at + REF.length] as number);
    },
    done(batch: number, count: number): void {
      eachSegment(batchOf(batch).ref, count, (slot) => slab.release(slot));
      batchOf(batch).release();
    },
  };
}
