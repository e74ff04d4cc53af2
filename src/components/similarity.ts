import { dotInFour } from "../kernels/count-events.js";
import type { PolarBlur } from "../kernels/smooth-polar.js";
import { type Stabiliser, stabiliser, stableVariance } from "../kernels/stabilise-counts.js";
import { BINS, DIRECT, GRID, type PolarScale } from "./polar-events.js";
import type { HalfSum } from "./region-sum.js";
import { type ScanEvents, sectorsOf, templateBlur } from "./scan-events.js";

/** What regions are compared by. */
export interface Signature {
  /** Contrast along the rings, per frame: stabilised counts less those of the ring's surroundings. */
  readonly contrast: Float32Array;
  /** Power of the contrast, without that of noise. */
  readonly power: number;
  /** Standard deviation of `power` times the number of frames of the geometric mean of both halves. */
  readonly noise: number;
  /** [GRID.rings + 1] Square roots of the shares of rings and direct beam. */
  readonly profile: Float64Array;
  readonly electrons: number;
}

const BACKGROUND = 3;
const ETA = 0.002;
const SIGMAS = 1.5;
/** Difference of radial profiles that two parts of the same matter never have. */
const PROFILE = 0.02;
/** Powers farther apart than this are compared by their arithmetic mean. */
const UNEQUAL = 8;

/** Regions more alike than this merge; than that where they differ by so many standard deviations of noise. */
const ALIKE = 0.6;
const ALIKE_SURE = 0.85;
const SURE_SIGMAS = 5;

/** Memory of contrasts that nobody looks at any more. */
const free: Float32Array[] = [];
const MOST_FREE = 512;

/** Gives signatures back that are not looked at from now on. */
export function freeSignatures(signatures: Iterable<Signature>): void {
  for (const { contrast } of signatures) if (free.length < MOST_FREE) free.push(contrast);
}

/** Makes and compares signatures of sums of frames. */
export class Similarity {
  readonly #scan: ScanEvents;
  readonly #blur: PolarBlur;
  /** Sectors to either side that are a bin's surroundings, by ring. */
  readonly #around: Uint8Array;
  /** Independent values per bin that are left after the blur, by ring. */
  readonly #kept: Float64Array;
  readonly #table: Stabiliser = stabiliser();
  /** Per ring, counts of both halves and live area of the signature that is made. */
  readonly #sums = new Float64Array(3 * GRID.rings);

  constructor(scan: ScanEvents, scale: PolarScale) {
    this.#scan = scan;
    this.#blur = templateBlur(scale);
    const wide = sectorsOf(scale, 0.6 * BACKGROUND * scale.radius);
    // A box has the standard deviation of its half width over the root of 3.
    this.#around = Uint8Array.from(wide, (w) => Math.min((GRID.sectors >> 1) - 1, Math.round(w * Math.sqrt(3))));
    const across = (0.6 * scale.radius * GRID.rings) / (scale.outer - scale.inner);
    this.#kept = wide.map((w) => Math.min(1, 1 / (8 * Math.PI * (w / BACKGROUND) * across)));
  }

  /** Signature of a sum; both halves must have frames. `contrast`: memory for it. */
  of({ halves, area, halfFrames: frames }: HalfSum, contrast: Float32Array = free.pop() ?? new Float32Array(BINS)): Signature {
    const sums = this.#sums;
    const power = this.#scan.kernels.contrast({ halves, area, frames, around: this.#around, blur: this.#blur }, contrast, sums);
    const direct = [halves[0][DIRECT] + halves[1][DIRECT], area[DIRECT]] as const;
    return { contrast, power, noise: this.#noise(frames), ...this.#profile(...direct) };
  }

  /** Whether two neighbours merge: the more alike, the higher above 0; not above 0: they do not. `sure`: above which they do if they differ by more than noise. */
  merit(a: Signature, b: Signature, sure = ALIKE_SURE): number {
    const shared = dotInFour(a.contrast, b.contrast, BINS);
    const apart = a.power + b.power - 2 * shared;
    const alike = this.#alike(a, b, shared);
    return alike > (apart > SURE_SIGMAS * (a.noise + b.noise) ? sure : ALIKE) ? alike : 0;
  }

  /** 1: the same; lower the less alike. */
  compare(a: Signature, b: Signature): number {
    return this.#alike(a, b, dotInFour(a.contrast, b.contrast, BINS));
  }

  #alike(a: Signature, b: Signature, shared: number): number {
    const floor = ETA * this.#scan.dose + SIGMAS * Math.sqrt(a.noise * b.noise);
    const [pa, pb] = [Math.max(0, a.power) + floor, Math.max(0, b.power) + floor];
    const ratio = pa / pb;
    const below = ratio > UNEQUAL || ratio < 1 / UNEQUAL ? (pa + pb) / 2 : Math.sqrt(pa * pb);
    const alike = Math.min(1, (shared + floor) / below);
    return alike - (floor / Math.sqrt(pa * pb)) * Math.min(1, Math.max(0, this.profileDistance(a, b)) / PROFILE);
  }

  /** Squared distance of the roots of radial profiles, without that of noise. */
  profileDistance(a: Signature, b: Signature): number {
    let sum = 0;
    for (let r = 0; r <= GRID.rings; r++) sum += (a.profile[r] - b.profile[r]) ** 2;
    return sum - 0.25 * (GRID.rings + 1) * (1 / a.electrons + 1 / b.electrons);
  }

  #noise(frames: readonly [number, number]): number {
    const n = frames[0] + frames[1];
    let sum = 0;
    for (let r = 0; r < GRID.rings; r++) {
      const expected = ((this.#sums[3 * r + 2] / GRID.sectors) * this.#scan.mean[r]) / n;
      const both = stableVariance(this.#table, expected * frames[0]) * stableVariance(this.#table, expected * frames[1]);
      sum += GRID.sectors * this.#kept[r] * both;
    }
    return Math.sqrt(sum / (frames[0] * frames[1]));
  }

  /** `direct`, `beam`: counts and live area of the direct beam. */
  #profile(direct: number, beam: number) {
    const profile = new Float64Array(GRID.rings + 1);
    const typical = this.#scan.ringArea;
    let electrons = 0;
    let sum = 0;
    for (let r = 0; r <= GRID.rings; r++) {
      const count = r < GRID.rings ? this.#sums[3 * r] + this.#sums[3 * r + 1] : direct;
      const live = r < GRID.rings ? this.#sums[3 * r + 2] : beam;
      electrons += count;
      profile[r] = live > 0 ? (count / live) * typical[r] : 0;
      sum += profile[r];
    }
    for (let r = 0; r <= GRID.rings; r++) profile[r] = Math.sqrt(profile[r] / Math.max(sum, 1e-12));
    return { profile, electrons: Math.max(1, electrons) };
  }
}
