import type { RegionSum } from "./polar-events.js";
import { emptySum, type HalfSum } from "./region-sum.js";
import { addSpread } from "./rotation.js";

/** The sum of regions, each turned back by its own turn. */
export function sumBack(sums: readonly RegionSum[], turns: readonly number[]): HalfSum {
  const out = emptySum();
  for (const [i, { halves, area, frames }] of sums.entries()) {
    addSpread(halves[0], -turns[i], 1, out.halves[0]);
    addSpread(halves[1], -turns[i], 1, out.halves[1]);
    addSpread(area, -turns[i], 1, out.area);
    out.frames += frames;
  }
  return out;
}

/** [BINS + 1] Mean counts of a live pixel in a frame; 0 where no pixel is live. */
export function rateOf({ halves: [a, b], area }: RegionSum): Float64Array {
  const rate = new Float64Array(area.length);
  for (let i = 0; i < rate.length; i++) if (area[i] > 0) rate[i] = (a[i] + b[i]) / area[i];
  return rate;
}
