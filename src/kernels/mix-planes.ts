/** How the mixing weights of a pixel follow from the rate that its neighbours suggest, and from how far that rises above its surroundings. */
export interface MixTable {
  /** [rows, columns, MIX_STRIDE]: weights per member; the rest is 0. The first row serves all rates below, the last all above. */
  readonly weights: Float32Array;
  /** MIX_COLUMNS; 1: it does not matter how far the rate rises. */
  readonly columns: number;
  /** Bits of the float32 rate at which row 0 begins. Each row is 2^MIX_STEP numbers of float32 wide. */
  readonly first: number;
  /** Added to the rate and to that of the surroundings before they are compared. */
  readonly dark: number;
}
/** Weights of one kind of pixel. */
export const MIX_STRIDE = 16;
/** Rows and columns are told by the upper bits of float32 numbers, so that no logarithm is needed: 2^(23 - MIX_STEP) per factor of two. */
export const MIX_STEP = 19;
/** From half the rate of the surroundings to twice that. */
export const MIX_COLUMNS = 32;
/** Bits of 1/2 as float32. */
export const HALF_BITS = 0x3f000000;

/** The row of each rate, from its bits. */
export const rowOf = (bits: number, first: number, last: number): number => Math.min(last, (Math.max(bits, first) - first) >>> MIX_STEP);

const ratio = new Float32Array(1);
const ratioBits = new Int32Array(ratio.buffer);

/** The column of a rate and that of its surroundings. */
export function columnOf(rate: number, around: number, dark: number): number {
  ratio[0] = Math.fround(rate + dark) / Math.fround(around + dark);
  return ratio[0] > 0.5 ? rowOf(ratioBits[0], HALF_BITS, MIX_COLUMNS - 1) : 0;
}

/**
 * estimate = the planes' weighted sum, with the weights of the guide's rate and of that around it; at least `least` of plane `floor`. Planes of
 * as many pixels as `guide`.
 */
export function mixPlanes(
  planes: readonly Float32Array[],
  guide: Float32Array,
  around: Float32Array,
  { weights, columns, first, dark }: MixTable,
  floor: number,
  least: number,
  out: Float32Array,
): void {
  const last = weights.length / (MIX_STRIDE * columns) - 1;
  const bits = new Int32Array(guide.buffer, guide.byteOffset, guide.length);
  const members = planes.length;
  for (let p = 0; p < out.length; p++) {
    const column = columns === 1 ? 0 : columnOf(guide[p], around[p], dark);
    const row = MIX_STRIDE * (columns * rowOf(bits[p], first, last) + column);
    let sum = 0;
    for (let k = 0; k < members; k++) sum += weights[row + k] * planes[k][p];
    out[p] = Math.max(sum, least * planes[floor][p]);
  }
}
