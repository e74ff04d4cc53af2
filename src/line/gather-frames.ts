import type { FrameShape } from "../core/frame.js";
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

/** Frames as columns. */
export interface FrameColumns {
  readonly at: Int32Array;
  readonly ref: Int32Array<ArrayBuffer>;
  /** Of each frame, or of all where they are one. */
  readonly shape: readonly FrameShape[];
  /** Beam centre per frame: row, col pairs; px. */
  readonly centre: Float64Array;
  /** Non-zero per frame: it is to go into the summary, and is marked so. */
  readonly accumulate: Uint8Array;
}

/** The columns of some images, at least one. `predict` writes the beam centre of an image at a scan index. */
export function gatherFrames(
  images: readonly number[],
  source: FrameSource,
  predict: (image: number, at: number, out: Float64Array, i: number) => void,
): FrameColumns {
  const count = images.length;
  const at = new Int32Array(count);
  const ref = new Int32Array(count * REF.width);
  const centre = new Float64Array(2 * count);
  const accumulate = new Uint8Array(count);
  const first = source.shape(images[0] as number);
  let same = true;
  for (let i = 0; i < count; i++) {
    const image = images[i] as number;
    if (!source.summed(image)) {
      accumulate[i] = 1;
      source.markSummed(image);
    }
    source.ref(image, ref, i * REF.width);
    at[i] = source.at(image);
    predict(image, at[i] as number, centre, 2 * i);
    same &&= source.shape(image) === first;
  }
  return { at, ref, shape: same ? [first] : images.map((image) => source.shape(image)), centre, accumulate };
}
