/** How the mixing weights of a pixel follow from the rate that its neighbours suggest. */
export interface MixTable {
  /** [rows, MIX_STRIDE]: weights per member; the rest of a row is 0. The first row serves all rates below, the last all above. */
  readonly weights: Float32Array;
  /** Bits of the float32 rate at which row 0 begins. Each row is 2^MIX_ROW numbers of float32 wide. */
  readonly first: number;
}
/** Weights in a row of the table. */
export const MIX_STRIDE = 16;
/** Rows are told by the upper bits of a rate as float32, so that no logarithm is needed: 2^(23 - MIX_ROW) rows per factor of two. */
export const MIX_ROW = 18;

/** The row of each rate, from its bits. */
export const rowOf = (bits: number, first: number, last: number): number => Math.min(last, (Math.max(bits, first) - first) >>> MIX_ROW);

/** estimate = the planes' weighted sum, with the weights of the guide's rate; at least `least` of plane `floor`. Planes of as many pixels as `guide`. */
export function mixPlanes(
  planes: readonly Float32Array[],
  guide: Float32Array,
  { weights, first }: MixTable,
  floor: number,
  least: number,
  out: Float32Array,
): void {
  const last = weights.length / MIX_STRIDE - 1;
  const bits = new Int32Array(guide.buffer, guide.byteOffset, guide.length);
  const members = planes.length;
  for (let p = 0; p < out.length; p++) {
    const row = MIX_STRIDE * rowOf(bits[p], first, last);
    let sum = 0;
    for (let k = 0; k < members; k++) sum += weights[row + k] * planes[k][p];
    out[p] = Math.max(sum, least * planes[floor][p]);
  }
}
