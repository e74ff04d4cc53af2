import { layerSpec } from "../core/map-layer.js";
import type { Stage } from "../core/stage.js";
import { MEASURES, type PixelLane } from "../kernels/pixel-lane.js";

/** A decoded frame and the beam that it is measured about; px. */
export interface MeasureInput {
  readonly pixels: PixelLane;
  readonly row: number;
  readonly col: number;
  readonly radius: number;
}

const MAX = MEASURES.indexOf("max");
const outputs = (["sum", "bf", "adf", "com_row", "com_col"] as const).map((name) => ({
  column: MEASURES.indexOf(name),
  layer: layerSpec(name),
}));

/** Virtual detectors and centre of mass of the frame alone: tier 1, needs no training and no neighbour. */
export const measures: Stage<MeasureInput> = {
  name: "measures",
  about: "Counts, virtual bright and dark field, centre of mass relative to the followed beam",
  reach: 0,
  writer: false,
  width: MEASURES.length,
  outputs: (["sum", "bf", "adf", "com_row", "com_col"] as const).map((name) => ({
    column: MEASURES.indexOf(name),
    layer: layerSpec(name),
  })),
  estimate: ({ pixels, row, col, radius }, out, offset) => {
    pixels.measure(out, offset, row, col, radius);
    // Not one pixel with data: no result, which is not 0.
    if (Number.isNaN(out[offset + MAX])) for (const { column } of outputs) out[offset + column] = Number.NaN;
  },
};
