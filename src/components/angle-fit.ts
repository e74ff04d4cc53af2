import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { BINS, DIRECT, GRID, type PolarScale, type RegionSum } from "./polar-events.js";
import { addSpread, type Rotation, refine, wrap } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Blur of the template, in disk radii. */
const BLUR = 0.5;
/** Live area that each bin of a template has beside its own, at the mean rate of the ring, in frames of the template. */
const PRIOR = 2;
/** Logarithms and areas are whole multiples of these parts, so that sums turn with their patterns to the bit. */
const LOG_PARTS = 256;
const RATE_PARTS = 4095;
/** How far from where it is thought to lie a pattern is looked for, in sectors. */
const REACH = 3;
const ROUNDS = 2;

/** Logarithm of the rates of a template, and the rates themselves, as spectra of whole numbers. */
interface LogTemplate {
  readonly log: Float64Array;
  readonly rate: Float64Array;
}

/**
 * Angles by maximum likelihood: by how much counts n over live areas a are turned against a template of rates m,
 * max over phi of sum n ln m(t - phi) - n_total ln sum a m(t - phi).
 */
export class AngleFit {
  readonly #rotation: Rotation;
  readonly #blur: PolarBlur;
  readonly #smooth = [new Float32Array(BINS), new Float32Array(BINS)] as const;

  constructor({ radius, inner, outer }: PolarScale, rotation: Rotation) {
    this.#rotation = rotation;
    const step = (outer - inner) / RINGS;
    const width = BLUR * radius;
    const along = Float64Array.from({ length: RINGS }, (_, r) => ((width / (inner + (r + 0.5) * step)) * SECTORS) / (2 * Math.PI));
    this.#blur = polarBlur(SECTORS, along, width / step);
  }

  /** Better turns of members of a class of this fold: each against the others. One member alone stays. */
  together(members: readonly { readonly sum: RegionSum; readonly turn: number }[], fold: number): number[] {
    const turns = members.map((m) => m.turn);
    if (members.length < 2) return turns;
    const own = members.map(({ sum }) => this.#observe(sum));
    for (let round = 0; round < ROUNDS; round++) {
      const [counts, area] = [new Float64Array(BINS), new Float64Array(BINS)];
      for (const [i, { sum }] of members.entries()) add(sum, turns[i], fold, 1, counts, area);
      const found = members.map(({ sum }, i) => {
        const [others, live] = [counts.slice(), area.slice()];
        add(sum, turns[i], fold, -1, others, live);
        const frames = members.reduce((n, m, j) => n + (j === i ? 0 : m.sum.frames * fold), 0);
        return this.#turn(own[i], this.#template(others, live, frames), turns[i]);
      });
      for (const [i, turn] of found.entries()) turns[i] = turn;
    }
    return turns;
  }

  /** A better turn against mean rates of this fold, of which `frames` are known. */
  against(rate: Float64Array, frames: number, sum: RegionSum, turn: number, fold: number): number {
    const [counts, area] = [new Float64Array(BINS), new Float64Array(BINS)];
    for (let k = 0; k < fold; k++) {
      const by = (k * SECTORS) / fold;
      addSpread(rate.subarray(0, BINS), by, frames, counts);
    }
    area.fill(frames * fold);
    return this.#turn(this.#observe(sum), this.#template(counts, area, frames * fold), turn);
  }

  #observe({ halves: [a, b], area }: RegionSum): { counts: Float64Array; area: Float64Array; electrons: number } {
    const counts = a.map((v, i) => v + b[i]);
    const electrons = counts.reduce((n, v, i) => n + (i === DIRECT ? 0 : v), 0);
    return { counts: this.#rotation.spectrum(counts), area: this.#rotation.spectrum(area), electrons };
  }

  #template(counts: Float64Array, area: Float64Array, frames: number): LogTemplate {
    const [smooth, live] = this.#smooth;
    this.#rotation.kernels.smooth(counts, this.#blur, smooth);
    this.#rotation.kernels.smooth(area, this.#blur, live);
    const log = new Float64Array(BINS);
    const rate = new Float64Array(BINS);
    let most = 0;
    for (let r = 0; r < RINGS; r++) {
      const [n, a] = [ringSum(smooth, r), ringSum(live, r)];
      if (!(n > 0)) continue;
      const prior = (PRIOR * a) / (SECTORS * frames);
      for (let i = r * SECTORS; i < (r + 1) * SECTORS; i++) {
        rate[i] = (smooth[i] + (prior * n) / a) / (live[i] + prior);
        most = Math.max(most, rate[i]);
        log[i] = Math.round(LOG_PARTS * Math.log(rate[i]));
      }
    }
    for (let i = 0; i < BINS; i++) rate[i] = Math.round((RATE_PARTS * rate[i]) / most);
    return { log: this.#rotation.spectrum(log), rate: this.#rotation.spectrum(rate) };
  }

  #turn(own: { counts: Float64Array; area: Float64Array; electrons: number }, template: LogTemplate, near: number): number {
    const gain = this.#rotation.products(own.counts, template.log);
    const mass = this.#rotation.products(own.area, template.rate);
    const { turn } = refine(
      gain.map((v, k) => v / LOG_PARTS - own.electrons * Math.log(Math.max(1, mass[k]))),
      near,
      REACH,
    );
    return turn;
  }
}

/** Adds a region, turned back, and its copies that are alike to those of the template. */
function add(sum: RegionSum, turn: number, fold: number, sign: number, counts: Float64Array, area: Float64Array): void {
  for (let k = 0; k < fold; k++) {
    const by = wrap((k * SECTORS) / fold - turn);
    addSpread(sum.halves[0].subarray(0, BINS), by, sign, counts);
    addSpread(sum.halves[1].subarray(0, BINS), by, sign, counts);
    addSpread(sum.area.subarray(0, BINS), by, sign, area);
  }
}

/** Of numbers that are rounded to whole ones first, so that the order does not matter. */
function ringSum(values: Float32Array, ring: number): number {
  let sum = 0;
  for (let i = ring * SECTORS; i < (ring + 1) * SECTORS; i++) sum += Math.round(values[i] * 65536);
  return sum / 65536;
}
