import type { PolarKernels } from "../kernels/polar-kernels.js";
import { transform } from "../kernels/turn-spectra.js";
import { BINS, GRID, type PolarScale } from "./polar-events.js";
import { plainKernels } from "./polar-kernels.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Patterns are compared as whole numbers up to this one: correlations are then whole numbers too, so they turn with their patterns to the bit. */
const TOP = 4095;
export const LEVELS = TOP;
/** Weight of the outermost ring in whole numbers. */
const RING_WEIGHT = 64;
/** Numbers of the spectra of the rings over the angle: [rings, 65, 2]. */
export const SPECTRUM = RINGS * (SECTORS + 2);
/** Angles are multiples of this part of a sector, so that adding whole sectors is exact. */
const STEPS = 65536;
const NEWTON = 4;
const ONES = new Float64Array(RINGS).fill(1);

/** Memory of spectra that are not looked at any more. */
const free: Float64Array[] = [];
const MOST_FREE = 64;

/** A pattern [BINS] of whole numbers to LEVELS, with its spectrum over the angle (made when it is first asked for), its sum per ring, and its power about the ring means. */
export class Turnable {
  readonly values: Uint16Array;
  readonly sums: Float64Array;
  readonly power: number;
  readonly #kernels: PolarKernels;
  #spectrum: Float64Array | null = null;

  /** `values`: [BINS] whole numbers to LEVELS, kept; `weights`: of the rings. */
  constructor(values: Uint16Array, weights: Float64Array, kernels: PolarKernels) {
    this.values = values;
    this.#kernels = kernels;
    this.sums = new Float64Array(RINGS);
    let power = 0;
    for (let r = 0, at = 0; r < RINGS; r++) {
      let square = 0;
      let sum = 0;
      for (let t = 0; t < SECTORS; t++, at++) {
        sum += values[at];
        square += values[at] * values[at];
      }
      this.sums[r] = sum;
      power += weights[r] * (SECTORS * square - sum * sum);
    }
    this.power = power;
  }

  get spectrum(): Float64Array {
    this.#spectrum ??= this.#kernels.spectra(this.values, free.pop());
    return this.#spectrum;
  }

  /** Nobody compares it any more, or not soon: the memory of its spectrum is used again. */
  rest(): void {
    if (this.#spectrum && free.length < MOST_FREE) free.push(this.#spectrum);
    this.#spectrum = null;
  }
}

/** Where a correlation over rotation is highest: by how many sectors the first pattern is turned against the second one, and how much it is. */
export interface Peak {
  readonly turn: number;
  readonly height: number;
}

export const wrap = (sectors: number): number => {
  const r = sectors % SECTORS;
  return r < 0 ? r + SECTORS : r;
};
/** Sectors from one place to another, the shorter way. */
export const apart = (a: number, b: number): number => {
  const d = wrap(a - b);
  return Math.min(d, SECTORS - d);
};
/** So that adding whole sectors is exact. */
export const onStep = (sectors: number): number => Math.round(sectors * STEPS) / STEPS;
/** A part of the way from one place to another, the shorter one. */
export const toward = (from: number, to: number, part: number): number => {
  const d = wrap(to - from);
  return wrap(from + onStep(part * (d > SECTORS / 2 ? d - SECTORS : d)));
};

/** The nearest whole number to TOP; what is no number is 0. Names of this file alone: what comes from another one is looked up for each bin. */
function toLevel(value: number): number {
  const level = (value + 0.5) | 0;
  return level < 0 ? 0 : level > TOP ? TOP : level;
}

/** Whole numbers of a pattern between 0 and 1. */
export function toLevels(values: ArrayLike<number>): Uint16Array {
  const out = new Uint16Array(BINS);
  for (let b = 0; b < out.length; b++) out[b] = toLevel(TOP * values[b]);
  return out;
}

/**
 * Correlation over rotation, with rings weighed by their radius and each ring's mean taken away:
 * C(k) = sum_r w_r sum_t a(r, t) b(r, t - k), over all 128 turns by one Fourier transform per pattern.
 */
export class Rotation {
  readonly weights: Float64Array;
  readonly kernels: PolarKernels;
  readonly #correlation = new Float64Array(SECTORS);

  constructor({ inner, outer }: PolarScale, kernels = plainKernels()) {
    this.kernels = kernels;
    const step = (outer - inner) / RINGS;
    this.weights = Float64Array.from({ length: RINGS }, (_, r) =>
      Math.max(1, Math.round((RING_WEIGHT * (inner + (r + 0.5) * step)) / outer)),
    );
  }

  /** `values`: [BINS] whole numbers to LEVELS, kept. */
  of(values: Uint16Array): Turnable {
    return new Turnable(values, this.weights, this.kernels);
  }

  /** Spectra of the rings over the angle, [SPECTRUM]. `values`: [BINS] or more; `out`: memory for them. */
  spectrum(values: Uint16Array | Float64Array, out?: Float64Array): Float64Array {
    return this.kernels.spectra(values, out);
  }

  /** Normalised correlation for each whole turn, -1..1; 0 throughout where a pattern has no power. */
  correlate(a: Turnable, b: Turnable, out = new Float64Array(SECTORS)): Float64Array {
    const norm = Math.sqrt(a.power) * Math.sqrt(b.power);
    if (!(norm > 0)) return out.fill(0);
    let mean = 0;
    for (let r = 0; r < RINGS; r++) mean += this.weights[r] * a.sums[r] * b.sums[r];
    this.products(a.spectrum, b.spectrum, this.weights, out);
    for (let k = 0; k < SECTORS; k++) out[k] = (SECTORS * out[k] - mean) / norm;
    return out;
  }

  /** The same for n whole turns alone, from `first` on, which may be below 0: to `out` at these turns. Costs as much as all of them from 24 on. */
  correlateAt(a: Turnable, b: Turnable, first: number, n: number, out: Float64Array): Float64Array {
    const norm = Math.sqrt(a.power) * Math.sqrt(b.power);
    if (!(norm > 0)) return out.fill(0);
    let mean = 0;
    for (let r = 0; r < RINGS; r++) mean += this.weights[r] * a.sums[r] * b.sums[r];
    const from = wrap(first);
    this.kernels.turnProducts(a.values, b.values, this.weights, from, n, out);
    for (let k = from; k < from + n; k++) {
      const at = k % SECTORS;
      out[at] = (SECTORS * out[at] - mean) / norm;
    }
    return out;
  }

  /** As `correlate`, but about the mean of the whole pattern: rings that differ lower it. */
  correlateWhole(a: Turnable, b: Turnable, out = new Float64Array(SECTORS)): Float64Array {
    let [pixels, x, y, powerA, powerB] = [0, 0, 0, a.power, b.power];
    for (let r = 0; r < RINGS; r++) {
      const w = this.weights[r];
      pixels += SECTORS * w;
      x += w * a.sums[r];
      y += w * b.sums[r];
      powerA += w * a.sums[r] * a.sums[r];
      powerB += w * b.sums[r] * b.sums[r];
    }
    const norm = Math.sqrt(Math.max(0, powerA / SECTORS - (x * x) / pixels)) * Math.sqrt(Math.max(0, powerB / SECTORS - (y * y) / pixels));
    if (!(norm > 0)) return out.fill(0);
    this.products(a.spectrum, b.spectrum, this.weights, out);
    for (let k = 0; k < SECTORS; k++) out[k] = (out[k] - (x * y) / pixels) / norm;
    return out;
  }

  /** Sums of products for each whole turn, from spectra of whole numbers; `weights` of the rings are whole numbers too. */
  products(x: Float64Array, y: Float64Array, weights: Float64Array = ONES, out = new Float64Array(SECTORS)): Float64Array {
    this.kernels.product(x, y, weights, out);
    // They are whole numbers: rounding undoes what the transforms lost.
    for (let k = 0; k < SECTORS; k++) out[k] = Math.round(out[k] / SECTORS);
    return out;
  }

  /** The best turn of `a` against `b`, about the mean of each. */
  peakWhole(a: Turnable, b: Turnable): Peak {
    return parabola(this.correlateWhole(a, b, this.#correlation));
  }

  /** The best turn of `a` against `b`. */
  peak(a: Turnable, b: Turnable): Peak {
    return parabola(this.correlate(a, b, this.#correlation));
  }
}

/** The highest of 128 values, the first of equals, and its place between them by a parabola; only within `reach` of a place. */
export function parabola(c: Float64Array, near = 0, reach: number = SECTORS): Peak {
  let k = Math.round(near) % SECTORS;
  for (let j = 0; j < SECTORS; j++) if (c[j] > c[k] && apart(j, near) <= reach) k = j;
  const [low, high] = [c[(k + SECTORS - 1) % SECTORS], c[(k + 1) % SECTORS]];
  const bend = low - 2 * c[k] + high;
  const shift = bend < 0 ? (low - high) / (2 * bend) : 0;
  return { turn: wrap(k + onStep(shift)), height: c[k] + (bend < 0 ? (-bend * shift * shift) / 2 : 0) };
}

/** Like `parabola`, with the place from the Fourier series through all the values, by Newton's steps from the parabola's. */
export function refine(c: Float64Array, near = 0, reach: number = SECTORS): Peak {
  const first = parabola(c, near, reach);
  const k = Math.round(first.turn);
  const re = new Float64Array(SECTORS);
  for (let j = 0; j < SECTORS; j++) re[j] = c[(j + k) % SECTORS];
  const im = new Float64Array(SECTORS);
  transform(re, im, -1);
  let x = first.turn - k;
  let height = first.height;
  for (let step = 0; step < NEWTON; step++) {
    let value = re[0] / SECTORS;
    let slope = 0;
    let bend = 0;
    for (let m = 1; m < SECTORS / 2; m++) {
      const q = (2 * Math.PI * m) / SECTORS;
      const cos = Math.cos(q * x);
      const sin = Math.sin(q * x);
      const even = (2 * (re[m] * cos - im[m] * sin)) / SECTORS;
      const odd = (2 * (re[m] * sin + im[m] * cos)) / SECTORS;
      value += even;
      slope -= q * odd;
      bend -= q * q * even;
    }
    height = value;
    if (!(bend < 0)) return first;
    x -= slope / bend;
    if (!(Math.abs(x) <= 1)) return first;
  }
  return { turn: wrap(k + onStep(x)), height };
}

const widened = new Float64Array(BINS);

/** Adds `weight` times a pattern turned by so many sectors (cubic between sectors, after Catmull and Rom) to `out`. */
export function addTurned(pattern: Uint16Array | Float64Array, turn: number, weight: number, out: Float64Array): void {
  // Code for one kind of array is faster than code for any.
  const values = pattern instanceof Float64Array ? pattern : widened;
  if (values === widened) widened.set(pattern);
  const whole = Math.ceil(turn);
  const x = whole - turn;
  const a = weight * x * (-0.5 + x * (1 - 0.5 * x));
  const b = weight * (1 + x * x * (-2.5 + 1.5 * x));
  const c = weight * x * (0.5 + x * (2 - 1.5 * x));
  const d = weight * x * x * (-0.5 + 0.5 * x);
  const mask = SECTORS - 1;
  if (x === 0) {
    for (let base = 0; base < BINS; base += SECTORS)
      for (let t = 0, from = wrap(-whole); t < SECTORS; t++, from = (from + 1) & mask) out[base + t] += b * values[base + from];
    return;
  }
  for (let base = 0; base < BINS; base += SECTORS) {
    const first = wrap(-whole);
    let before = values[base + ((first - 1) & mask)];
    let at = values[base + first];
    let after = values[base + ((first + 1) & mask)];
    for (let t = 0, from = (first + 2) & mask; t < SECTORS; t++, from = (from + 1) & mask) {
      const last = values[base + from];
      out[base + t] += b * at + a * before + c * after + d * last;
      before = at;
      at = after;
      after = last;
    }
  }
}

/** Means of turned patterns as a pattern. */
export function fromSum(sum: Float64Array, weight: number): Uint16Array {
  const out = new Uint16Array(BINS);
  for (let b = 0; b < out.length; b++) out[b] = toLevel(sum[b] / weight);
  return out;
}

/** The correlation between two whole turns, cubic. */
export function between(c: Float64Array, turn: number): number {
  const whole = Math.floor(turn);
  const x = turn - whole;
  const at = (j: number): number => c[wrap(whole + j)];
  return at(0) + 0.5 * x * (at(1) - at(-1) + x * (2 * at(-1) - 5 * at(0) + 4 * at(1) - at(2) + x * (3 * (at(0) - at(1)) + at(2) - at(-1))));
}

/** The same between sectors by a straight line: what is not negative stays so, and sums are kept. [BINS] or more; what follows the bins is not turned. */
export function addSpread(values: Float64Array, turn: number, weight: number, out: Float64Array): void {
  const whole = Math.ceil(turn);
  const b = weight * (whole - turn);
  const a = weight - b;
  const first = wrap(-whole);
  for (let base = 0; base < BINS; base += SECTORS) {
    const last = base + SECTORS - 1;
    let to = base;
    for (let from = base + first; from < last; from++, to++) out[to] += a * values[from] + b * values[from + 1];
    out[to++] += a * values[last] + b * values[base];
    for (let from = base; to <= last; from++, to++) out[to] += a * values[from] + b * values[from + 1];
  }
  for (let i = BINS; i < values.length; i++) out[i] += weight * values[i];
}
