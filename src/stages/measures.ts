import type { FrameShape } from "../core/frame.js";
import { layerSpec } from "../core/map-layer.js";
import type { Stage } from "../core/stage.js";
import { MEASURES, type PixelLane } from "../kernels/pixel-lane.js";

/** A packed frame, and the beam that it is measured about; px. */
export interface MeasureInput {
  /** Where it is staged: `length` bytes from `from` on. */
  readonly pixels: PixelLane;
  readonly from: number;
  readonly length: number;
  readonly shape: FrameShape;
  /** Whether the frame is added to the summary of `pixels`. */
  readonly accumulate: boolean;
  /** Row and col of the centre stand at `at` and behind. */
  readonly centre: Float64Array;
  readonly at: number;
  /** Row of the batch of polar counts that the frame is counted into; -1: none. */
  readonly polarRow: number;
}

const MAX = MEASURES.indexOf("max");
const outputs = (["sum", "bf", "adf", "com_row", "com_col"] as const).map((name) => ({
  column: MEASURES.indexOf(name),
  layer: layerSpec(name),
}));

/**
 * Virtual detectors and centre of mass of the frame alone: tier 1, needs no training and no neighbour.
 * Answers 0, or a code of DECODE_ERRORS: then nothing was measured.
 */
export const measures: Stage<MeasureInput, number> = {
  name: "measures",
  about: "Counts, virtual bright and dark field, centre of mass relative to the followed beam",
  reach: 0,
  writer: false,
  width: MEASURES.length,
  outputs,
  estimate({ pixels, from, length, shape, accumulate, centre, at, polarRow }, out, offset) {
    const answer = pixels.processAt(from, length, shape, accumulate, out, offset, centre, at, polarRow);
    // Not one pixel with data: no result, which is not 0.
    if (answer === 0 && Number.isNaN(out[offset + MAX])) for (const { column } of outputs) out[offset + column] = Number.NaN;
    return answer;
  },
};
