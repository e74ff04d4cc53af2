import { DIRECT, GRID, type PolarScale, type RegionSum } from "./polar-events.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
export const PROFILE = RINGS + 1;

/** Counts per ring of a whole ring of live pixels, last of the direct beam, and how many electrons were counted. */
export interface Profile {
  readonly counts: Float64Array;
  readonly electrons: number;
}

/** Area of each ring, px, last of the direct beam. */
export function ringAreas({ inner, outer }: PolarScale): Float64Array {
  const step = (outer - inner) / RINGS;
  return Float64Array.from({ length: PROFILE }, (_, r) =>
    r === RINGS ? Math.PI * inner * inner : 2 * Math.PI * (inner + (r + 0.5) * step) * step,
  );
}

/** The same from whole numbers throughout: it does not change when the region is turned. `areas`: of the rings. */
export function profileOf({ halves: [a, b], area, frames }: RegionSum, areas: Float64Array): Profile {
  const counts = new Float64Array(PROFILE);
  let electrons = 0;
  for (let r = 0; r < PROFILE; r++) {
    let n = 0;
    let live = 0;
    const end = Math.min(DIRECT + 1, (r + 1) * SECTORS);
    for (let i = r * SECTORS; i < end; i++) {
      n += a[i] + b[i];
      live += area[i];
    }
    electrons += n;
    counts[r] = live > 0 ? (n / live) * areas[r] * frames : 0;
  }
  return { counts, electrons };
}

export const addProfile = (a: Profile, b: Profile): Profile => ({
  counts: a.counts.map((v, r) => v + b.counts[r]),
  electrons: a.electrons + b.electrons,
});

/** Squared Hellinger distance of two profiles of unit sum, less what the noise of their counts makes of it. */
export function profileDistance(a: Profile, b: Profile): number {
  const [sumA, sumB] = [total(a), total(b)];
  if (!(sumA > 0 && sumB > 0)) return sumA > 0 || sumB > 0 ? 1 : 0;
  let distance = 0;
  let rings = 0;
  for (let r = 0; r < PROFILE; r++) {
    if (a.counts[r] === 0 && b.counts[r] === 0) continue;
    rings++;
    distance += (Math.sqrt(a.counts[r] / sumA) - Math.sqrt(b.counts[r] / sumB)) ** 2;
  }
  return distance - 0.25 * rings * (1 / a.electrons + 1 / b.electrons);
}

const total = ({ counts }: Profile): number => counts.reduce((a, v) => a + v, 0);
