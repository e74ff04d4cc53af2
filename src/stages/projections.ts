import { type LayerSpec, layerSpec } from "../core/map-layer.js";
import { POLAR } from "../core/polar.js";
import type { Stage } from "../core/stage.js";

/** Bands of rings whose counts are summed, and angular orders of which the cosine and the sine sum are taken. */
const BANDS = 8;
const ORDERS = [1, 2, 4, 6] as const;

/** What each projection is, in their order. */
export const PROJECTIONS: readonly string[] = [
  ...Array.from({ length: BANDS }, (_, b) => `ring ${b + 1}`),
  ...ORDERS.flatMap((m) => [`${m}-fold cos`, `${m}-fold sin`]),
];

/**
 * Weights [rings * sectors, projections]: counts in bands of rings from the edge of the bright-field disk outwards; and the angular Fourier
 * coefficients of all counts beyond it, sum of n cos(m angle) and n sin(m angle), angle of the middle of the sector from +col towards +row.
 * `orient` turns a vector (row, col) of the detector as sent into the configured orientation.
 */
export function projectionWeights(orient: (row: number, col: number) => readonly [number, number]): Float32Array {
  const { rings, sectors } = POLAR;
  const width = PROJECTIONS.length;
  const weights = new Float32Array(rings * sectors * width);
  for (let bin = 0; bin < rings * sectors; bin++) {
    const ring = Math.floor(bin / sectors);
    const sent = (2 * Math.PI * ((bin % sectors) + 0.5)) / sectors;
    const [row, col] = orient(Math.sin(sent), Math.cos(sent));
    const angle = Math.atan2(row, col);
    weights[bin * width + Math.floor((ring * BANDS) / rings)] = 1;
    for (const [i, m] of ORDERS.entries()) {
      weights[bin * width + BANDS + 2 * i] = Math.cos(m * angle);
      weights[bin * width + BANDS + 2 * i + 1] = Math.sin(m * angle);
    }
  }
  return weights;
}

/** A batch of polar counts, and what multiplies it with the weights. */
export interface ProjectionInput {
  /** [batch, rings * sectors]; only the first `rows` are asked for. */
  readonly counts: Float32Array;
  readonly rows: number;
  readonly map: { apply(counts: Float32Array, results: Float32Array): Promise<void> };
  /** [batch, projections], written over. */
  readonly results: Float32Array;
  /** Numbers from one position to the next in `out`. */
  readonly stride: number;
}

const layer: LayerSpec = { ...layerSpec("projections"), parts: PROJECTIONS };

/** Linear features of the polar counts of a frame, a batch at a time, as one matrix product. */
export const projections: Stage<ProjectionInput, Promise<void>> = {
  name: "projections",
  about: "Counts in rings and angular Fourier coefficients, from polar counts about the followed beam",
  reach: 0,
  writer: false,
  width: PROJECTIONS.length,
  outputs: PROJECTIONS.map((_, column) => ({ column, layer, channel: column })),
  async estimate({ counts, rows, map, results, stride }, out, offset) {
    await map.apply(counts, results);
    const width = PROJECTIONS.length;
    for (let r = 0; r < rows; r++) for (let k = 0; k < width; k++) out[offset + r * stride + k] = results[r * width + k] as number;
  },
};
