import type { FrameShape } from "../core/frame.js";
import type { KeptRow } from "../core/sink.js";
import { REF, type SlabReader } from "./slab.js";

/** Bytes of frames that are answered at once, but for the first one. */
const MOST_BYTES = 1 << 26;

export interface KeptSource {
  readonly columns: number;
  readonly slab: SlabReader;
  /** Calls back for the images at a scan index that have a frame. */
  readonly eachImage: (at: number, visit: (image: number) => void) => void;
  readonly ref: (image: number, out: Int32Array, at: number) => boolean;
  readonly shape: (image: number) => FrameShape;
}

/** Copies the frames of a row that are still kept, from a column on. */
export function keptRow({ columns, slab, eachImage, ref, shape }: KeptSource, row: number, from: number, most = MOST_BYTES): KeptRow {
  const shapes: FrameShape[] = [];
  const frames: KeptRow["frames"][number][] = [];
  const payloads: Uint8Array[] = [];
  const found = new Int32Array(REF.width);
  let [bytes, column] = [0, from];
  for (; column < columns && bytes < most; column++)
    eachImage(row * columns + column, (image) => {
      const slot = ref(image, found, 0) ? (found[REF.slot] as number) : -1;
      if (slot < 0 || !slab.hold(slot, found[REF.serial] as number)) return;
      const payload = Uint8Array.from(slab.bytes(slot, found[REF.offset] as number, found[REF.length] as number));
      slab.release(slot);
      const own = shape(image);
      if (!shapes.includes(own)) shapes.push(own);
      frames.push([column, shapes.indexOf(own), payload.length]);
      payloads.push(payload);
      bytes += payload.length;
    });
  return { shapes, frames, payloads: Buffer.concat(payloads), next: column < columns ? column : null };
}
