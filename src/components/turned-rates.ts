import { dotMixed } from "../kernels/count-events.js";
import type { PolarKernels } from "../kernels/polar-kernels.js";
import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { devianceMoments } from "./deviance-moments.js";
import { BINS, DIRECT, GRID, type PolarFrame, type PolarScale } from "./polar-events.js";
import { plainKernels } from "./polar-kernels.js";
import { addSpread } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Blur of what is expected of a bin by those around it, in disk radii, and how many electrons that is worth. */
const BLUR = 0.6;
export const PRIOR = 8;
/** No rate is less than this share of the mean of its ring, half an electron there, or this share of the mean of all: no electron is impossible. */
const FLOOR = 0.02;
const HALF = 0.5;
const UNSEEN = 1e-6;
/** Moments are worked out at scales so far apart, as ln, and interpolated. */
const SCALE_STEP = 0.1;
/** Turned rates that are kept at once. */
const KEPT = 64;

/** Counts of a frame by bin, each bin once; the direct beam last. */
export interface FrameCounts {
  readonly bins: Uint16Array;
  readonly counts: Uint32Array;
  readonly electrons: number;
  readonly area: Float32Array;
}

const tally = new Uint32Array(BINS);
/** Memory of the frame that was counted last. */
const seen = new Uint16Array(BINS + 1);
const counted = new Uint32Array(BINS + 1);

/** Lists the bins of a frame with their counts, in the order of their first electrons: until another frame is counted. */
export function countFrame({ bins, direct, area }: PolarFrame): FrameCounts {
  let n = 0;
  for (let i = 0; i < bins.length; i++) if (tally[bins[i]]++ === 0) seen[n++] = bins[i];
  const beam = direct > 0 ? 1 : 0;
  for (let i = 0; i < n; i++) {
    counted[i] = tally[seen[i]];
    tally[seen[i]] = 0;
  }
  if (beam) [seen[n], counted[n]] = [DIRECT, direct];
  return { bins: seen.subarray(0, n + beam), counts: counted.subarray(0, n + beam), electrons: bins.length + direct, area };
}

/** What frames are expected to be: mean rates turned by an angle. */
export class TurnedRates {
  /** [BINS + 1] Counts of a live pixel. */
  readonly rate: Float64Array;
  readonly #masses = new Map<Float32Array, number>();
  readonly #moments = new Map<Float32Array, Map<number, readonly [number, number]>>();

  constructor(rate: Float64Array, turn: number) {
    this.rate = new Float64Array(rate.length);
    addSpread(rate, turn, 1, this.rate);
  }

  /** Expected counts over an area. */
  mass(area: Float32Array): number {
    let mass = this.#masses.get(area);
    if (mass === undefined) {
      mass = dotMixed(this.rate, area, this.rate.length);
      this.#masses.set(area, mass);
    }
    return mass;
  }

  /** Mean and standard deviation of the deviance of a frame of so many electrons that is as expected. */
  expected(electrons: number, area: Float32Array): readonly [mean: number, deviation: number] {
    const at = Math.log(Math.max(1, electrons) / this.mass(area)) / SCALE_STEP;
    const low = Math.floor(at);
    const [a, b] = [this.#at(low, area), this.#at(low + 1, area)];
    const x = at - low;
    return [a[0] + x * (b[0] - a[0]), Math.sqrt(a[1] + x * (b[1] - a[1]))];
  }

  #at(step: number, area: Float32Array): readonly [number, number] {
    const known = this.#moments.get(area) ?? new Map<number, readonly [number, number]>();
    this.#moments.set(area, known);
    const found = known.get(step) ?? devianceMoments(this.rate, area, Math.exp(step * SCALE_STEP));
    known.set(step, found);
    return found;
  }

  /** Poisson deviance of a frame from these rates, scaled to its electrons. Infinite where an electron is impossible. */
  deviance({ bins, counts, electrons, area }: FrameCounts): number {
    const scale = electrons / this.mass(area);
    let sum = 0;
    for (let i = 0; i < bins.length; i++) sum += counts[i] * Math.log(counts[i] / (scale * this.rate[bins[i]] * area[bins[i]]));
    return 2 * sum;
  }

  /** How many standard deviations a frame is further from what is expected than Poisson noise makes it: its novelty. */
  novelty(frame: FrameCounts): number {
    const [mean, deviation] = this.expected(frame.electrons, frame.area);
    return (this.deviance(frame) - mean) / deviation;
  }
}

/** Mean rates at every angle that they are asked for at. */
export class TurnableRates {
  readonly #rate: Float64Array;
  readonly #known = new Map<number, TurnedRates>();

  constructor(rate: Float64Array) {
    this.#rate = rate;
  }

  at(turn: number): TurnedRates {
    const known = this.#known.get(turn) ?? new TurnedRates(this.#rate, turn);
    if (this.#known.size >= KEPT && !this.#known.has(turn)) this.#known.clear();
    this.#known.set(turn, known);
    return known;
  }
}

/** Makes rates of few frames fit for likelihoods. */
export class RateSmoother {
  readonly #blur: PolarBlur;
  readonly #kernels: PolarKernels;
  readonly #smooth = new Float32Array(BINS);

  constructor({ radius, inner, outer }: PolarScale, kernels = plainKernels()) {
    this.#kernels = kernels;
    const step = (outer - inner) / RINGS;
    const width = BLUR * radius;
    const along = Float64Array.from({ length: RINGS }, (_, r) => ((width / (inner + (r + 0.5) * step)) * SECTORS) / (2 * Math.PI));
    this.#blur = polarBlur(SECTORS, along, width / step);
  }

  /** [BINS + 1] Rates that were counted over an exposure: as far as a bin has few electrons, what those around it say; and with a floor. */
  firm(rate: Float64Array, exposure: Float64Array): Float64Array {
    this.#kernels.smooth(rate, this.#blur, this.#smooth);
    const out = rate.slice();
    let whole = 0;
    for (let b = 0; b < rate.length; b++) whole += Math.max(0, rate[b]);
    whole /= rate.length;
    for (let r = 0; r < RINGS; r++) {
      let mean = 0;
      let exposed = 0;
      for (let i = r * SECTORS; i < (r + 1) * SECTORS; i++) {
        mean += rate[i] / SECTORS;
        exposed += exposure[i];
      }
      const floor = Math.max(FLOOR * mean, UNSEEN * whole, exposed > 0 ? HALF / exposed : 0);
      for (let i = r * SECTORS; i < (r + 1) * SECTORS; i++) out[i] = Math.max(firmed(rate[i], this.#smooth[i], exposure[i]), floor);
    }
    out[DIRECT] = Math.max(rate[DIRECT], UNSEEN * whole);
    return out;
  }
}

/** Mean of a rate known by its counts and by a prior of PRIOR electrons about another rate. */
function firmed(rate: number, smooth: number, exposure: number): number {
  const expected = smooth * exposure;
  return expected > 0 ? (smooth * (rate * exposure + PRIOR)) / (expected + PRIOR) : smooth;
}
