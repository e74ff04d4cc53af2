import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { ClassRecord } from "./library.js";
import { BINS, DIRECT, GRID, type PolarFrame, type PolarScale, type RegionSum } from "./polar-events.js";
import { PRIOR, RateSmoother, TurnedRates } from "./turned-rates.js";

/** What the frames of a region are expected to be: its class, at its angle. */
export interface Expected {
  /** How many standard deviations a frame is further from that than Poisson noise makes it. */
  novelty(frame: PolarFrame): number;
}

const SECTOR = (2 * Math.PI) / GRID.sectors;

/** So many electrons of a bin that come one after the other are told from tables. */
const LEVELS = 4;
const SIZE = BINS + 1;
const tally = new Uint32Array(BINS);

/**
 * What the electrons of a frame add to its deviance 2 sum n ln(n / m) from expectations m of the same number of electrons, with what that is too small
 * by because the frame is one of those that they are of.
 */
class ElectronDeviance {
  /** ln m for an exposure of one frame, and electrons that are known in the bin. */
  readonly #logs: Float64Array;
  readonly #known: Float64Array;
  /** [LEVELS, SIZE] Of the first electron in a bin, the second, ...; NaN: not known yet. */
  readonly #steps = new Float32Array(LEVELS * SIZE).fill(Number.NaN);

  constructor(logs: Float64Array, known: Float64Array) {
    this.#logs = logs;
    this.#known = known;
  }

  of({ bins, direct }: PolarFrame, scale: number): number {
    const steps = this.#steps;
    let sum = -2 * (bins.length + direct) * Math.log(scale);
    for (let i = 0; i < bins.length; i++) {
      const b = bins[i];
      const n = tally[b]++;
      if (n >= LEVELS) sum += this.#step(b, n, 1);
      else {
        if (Number.isNaN(steps[n * SIZE + b])) steps[n * SIZE + b] = this.#step(b, n, 1);
        sum += steps[n * SIZE + b];
      }
    }
    for (let i = 0; i < bins.length; i++) tally[bins[i]] = 0;
    return sum + this.#step(DIRECT, 0, direct);
  }

  /** Of so many more electrons in a bin that has n. Where the region had no live pixel nothing is expected, and nothing is told. */
  #step(bin: number, n: number, more: number): number {
    if (!Number.isFinite(this.#logs[bin])) return 0;
    const known = this.#known[bin] + PRIOR;
    const all = n + more;
    const of = (k: number): number => (k > 0 ? k * (Math.log(k) + Math.log1p(k / known)) : 0);
    return more > 0 ? 2 * (of(all) - of(n) - more * this.#logs[bin]) : 0;
  }
}

class TurnedClass implements Expected {
  readonly #rates: TurnedRates;
  readonly #mean: Float32Array;
  readonly #deviance: ElectronDeviance;

  constructor(rates: TurnedRates, mean: Float32Array, deviance: ElectronDeviance) {
    this.#rates = rates;
    this.#mean = mean;
    this.#deviance = deviance;
  }

  novelty(frame: PolarFrame): number {
    const electrons = frame.bins.length + frame.direct;
    const [expected, deviation] = this.#rates.expected(electrons, this.#mean);
    return (this.#deviance.of(frame, electrons / this.#rates.mass(this.#mean)) - expected) / deviation;
  }
}

/** Says how badly classes explain frames. */
export class NoveltyMaker {
  readonly #smoother: RateSmoother;

  constructor(scale: PolarScale, kernels?: PolarKernels) {
    this.#smoother = new RateSmoother(scale, kernels);
  }

  /** `angle`: of the region, rad; NaN: none. Its frames are taken to have the mean live area of the region. */
  expect({ area, frames }: RegionSum, { rate, frames: counted }: ClassRecord, angle: number): Expected {
    const [mean, exposure] = [new Float32Array(SIZE), new Float64Array(SIZE)];
    for (let b = 0; b < SIZE; b++) {
      mean[b] = area[b] / Math.max(1, frames);
      exposure[b] = mean[b] * Math.max(1, counted);
    }
    const rates = new TurnedRates(this.#smoother.firm(rate, exposure), Number.isNaN(angle) ? 0 : angle / SECTOR);
    const { rate: turned } = rates;
    const logs = new Float64Array(SIZE);
    for (let b = 0; b < SIZE; b++) {
      exposure[b] *= turned[b];
      logs[b] = Math.log(turned[b] * mean[b]);
    }
    return new TurnedClass(rates, mean, new ElectronDeviance(logs, exposure));
  }
}
