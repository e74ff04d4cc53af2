import type { FrameShape } from "../core/frame.js";
import type { Desk } from "./desk.js";
import { REF } from "./slab.js";

/** Where frames lie; of an image number. */
export interface FrameSource {
  ref(image: number, out: Int32Array, at: number): boolean;
  shape(image: number): FrameShape;
  /** Scan index of an image; negative: not on the map. */
  at(image: number): number;
  /** Which of the frames of its position an image is. */
  part(image: number): number;
  /** Its position has measures. */
  measured(image: number): boolean;
  /** Its frame is part of the summary of the scan. */
  summed(image: number): boolean;
  markSummed(image: number): void;
}

/**
 * Lays the first `count` images of a desk out on it, at least one. `predict` writes the beam centre of an image at a scan index.
 * The shape of each frame, or of all where they are one.
 */
export function gatherFrames(
  desk: Desk,
  count: number,
  source: FrameSource,
  predict: (image: number, at: number, out: Float64Array, i: number) => void,
): readonly FrameShape[] {
  const { image: images, at } = desk;
  const first = source.shape(images[0] as number);
  let same = true;
  for (let i = 0; i < count; i++) {
    const image = images[i] as number;
    desk.accumulate[i] = source.summed(image) ? 0 : 1;
    source.markSummed(image);
    source.ref(image, desk.ref, i * REF.width);
    at[i] = source.at(image);
    predict(image, at[i] as number, desk.centre, 2 * i);
    same &&= source.shape(image) === first;
  }
  return same ? [first] : Array.from(images.subarray(0, count), (image) => source.shape(image));
}
