import { type LayerSpec, layerSpec } from "../core/map-layer.js";
import { POLAR } from "../core/polar.js";
import type { Stage } from "../core/stage.js";
import { MOST_DETECTORS } from "../core/virtual-detector.js";

/** Bands of rings whose counts are summed, and angular orders of which the cosine and the sine sum are taken. */
const BANDS = 8;
const ORDERS = [1, 2, 4, 6] as const;
/**
 * Cosines and sines are whole multiples of 1 / DIGIT^2, written with two digits from -DIGIT to DIGIT, so that counts up to 255 per bin are
 * multiplied exactly, in bytes: the largest base with which no sum of all bins reaches 2^24 (fitsIntegers). Rounding them turns an angle by
 * less than 0.02 degrees.
 */
const DIGIT = 48;

/** What each projection is, in their order. */
export const PROJECTIONS: readonly string[] = [
  ...Array.from({ length: BANDS }, (_, b) => `ring ${b + 1}`),
  ...ORDERS.flatMap((m) => [`${m}-fold cos`, `${m}-fold sin`]),
];

const rounded = (x: number): number => Math.round(x * DIGIT * DIGIT) / (DIGIT * DIGIT);

/**
 * Weights [rings * sectors, projections]: counts in bands of rings from the edge of the bright-field disk outwards; and the angular Fourier
 * coefficients of all counts beyond it, sum of n cos(m angle) and n sin(m angle), angle of the middle of the sector from +col towards +row,
 * cosines and sines rounded to 1/2304. `orient` turns a vector (row, col) of the detector as sent into the configured orientation.
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
      weights[bin * width + BANDS + 2 * i] = rounded(Math.cos(m * angle));
      weights[bin * width + BANDS + 2 * i + 1] = rounded(Math.sin(m * angle));
    }
  }
  return weights;
}

/** Outputs of the product: the bands, then the upper digits of the Fourier coefficients, then the lower ones, then virtual detectors. */
export const DIGITS = 2 * PROJECTIONS.length - BANDS + MOST_DETECTORS;
/** Where those of virtual detectors begin: among the outputs, and among the numbers of a position. */
const DETECTOR_OUTPUTS = DIGITS - MOST_DETECTORS;
export const DETECTOR_COLUMN = PROJECTIONS.length;

/** The same weights in whole digits [rings * sectors, DIGITS]; virtual detectors: none. */
export function projectionDigits(weights: Float32Array): Float32Array {
  const width = PROJECTIONS.length;
  const digits = new Float32Array((weights.length / width) * DIGITS);
  for (let at = 0, to = 0; at < weights.length; at += width, to += DIGITS)
    for (let k = 0; k < width; k++) {
      const weight = weights[at + k] as number;
      const upper = Math.round(weight * DIGIT);
      digits[to + k] = k < BANDS ? weight : upper;
      if (k >= BANDS) digits[to + width + k - BANDS] = Math.round((weight * DIGIT - upper) * DIGIT);
    }
  return digits;
}

/** Puts whole weights of virtual detectors, [rings * sectors, MOST_DETECTORS], beside the others. */
export function placeDetectors(digits: Float32Array, weights: Float32Array): void {
  for (let from = 0, to = DETECTOR_OUTPUTS; from < weights.length; from += MOST_DETECTORS, to += DIGITS)
    for (let k = 0; k < MOST_DETECTORS; k++) digits[to + k] = weights[from + k] as number;
}

/** Multiplies counts [batch, rings * sectors] with the digits. */
type Product<Counts> = { apply(counts: Counts, results: Float32Array): Promise<void> };

/** A batch of polar counts, and what multiplies it with the digits of the weights. */
export interface ProjectionInput {
  /** Only the first `rows` are asked for. Bytes where they fit: the results are the same. */
  readonly counts: Float32Array | Uint8Array;
  readonly rows: number;
  readonly floatMap: Product<Float32Array>;
  readonly byteMap: Product<Uint8Array>;
  /** Of virtual detectors: what their outputs are multiplied with. */
  readonly scale: Float64Array;
  /** [batch, DIGITS], written over. */
  readonly results: Float32Array;
  /** Numbers from one position to the next in `out`. */
  readonly stride: number;
}

const layer: LayerSpec = { ...layerSpec("projections"), parts: PROJECTIONS };

/** Linear features of the polar counts of a frame, a batch at a time, as one matrix product. */
export const projections: Stage<ProjectionInput, Promise<void>> = {
  name: "projections",
  about: "Counts in rings, angular Fourier coefficients and virtual detectors, from polar counts about the followed beam",
  reach: 0,
  writer: false,
  width: PROJECTIONS.length + MOST_DETECTORS,
  outputs: PROJECTIONS.map((_, column) => ({ column, layer, channel: column })),
  async estimate({ counts, rows, floatMap, byteMap, scale, results, stride }, out, offset) {
    await (counts instanceof Uint8Array ? byteMap.apply(counts, results) : floatMap.apply(counts, results));
    const width = PROJECTIONS.length;
    for (let r = 0; r < rows; r++) {
      const [from, to] = [r * DIGITS, offset + r * stride];
      for (let k = 0; k < BANDS; k++) out[to + k] = results[from + k] as number;
      for (let k = BANDS; k < width; k++)
        out[to + k] = (DIGIT * (results[from + k] as number) + (results[from + width + k - BANDS] as number)) / (DIGIT * DIGIT);
      for (let k = 0; k < MOST_DETECTORS; k++)
        out[to + DETECTOR_COLUMN + k] = (results[from + DETECTOR_OUTPUTS + k] as number) * (scale[k] as number);
    }
  },
};
