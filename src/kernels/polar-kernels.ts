import { sumAlongRings } from "./average-rings.js";
import { blendTemplate, logAll } from "./blend-template.js";
import { addScaled, dotFrom, sumEvents } from "./count-events.js";
import { mixEvents } from "./mix-events.js";
import { rateLevels } from "./rate-levels.js";
import { type PolarBlur, smoothPolar } from "./smooth-polar.js";
import { stabiliser, stableResidual } from "./stabilise-counts.js";
import { spectraOf, spectraProduct, turnProducts } from "./turn-spectra.js";

/** Live pixels per bin of the frames about one centre; [rings * sectors + 1], the direct beam last. Neither changes. */
export interface LiveArea {
  readonly area: Float32Array;
  /** The same, blurred as templates are; the direct beam is not. */
  readonly smooth: Float32Array;
}

/** Frames that a template is made of. Arrays are [rings * sectors + 1]. */
export interface TemplateParts {
  /** All that there is is added up. */
  readonly counts: readonly Float32Array[];
  /** Live areas, and of how many frames each is. */
  readonly areas: readonly LiveArea[];
  readonly weights: readonly number[];
  readonly frames: number;
  /** Frames more of the mean of the scan; its rate per ring, last that of the direct beam. */
  readonly prior: number;
  readonly mean: Float64Array;
  readonly blur: PolarBlur;
}

/** A sum over frames in two halves, and what its contrast is found with. */
export interface ContrastParts {
  readonly halves: readonly [Float64Array, Float64Array];
  /** Live area times frames. */
  readonly area: Float64Array;
  /** Of each half, none is 0. */
  readonly frames: readonly [number, number];
  /** Sectors to either side that are a bin's surroundings, by ring. */
  readonly around: Uint8Array;
  readonly blur: PolarBlur;
}

/** What the rates of a template are found from, [rings * sectors] or more. */
export interface RateParts {
  readonly counts: Float64Array;
  readonly area: Float64Array;
  readonly blur: PolarBlur;
  /** As rateLevels. */
  readonly prior: number;
  readonly frames: number;
}

/** What components are found with, on [rings, sectors]. Answers in arrays are the caller's. */
export interface PolarKernels {
  /** As smoothPolar. */
  smooth(input: Float32Array | Float64Array, blur: PolarBlur, out: Float32Array): void;
  /**
   * Stabilised counts per frame less those of their surroundings along the ring, blurred, to `out`; `sums`: per ring, counts of both halves and live
   * area. Answers the scalar product of the two halves: power without that of noise.
   */
  contrast(parts: ContrastParts, out: Float32Array, sums: Float64Array): number;
  /** Rates of a template, and their natural logarithms. */
  logTemplate(parts: TemplateParts, rate: Float32Array, log: Float32Array): void;
  /** Expected counts of a frame over a live area. */
  mass(rate: Float32Array, area: LiveArea): number;
  /** Keeps logarithms of rates under a number, from 0 without gaps. */
  keepLog(number: number, log: Float32Array): void;
  /** Likelihoods of events under the logarithms kept under the first n of these numbers: their sums. */
  likelihoods(events: Uint16Array, from: number, to: number, numbers: Int32Array, n: number, out: Float64Array): void;
  /** Rates of a template that sum to 1 over the live pixels of a frame, on average. */
  unitTemplate(parts: TemplateParts, rate: Float32Array): void;
  /** As spectraOf, to `out` where it is given; values beyond the bins are not looked at. */
  spectra(values: Uint16Array | Float64Array, out?: Float64Array): Float64Array;
  /** As spectraProduct. */
  product(x: Float64Array, y: Float64Array, weights: Float64Array, out: Float64Array): Float64Array;
  /** Spectra of rateLevels of counts and live areas, which are blurred first: of logarithms to `log`, of rates to `rate`. Values beyond the bins are not looked at. */
  rateSpectra(parts: RateParts, log: Float64Array, rate: Float64Array): void;
  /** As turnProducts. */
  turnProducts(a: Uint16Array, b: Uint16Array, weights: Float64Array, first: number, n: number, out: Float64Array): void;
  /** As mixEvents, of up to four templates. */
  mix(
    events: Uint16Array,
    from: number,
    to: number,
    direct: number,
    rates: readonly Float32Array[],
    prior: Float64Array,
    shares: Float64Array,
  ): void;
}

/** Templates that are mixed at once. */
export const MOST_MIXED = 4;

/** The definition of the kernels. */
export function plainPolarKernels(rings: number, sectors: number): PolarKernels {
  const bins = rings * sectors;
  const scratch = new Float32Array(bins + 2 * sectors);
  const planes = [0, 1, 2, 3].map(() => new Float32Array(bins + 1)) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const levels = [new Float64Array(bins), new Float64Array(bins)] as const;
  const table = stabiliser();
  const weights = new Float64Array(MOST_MIXED);
  let gathered = new Float32Array(0);
  const logs: Float32Array[] = [];

  function residual({ halves, area, frames, around, blur }: ContrastParts, half: 0 | 1, out: Float32Array): void {
    const share = frames[half] / (frames[0] + frames[1]);
    const [rate, live] = [planes[0].subarray(0, bins), planes[1].subarray(0, bins)];
    const own = area.map((a) => a * share);
    sumAlongRings(halves[half], sectors, around, rate);
    sumAlongRings(own, sectors, around, live);
    for (let b = 0; b < bins; b++) rate[b] = live[b] > 0 ? rate[b] / live[b] : 0;
    stableResidual(halves[half], own, rate, 1 / Math.sqrt(frames[half]), table, live);
    smoothPolar(live, blur, out, scratch);
  }

  function template({ counts, areas, weights: of, frames, prior, mean, blur }: TemplateParts, rate: Float32Array): void {
    const [sum, area, smooth] = planes;
    sum.fill(0);
    area.fill(0);
    for (const c of counts) addScaled(c, 1, sum);
    for (const [i, { smooth: live }] of areas.entries()) addScaled(live, of[i], area);
    smoothPolar(sum, blur, smooth, scratch);
    smooth[bins] = sum[bins];
    blendTemplate(smooth, area, frames, prior, mean, rate);
  }

  return {
    smooth: (input, blur, out) => smoothPolar(input, blur, out, scratch),
    contrast(parts, out, sums) {
      const { halves, area, frames } = parts;
      residual(parts, 0, planes[2]);
      residual(parts, 1, planes[3]);
      for (let b = 0; b < bins; b++) out[b] = (planes[2][b] * frames[0] + planes[3][b] * frames[1]) / (frames[0] + frames[1]);
      sums.fill(0);
      for (const [i, values] of [...halves, area].entries())
        for (let b = 0; b < bins; b++) sums[3 * Math.floor(b / sectors) + i] += values[b];
      return dotFrom(planes[2], planes[3], 0, bins);
    },
    logTemplate(parts, rate, log) {
      template(parts, rate);
      logAll(rate, log);
    },
    mass: (rate, { area }) => dotFrom(rate, area, 0, bins + 1),
    keepLog(number, log) {
      logs[number] = log.slice();
    },
    likelihoods(events, from, to, numbers, n, out) {
      for (let k = 0; k < n; k++) out[k] = sumEvents(events, from, to, logs[numbers[k]]);
    },
    unitTemplate(parts, rate) {
      template(parts, rate);
      let mass = 0;
      for (const [i, { area }] of parts.areas.entries()) mass += parts.weights[i] * dotFrom(rate, area, 0, bins + 1);
      const norm = parts.frames / mass;
      for (let b = 0; b <= bins; b++) rate[b] *= norm;
    },
    spectra: (values, out) => spectraOf(values, rings, out),
    product: spectraProduct,
    rateSpectra({ counts, area, blur, prior, frames }, log, rate) {
      const [n, live] = [planes[0].subarray(0, bins), planes[1].subarray(0, bins)];
      smoothPolar(counts, blur, n, scratch);
      smoothPolar(area, blur, live, scratch);
      rateLevels(n, live, sectors, prior, frames, levels[0], levels[1]);
      spectraOf(levels[0], rings, log);
      spectraOf(levels[1], rings, rate);
    },
    turnProducts,
    mix(events, from, to, direct, rates, prior, shares) {
      const need = rates.length * (to - from + 1);
      if (gathered.length < need) gathered = new Float32Array(2 * need);
      mixEvents(events, from, to, direct, rates, prior, shares, weights, gathered);
    },
  };
}
