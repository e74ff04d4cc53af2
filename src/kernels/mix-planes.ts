/** How the mixing weights of a pixel follow from the rate that its neighbours suggest. */
export interface MixTable {
  /** [steps + 1, stride]: weights per member at equal distances of the logarithm of the rate; the rest of a row is 0. */
  readonly weights: Float32Array;
  readonly stride: number;
  /** Steps per factor of two; `first`: base-2 logarithm of rate / mean count at row 0. */
  readonly perOctave: number;
  readonly first: number;
}

/**
 * estimate = the planes' weighted sum, with the weights of the guide's rate; at least `least` of plane `floor`. Planes [members] of as many
 * pixels as `guide`. `mean`: mean count per pixel.
 */
export function mixPlanes(
  planes: readonly Float32Array[],
  guide: Float32Array,
  mean: number,
  { weights, stride, perOctave, first }: MixTable,
  floor: number,
  least: number,
  out: Float32Array,
): void {
  const last = weights.length / stride - 1;
  const members = planes.length;
  for (let p = 0; p < out.length; p++) {
    const at = perOctave * (Math.log2(guide[p] / mean) - first);
    const row = stride * Math.min(last, Math.max(0, Math.round(at) || 0));
    let sum = 0;
    for (let k = 0; k < members; k++) sum += weights[row + k] * planes[k][p];
    out[p] = Math.max(sum, least * planes[floor][p]);
  }
}
