import type { PolarKernels } from "../kernels/polar-kernels.js";
import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { BINS, GRID, type PolarScale, type RegionSum } from "./polar-events.js";
import { sectorsOf } from "./scan-events.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Standard deviation of the blur, in disk radii: half a disk, the least that gathers the electrons of one. */
const BLUR = 0.5;
/** Blurred values are whole numbers up to this: sums of their products are exact, and so do not depend on where a ring begins. */
const LEVELS = 2 ** 20;
/**
 * Where modulation is beyond this by so many standard deviations of noise there are spots. Halos are not modulated: where a centre or an ellipse is not quite
 * known it is .001 to .004, with a few positions of the neighbours among their own up to .026. Crystals have .1 to 8, those far off a zone from .02 on.
 */
const SPOTTED = 0.016;
const SIGMAS = 1;

/** How unevenly electrons are spread along the rings. */
export interface Modulation {
  /** Squared deviation of the rate from that of its ring, relative to the latter, as the mean over the scattered electrons: 0 for rings. Noise does not raise it. */
  readonly power: number;
  /** What counting noise makes of it where there are rings alone: standard deviation. Infinite where one half of the frames saw nothing. */
  readonly noise: number;
}

/** `times`: of the threshold. */
export const isSpotted = ({ power, noise }: Modulation, times = 1): boolean => power - SIGMAS * noise > times * SPOTTED;

/** Whether there may be spots all the same. */
export const mayBeSpotted = ({ power, noise }: Modulation): boolean => power + 2 * noise > SPOTTED;

/** Measures by what both halves of the frames saw: neither noise nor a single frame of something else counts. */
export class ModulationMeter {
  readonly #kernels: PolarKernels;
  readonly #blur: PolarBlur;
  /** Independent values per bin that are left after the blur, by ring. */
  readonly #kept: Float64Array;
  readonly #planes = [new Float32Array(BINS), new Float32Array(BINS), new Float32Array(BINS)] as const;

  constructor(scale: PolarScale, kernels: PolarKernels) {
    const width = BLUR * scale.radius;
    const across = (width * RINGS) / (scale.outer - scale.inner);
    const along = sectorsOf(scale, width);
    this.#kernels = kernels;
    this.#blur = polarBlur(SECTORS, along, across);
    this.#kept = along.map((width) => Math.min(1, 1 / (8 * Math.PI * width * across)));
  }

  measure({ halves, area }: RegionSum): Modulation {
    const units = [...halves, area].map((values, k) => {
      const plane = this.#planes[k];
      this.#kernels.smooth(values, this.#blur, plane);
      return toWhole(plane);
    });
    const [unitA, unitB, unit] = units;
    let [electrons, power, variance] = [0, 0, 0];
    for (let ring = 0; ring < RINGS; ring++) {
      const { a, b, live, ab, aLive, bLive, squares } = this.#sums(ring);
      if (live === 0) continue;
      // Whole numbers so far; from here on in electrons per live pixel, of each half.
      const [x, y] = [(a * unitA) / (live * unit), (b * unitB) / (live * unit)];
      const mean = (x + y) / 2;
      if (!(mean > 0)) continue;
      const shared = ab * unitA * unitB - x * bLive * unitB * unit - y * aLive * unitA * unit + x * y * squares * unit * unit;
      const expected = (mean * live * unit) / SECTORS;
      electrons += mean * live * unit;
      power += shared / expected;
      variance += (x * y * squares * unit * unit * this.#kept[ring]) / (expected * expected);
    }
    const noise = Math.sqrt(variance) / electrons;
    return noise > 0 ? { power: power / electrons, noise } : { power: 0, noise: Number.POSITIVE_INFINITY };
  }

  /** Sums along a ring of the halves, the live area and their products. */
  #sums(ring: number) {
    const [first, second, area] = this.#planes;
    // One by one: taken from an array they would be slow.
    let a = 0;
    let b = 0;
    let live = 0;
    let ab = 0;
    let aLive = 0;
    let bLive = 0;
    let squares = 0;
    for (let i = ring * SECTORS; i < (ring + 1) * SECTORS; i++) {
      const p = first[i];
      const q = second[i];
      const l = area[i];
      a += p;
      b += q;
      live += l;
      ab += p * q;
      aLive += p * l;
      bLive += q * l;
      squares += l * l;
    }
    return { a, b, live, ab, aLive, bLive, squares };
  }
}

/** Makes values whole numbers, in place; answers what one of them stands for. */
function toWhole(values: Float32Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  if (most === 0) return 0;
  const scale = LEVELS / most;
  for (let i = 0; i < values.length; i++) values[i] = Math.floor(values[i] * scale + 0.5);
  return most / LEVELS;
}
