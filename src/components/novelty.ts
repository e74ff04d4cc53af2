import type { ClassRecord } from "./library.js";
import { GRID, type PolarFrame, type PolarScale, type RegionSum } from "./polar-events.js";
import { countFrame, type FrameCounts, PRIOR, RateSmoother, TurnedRates } from "./turned-rates.js";

/** What the frames of a region are expected to be: its class, at its angle. */
export interface Expected {
  /** How many standard deviations a frame is further from that than Poisson noise makes it. */
  novelty(frame: PolarFrame): number;
}

const SECTOR = (2 * Math.PI) / GRID.sectors;

/** By how much the deviance of a frame is too small, because it is one of those that the rates are of. */
function ownShare({ bins, counts }: FrameCounts, rate: Float64Array, exposure: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < bins.length; i++)
    sum -= 2 * counts[i] * Math.log(1 - counts[i] / (rate[bins[i]] * exposure[bins[i]] + counts[i] + PRIOR));
  return sum;
}

/** Says how badly classes explain frames. */
export class NoveltyMaker {
  readonly #smoother: RateSmoother;

  constructor(scale: PolarScale) {
    this.#smoother = new RateSmoother(scale);
  }

  /** `angle`: of the region, rad; NaN: none. Its frames are taken to have the mean live area of the region. */
  expect({ area, frames }: RegionSum, { rate, frames: counted }: ClassRecord, angle: number): Expected {
    const mean = Float32Array.from(area, (a) => a / Math.max(1, frames));
    const exposure = Float64Array.from(mean, (a) => a * Math.max(1, counted));
    const rates = new TurnedRates(this.#smoother.firm(rate, exposure), Number.isNaN(angle) ? 0 : angle / SECTOR);
    return {
      novelty(frame) {
        const counts = countFrame({ ...frame, area: mean });
        const [expected, deviation] = rates.expected(counts.electrons, mean);
        return (rates.deviance(counts) + ownShare(counts, rates.rate, exposure) - expected) / deviation;
      },
    };
  }
}
