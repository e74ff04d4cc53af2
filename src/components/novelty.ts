import type { ClassRecord } from "./library.js";
import { GRID, type PolarFrame, type PolarScale, type RegionSum } from "./polar-events.js";
import { countFrame, type FrameCounts, PRIOR, RateSmoother, TurnedRates } from "./turned-rates.js";

/** What the frames of a region are expected to be: its class, at its angle. */
export interface Expected {
  /** How many standard deviations a frame is further from that than Poisson noise makes it. */
  novelty(frame: PolarFrame): number;
}

const SECTOR = (2 * Math.PI) / GRID.sectors;

/** By how much the deviance of a frame is too small, because it is one of those that the rates are of. Single counts, which are most, are kept. */
class OwnShare {
  readonly #expected: Float64Array;
  /** NaN: not known yet. */
  readonly #single: Float64Array;

  constructor(rate: Float64Array, exposure: Float64Array) {
    this.#expected = rate.map((v, b) => v * exposure[b]);
    this.#single = new Float64Array(rate.length).fill(Number.NaN);
  }

  of({ bins, counts }: FrameCounts): number {
    let sum = 0;
    for (let i = 0; i < bins.length; i++) {
      const [b, n] = [bins[i], counts[i]];
      if (n !== 1) sum += this.#share(b, n);
      else {
        if (Number.isNaN(this.#single[b])) this.#single[b] = this.#share(b, 1);
        sum += this.#single[b];
      }
    }
    return sum;
  }

  #share(bin: number, counts: number): number {
    return -2 * counts * Math.log(1 - counts / (this.#expected[bin] + counts + PRIOR));
  }
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
    const own = new OwnShare(rates.rate, exposure);
    return {
      novelty(frame) {
        const counts = countFrame({ ...frame, area: mean });
        const [expected, deviation] = rates.expected(counts.electrons, mean);
        return (rates.deviance(counts) + own.of(counts) - expected) / deviation;
      },
    };
  }
}
