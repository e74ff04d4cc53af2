import type { FrameSource } from "./gather-frames.js";
import { REF, type SlabReader } from "./slab.js";

export function releaseFrames(images: Iterable<number>, source: FrameSource, slab: SlabReader): void {
  const ref = new Int32Array(REF.width);
  for (const image of images) if (source.ref(image, ref, 0)) slab.release(ref[REF.slot] as number);
}

/** Holds the frames of all images of the map in [from, end); null, and none held, where one is gone: half of them would be a mixture. */
export function holdFrames(from: number, end: number, source: FrameSource, slab: SlabReader): Int32Array<ArrayBuffer> | null {
  const ref = new Int32Array(REF.width);
  const images: number[] = [];
  for (let image = from; image < end; image++) {
    if (source.at(image) < 0 || !source.ref(image, ref, 0)) continue;
    if (!slab.hold(ref[REF.slot] as number, ref[REF.serial] as number)) {
      releaseFrames(images, source, slab);
      return null;
    }
    images.push(image);
  }
  return Int32Array.from(images);
}
