import { sumAlongRings } from "../kernels/average-rings.js";
import { dotFrom } from "../kernels/count-events.js";
import { type PolarBlur, smoothPolar } from "../kernels/smooth-polar.js";
import { type Stabiliser, stabiliser, stableResidual, stableVariance } from "../kernels/stabilise-counts.js";
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

/** Makes and compares signatures of sums of frames. */
export class Similarity {
  readonly #scan: ScanEvents;
  readonly #blur: PolarBlur;
  /** Sectors to either side that are a bin's surroundings, by ring. */
  readonly #around: Uint8Array;
  /** Independent values per bin that are left after the blur, by ring. */
  readonly #kept: Float64Array;
  readonly #table: Stabiliser = stabiliser();
  readonly #scratch = new Float32Array(BINS + 2 * GRID.sectors);
  readonly #planes = [new Float32Array(BINS), new Float32Array(BINS), new Float32Array(BINS), new Float32Array(BINS)] as const;

  constructor(scan: ScanEvents, scale: PolarScale) {
    this.#scan = scan;
    this.#blur = templateBlur(scale);
    const wide = sectorsOf(scale, 0.6 * BACKGROUND * scale.radius);
    // A box has the standard deviation of its half width over the root of 3.
    this.#around = Uint8Array.from(wide, (w) => Math.min((GRID.sectors >> 1) - 1, Math.round(w * Math.sqrt(3))));
    const across = (0.6 * scale.radius * GRID.rings) / (scale.outer - scale.inner);
    this.#kept = wide.map((w) => Math.min(1, 1 / (8 * Math.PI * (w / BACKGROUND) * across)));
  }

  /** Signature of a sum; both halves must have frames. */
  of({ halves, area, halfFrames: frames }: HalfSum): Signature {
    const n = frames[0] + frames[1];
    const first = this.#contrast(halves[0], area, frames[0], frames[0] / n, this.#planes[2]);
    const second = this.#contrast(halves[1], area, frames[1], frames[1] / n, this.#planes[3]);
    const contrast = new Float32Array(BINS);
    for (let b = 0; b < BINS; b++) contrast[b] = (first[b] * frames[0] + second[b] * frames[1]) / n;
    const { profile, electrons } = this.#profile(halves, area);
    return { contrast, power: dotFrom(first, second, 0, BINS), noise: this.#noise(area, frames), profile, electrons };
  }

  /** 1: the same; lower the less alike. */
  compare(a: Signature, b: Signature): number {
    const floor = ETA * this.#scan.dose + SIGMAS * Math.sqrt(a.noise * b.noise);
    const [pa, pb] = [Math.max(0, a.power) + floor, Math.max(0, b.power) + floor];
    const ratio = pa / pb;
    const below = ratio > UNEQUAL || ratio < 1 / UNEQUAL ? (pa + pb) / 2 : Math.sqrt(pa * pb);
    const alike = Math.min(1, (dotFrom(a.contrast, b.contrast, 0, BINS) + floor) / below);
    return alike - (floor / Math.sqrt(pa * pb)) * Math.min(1, Math.max(0, this.profileDistance(a, b)) / PROFILE);
  }

  /** Squared distance of the roots of radial profiles, without that of noise. */
  profileDistance(a: Signature, b: Signature): number {
    let sum = 0;
    for (let r = 0; r <= GRID.rings; r++) sum += (a.profile[r] - b.profile[r]) ** 2;
    return sum - 0.25 * (GRID.rings + 1) * (1 / a.electrons + 1 / b.electrons);
  }

  #contrast(counts: Float64Array, area: Float64Array, frames: number, share: number, out: Float32Array): Float32Array {
    const [rate, live] = [this.#planes[0], this.#planes[1]];
    const own = area.map((a) => a * share);
    sumAlongRings(counts, GRID.sectors, this.#around, rate);
    sumAlongRings(own, GRID.sectors, this.#around, live);
    for (let b = 0; b < BINS; b++) rate[b] = live[b] > 0 ? rate[b] / live[b] : 0;
    stableResidual(counts, own, rate, 1 / Math.sqrt(frames), this.#table, live);
    smoothPolar(live, this.#blur, out, this.#scratch);
    return out;
  }

  #noise(area: Float64Array, frames: readonly [number, number]): number {
    const n = frames[0] + frames[1];
    let sum = 0;
    for (let r = 0; r < GRID.rings; r++) {
      let live = 0;
      for (let s = 0; s < GRID.sectors; s++) live += area[r * GRID.sectors + s];
      const expected = ((live / GRID.sectors) * this.#scan.mean[r]) / n;
      const [v1, v2] = frames.map((f) => stableVariance(this.#table, expected * f)) as [number, number];
      sum += GRID.sectors * this.#kept[r] * v1 * v2;
    }
    return Math.sqrt(sum / (frames[0] * frames[1]));
  }

  #profile(halves: readonly [Float64Array, Float64Array], area: Float64Array) {
    const profile = new Float64Array(GRID.rings + 1);
    const typical = this.#scan.ringArea;
    let [electrons, sum] = [0, 0];
    for (let r = 0; r <= GRID.rings; r++) {
      let [count, live] = [0, 0];
      for (let b = r * GRID.sectors; b < Math.min((r + 1) * GRID.sectors, DIRECT + 1); b++) {
        count += halves[0][b] + halves[1][b];
        live += area[b];
      }
      electrons += count;
      profile[r] = live > 0 ? (count / live) * typical[r] : 0;
      sum += profile[r];
    }
    for (let r = 0; r <= GRID.rings; r++) profile[r] = Math.sqrt(profile[r] / Math.max(sum, 1e-12));
    return { profile, electrons: Math.max(1, electrons) };
  }
}
