// A fixed matcher of rotations within the plane: what denoising is worth to those who map orientations.
import type { EstimateAt } from "./score.js";
import type { TruthSet } from "./truth-set.js";

export interface AngleErrors {
  /** Median over the cores of grains, degrees. */
  readonly core: number;
  /** Mean over their boundaries, degrees. */
  readonly boundary: number;
}

/** Sectors of a degree. */
const SECTORS = 360;
/** Innermost ring and the distance of the outermost from the edge of the detector, px; rings are 1 px apart. */
const FIRST_RING = 4;
const MARGIN = 4;
/** Rotations that are tried, degrees to either side; less where the symmetry makes them the same. */
const SEARCH = 30;

interface Polar {
  /** [ring, sector] square roots without the mean of their ring. Lent until the next call. */
  of(image: Float32Array, position: number): Float32Array;
  readonly rings: number;
}

/** Samples between pixels, about the beam of each position; masked pixels and those outside count for nothing. */
function polarOf({ height, width, good, centre }: TruthSet): Polar {
  const rings = Math.floor(Math.min(height, width) / 2 - MARGIN) - FIRST_RING + 1;
  const usable = new Uint8Array(height * width);
  for (const p of good) usable[p] = 1;
  const turn = Array.from({ length: SECTORS }, (_, s) => (2 * Math.PI * s) / SECTORS);
  const [sines, cosines] = [turn.map(Math.sin), turn.map(Math.cos)];
  const out = new Float32Array(rings * SECTORS);
  const sample = (image: Float32Array, row: number, col: number): number => {
    const [r0, c0] = [Math.floor(row), Math.floor(col)];
    let [sum, weight] = [0, 0];
    for (let r = r0; r <= r0 + 1; r++)
      for (let c = c0; c <= c0 + 1; c++) {
        const p = r * width + c;
        if (r < 0 || c < 0 || r >= height || c >= width || usable[p] === 0) continue;
        const w = (1 - Math.abs(row - r)) * (1 - Math.abs(col - c));
        weight += w;
        sum += w * (image[p] as number);
      }
    return weight > 0 ? Math.sqrt(Math.max(0, sum / weight)) : 0;
  };
  return {
    rings,
    of(image, position) {
      const [row, col] = [centre[2 * position] as number, centre[2 * position + 1] as number];
      for (let ring = 0; ring < rings; ring++) {
        const [from, radius] = [ring * SECTORS, FIRST_RING + ring];
        let mean = 0;
        for (let s = 0; s < SECTORS; s++) {
          const v = sample(image, row + radius * (sines[s] as number), col + radius * (cosines[s] as number));
          out[from + s] = v;
          mean += v / SECTORS;
        }
        for (let s = 0; s < SECTORS; s++) out[from + s] = (out[from + s] as number) - mean;
      }
      return out;
    },
  };
}

/** Rotation from the reference, degrees, by cross-correlation and a parabola through its highest value. */
function rotation(reference: Float32Array, pattern: Float32Array, search: number): number {
  const likeness = (shift: number): number => {
    let sum = 0;
    for (let from = 0; from < pattern.length; from += SECTORS)
      for (let s = 0; s < SECTORS; s++)
        sum += (reference[from + s] as number) * (pattern[from + ((s + shift + SECTORS) % SECTORS)] as number);
    return sum;
  };
  const shifts = Array.from({ length: 2 * search + 1 }, (_, i) => likeness(i - search));
  const best = shifts.indexOf(Math.max(...shifts));
  const [before, top, after] = [best - 1, best, best + 1].map((i) => shifts[i] ?? likeness(i - search)) as [number, number, number];
  const bend = before - 2 * top + after;
  return best - search + (bend < 0 ? (0.5 * (before - after)) / bend : 0);
}

/** Mean noiseless pattern of each grain, in polar bins. */
function references(set: TruthSet, fold: Uint8Array, polar: Polar): Map<number, Float32Array> {
  const means = new Map<number, Float32Array>();
  for (let position = 0; position < fold.length; position++) {
    if (fold[position] === 0) continue;
    const grain = set.grain[position] as number;
    const mean = means.get(grain) ?? new Float32Array(polar.rings * SECTORS);
    means.set(grain, mean);
    polar.of(set.expected(position), position).forEach((v, i) => {
      mean[i] = (mean[i] as number) + v;
    });
  }
  return means;
}

/** Matches estimates against the mean noiseless pattern of their grain. The true rotation is what the noiseless pattern of the position itself gives. */
export function angleMatcher(set: TruthSet): ((at: EstimateAt) => Promise<AngleErrors>) | null {
  const { fold, boundary } = set;
  if (!fold) return null;
  const polar = polarOf(set);
  const means = references(set, fold, polar);
  const match = (image: Float32Array, position: number): number => {
    const search = Math.min(SEARCH, Math.floor(180 / (fold[position] as number)));
    return rotation(means.get(set.grain[position] as number) as Float32Array, polar.of(image, position), search);
  };
  const truth = Float64Array.from(fold, (f, position) => (f === 0 ? 0 : match(set.expected(position), position)));
  return async (at) => {
    const core: number[] = [];
    let [sum, edges] = [0, 0];
    for (let position = 0; position < fold.length; position++) {
      if (fold[position] === 0) continue;
      const image = await at(Math.floor(position / set.columns), position % set.columns);
      const error = Math.abs(match(image, position) - (truth[position] as number));
      if (boundary[position] === 0) core.push(error);
      else {
        sum += error;
        edges++;
      }
    }
    core.sort((a, b) => a - b);
    return { core: core[core.length >> 1] ?? Number.NaN, boundary: sum / edges };
  };
}
