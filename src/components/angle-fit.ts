import { LOG_PARTS } from "../kernels/rate-levels.js";
import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { Arena } from "./arena.js";
import { BINS, GRID, type PolarScale, type RegionSum } from "./polar-events.js";
import { addSpread, type Rotation, refine, SPECTRUM, toward, wrap } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Blur of the template, in disk radii. */
const BLUR = 0.5;
/** Live area that each bin of a template has beside its own, at the mean rate of the ring, in frames of the template. */
const PRIOR = 2;
/** How far from where it is thought to lie a pattern is looked for, in sectors. */
const REACH = 3;
const ROUNDS = 2;

/** Logarithm of the rates of a template, and the rates themselves, as spectra of whole numbers. */
interface LogTemplate {
  readonly log: Float64Array;
  readonly rate: Float64Array;
}

/** Counts over live areas, [BINS] or more. */
interface Counted {
  readonly counts: Float64Array;
  readonly area: Float64Array;
}

/** What the angle of a region is found from. */
interface Observed extends Counted {
  /** Outside the direct beam. */
  readonly electrons: number;
  readonly spectra: Counted;
}

/**
 * Angles by maximum likelihood: by how much counts n over live areas a are turned against a template of rates m,
 * max over phi of sum n ln m(t - phi) - n_total ln sum a m(t - phi).
 */
export class AngleFit {
  readonly #rotation: Rotation;
  readonly #blur: PolarBlur;
  /** Of one call. */
  readonly #bins = new Arena((n) => new Float64Array(n), BINS);
  readonly #spectra = new Arena((n) => new Float64Array(n), SPECTRUM);
  /** What a template is made of. */
  readonly #known = { counts: new Float64Array(BINS), area: new Float64Array(BINS) } as const;

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
    this.#spectra.clear();
    this.#bins.clear();
    const own = members.map(({ sum }) => this.#observe(sum));
    const logRate = { log: this.#spectra.take(), rate: this.#spectra.take() };
    const total = { counts: this.#bins.take(), area: this.#bins.take() };
    const back = members.map(() => ({ counts: this.#bins.take(), area: this.#bins.take() }));
    const all = members.reduce((n, { sum }) => n + sum.frames, 0);
    for (let round = 0; round < ROUNDS; round++) {
      total.counts.fill(0);
      total.area.fill(0);
      for (const [i, b] of back.entries()) {
        layBack(own[i], turns[i], fold, b);
        add(b, 1, total);
      }
      for (const [i, { sum }] of members.entries()) {
        const others = this.#known;
        others.counts.set(total.counts);
        others.area.set(total.area);
        add(back[i], -1, others);
        const found = this.#turn(own[i], this.#template(others.counts, others.area, (all - sum.frames) * fold, logRate), turns[i]);
        // To the mean of all, it among them: two that both moved to where the other one was would never meet.
        turns[i] = toward(turns[i], found, 1 - sum.frames / all);
      }
    }
    return turns;
  }

  /** A better turn against mean rates of this fold, of which `frames` are known. */
  against(rate: Float64Array, frames: number, sum: RegionSum, turn: number, fold: number): number {
    this.#spectra.clear();
    this.#bins.clear();
    const logRate = { log: this.#spectra.take(), rate: this.#spectra.take() };
    const { counts, area } = this.#known;
    counts.fill(0);
    for (let k = 0; k < fold; k++) {
      const by = (k * SECTORS) / fold;
      addSpread(rate.subarray(0, BINS), by, frames, counts);
    }
    area.fill(frames * fold);
    return this.#turn(this.#observe(sum), this.#template(counts, area, frames * fold, logRate), turn);
  }

  #observe({ halves: [a, b], area }: RegionSum): Observed {
    const counts = this.#bins.take();
    let electrons = 0;
    for (let i = 0; i < counts.length; i++) {
      counts[i] = a[i] + b[i];
      electrons += counts[i];
    }
    const spectra = {
      counts: this.#rotation.spectrum(counts, this.#spectra.take()),
      area: this.#rotation.spectrum(area, this.#spectra.take()),
    };
    return { counts, area, electrons, spectra };
  }

  #template(counts: Float64Array, area: Float64Array, frames: number, out: LogTemplate): LogTemplate {
    this.#rotation.kernels.rateSpectra({ counts, area, blur: this.#blur, prior: PRIOR, frames }, out.log, out.rate);
    return out;
  }

  #turn({ spectra, electrons }: Observed, template: LogTemplate, near: number): number {
    const gain = this.#rotation.products(spectra.counts, template.log);
    const mass = this.#rotation.products(spectra.area, template.rate);
    const { turn } = refine(
      gain.map((v, k) => v / LOG_PARTS - electrons * Math.log(Math.max(1, mass[k]))),
      near,
      REACH,
    );
    return turn;
  }
}

/** A region, turned back, and its copies that are alike to those of the template, to `back`. */
function layBack({ counts, area }: Counted, turn: number, fold: number, back: Counted): void {
  spreadCopies(counts, turn, fold, back.counts);
  spreadCopies(area.subarray(0, BINS), turn, fold, back.area);
}

function spreadCopies(values: Float64Array, turn: number, fold: number, out: Float64Array): void {
  out.fill(0);
  const apart = SECTORS / fold;
  const isWhole = Number.isInteger(apart);
  for (let k = 0; k < (isWhole ? 1 : fold); k++) addSpread(values, wrap(k * apart - turn), 1, out);
  if (!isWhole) return;
  // Whole sectors from one copy to the next: it is spread once.
  for (let base = 0; base < out.length; base += SECTORS)
    for (let t = base; t < base + apart; t++) {
      let sum = 0;
      for (let at = t; at < base + SECTORS; at += apart) sum += out[at];
      for (let at = t; at < base + SECTORS; at += apart) out[at] = sum;
    }
}

function add({ counts, area }: Counted, sign: number, to: Counted): void {
  addScaled(counts, sign, to.counts);
  addScaled(area, sign, to.area);
}

function addScaled(values: Float64Array, by: number, sums: Float64Array): void {
  for (let b = 0; b < sums.length; b++) sums[b] += by * values[b];
}
