import { type FrameShape, type PixelArray, sameFrame } from "../core/frame.js";
import { DECODED, type PixelLane } from "../kernels/pixel-lane.js";

/** Unpacks frames; what is answered is a view, until the next one. null: it cannot be unpacked. */
export function createUnpacker(newPixelLane: () => PixelLane): (bytes: Uint8Array, shape: FrameShape) => PixelArray | null {
  let lane: PixelLane | null = null;
  let known: FrameShape | null = null;
  return (bytes, shape) => {
    lane ??= newPixelLane();
    if (!known || !sameFrame(known, shape)) {
      const { height, width, type } = shape;
      lane.configure({ height, width, type, mask: null, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
      known = shape;
    }
    return lane.decode(bytes, shape) === DECODED ? lane.pixels() : null;
  };
}
