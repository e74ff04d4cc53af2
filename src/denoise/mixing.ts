import type { DenoiseVariant } from "../core/wire.js";
import { HALF_BITS, MIX_COLUMNS, MIX_STEP, MIX_STRIDE, type MixTable } from "../kernels/mix-planes.js";
import { BANK, CLASSES, MIDDLE, PRIOR, RISE_STEPS, RISES, VARIANTS } from "./method.js";

/** Rows of the mixing table per class. */
const FINE = 2 ** (23 - MIX_STEP);
export const MIX_ROWS = (CLASSES - 1) * FINE + 1;
/** Columns of the mixing table of a variant. */
export const mixColumns = (variant: DenoiseVariant): number => (VARIANTS[variant].rises ? MIX_COLUMNS : 1);
/** Classes of both kinds: those of the rise of each rate. */
export const KINDS = CLASSES * RISES;
/** How much classes borrow of their neighbours. */
const BORROW = 0.1;
/**
 * How firmly weights are held at the prior: as if they were known to some three, so that next to nothing learnt keeps them there, and by a
 * share of the largest part of the equations, so that rounding does not matter.
 */
const HELD = 0.1;
const RIDGE = 1e-5;
/** A rate below this share of the mean count is taken for it where errors are weighed by the rate, and added to rates that are compared. */
export const LEAST_RATE = 0.02;
/** Pixels along the edges that nothing is learnt from. */
export const MARGIN = 2;
/** Numbers per pixel that the kernels sum products of. */
export const SUMMED = 16;
/** Counts that a class must have to be believed: with fewer, weights of the sum 1 keep them. */
const FIRM = 100;

/**
 * The mixing weights of one scan: normal equations per class of the unbiased risk, with the own counts as target. Sums over positions, so
 * their order alone matters to the bits.
 */
export class Mixing {
  readonly #squares = Float64Array.from({ length: KINDS * BANK * BANK }, () => 0);
  readonly #products = new Float64Array(KINDS * BANK);
  /** Sums of the members, and then of the counts themselves, per class. */
  readonly #totals = new Float64Array(KINDS * (BANK + 1));
  /** Pixels per class. */
  readonly #pixels = new Float64Array(KINDS);

  /**
   * Learns from what `learnMixing` of the kernels has summed up over a position: [KINDS, 16, 16]. `own`: weight of the own pixel in each member.
   */
  addSums(sums: Float32Array | Float64Array, own: readonly number[]): void {
    for (let q = 0; q < KINDS; q++) {
      const at = (row: number, column: number): number =>
        sums[(q * SUMMED + Math.min(row, column)) * SUMMED + Math.max(row, column)] as number;
      for (let i = 0; i < BANK; i++) {
        for (let j = 0; j < BANK; j++) (this.#squares[(q * BANK + i) * BANK + j] as number) += at(i, j);
        (this.#products[q * BANK + i] as number) += at(0, i) - (own[i] as number) * at(0, SUMMED - 2);
        (this.#totals[q * (BANK + 1) + i] as number) += at(i, SUMMED - 1);
      }
      (this.#totals[q * (BANK + 1) + BANK] as number) += at(0, SUMMED - 1);
      (this.#pixels[q] as number) += at(SUMMED - 2, SUMMED - 1);
    }
  }

  /**
   * Weights [classes, members] for a variant: of the own frame, and of the planes behind it; KINDS of classes, or CLASSES where it does not tell
   * the rises apart. With each row's the expected counts of its class are kept. What the full bank teaches serves all: averages of another
   * window with about as many frames are as good.
   */
  solve(variant: DenoiseVariant): Float64Array {
    const { own, last, rises } = VARIANTS[variant];
    const members = [0, ...Array.from({ length: last - own }, (_, i) => own + 1 + i)];
    const rows: Float64Array[] = [];
    for (let rate = 0; rate < CLASSES; rate++) {
      const prior = Float64Array.from(members, (k) => (k === PRIOR ? 1 : 0));
      const ofRate = this.#solveClass(this.#sharesOfRate(rate), members, prior);
      if (!rises) rows.push(ofRate);
      else for (let rise = 0; rise < RISES; rise++) rows.push(this.#solveClass(this.#sharesOf(rate, rise), members, ofRate));
    }
    const out = new Float64Array(rows.length * members.length);
    for (const [i, row] of rows.entries()) out.set(row, i * members.length);
    return out;
  }

  /** What a class of one rate learns from each class. */
  #sharesOfRate(rate: number): Float64Array {
    return Float64Array.from({ length: KINDS }, (_, q) => {
      const off = Math.abs(Math.floor(q / RISES) - rate);
      return off === 0 ? 1 : off === 1 ? BORROW : 0;
    });
  }

  /** What a class of one rate and rise learns from each class. */
  #sharesOf(rate: number, rise: number): Float64Array {
    return Float64Array.from({ length: KINDS }, (_, q) => {
      const off = Math.abs(Math.floor(q / RISES) - rate) + Math.abs((q % RISES) - rise);
      return off === 0 ? 1 : off === 1 ? BORROW : 0;
    });
  }

  #solveClass(shares: Float64Array, members: readonly number[], prior: Float64Array): Float64Array {
    const n = members.length;
    const m = new Float64Array(n * n);
    const b = new Float64Array(n);
    const totals = new Float64Array(n + 1).fill(FIRM);
    for (let other = 0; other < KINDS; other++) {
      const share = shares[other] as number;
      if (share === 0 || this.#pixels[other] === 0) continue;
      const at = other * BANK;
      members.forEach((k, i) => {
        members.forEach((l, j) => {
          (m[i * n + j] as number) += share * (this.#squares[(at + k) * BANK + l] as number);
        });
        (b[i] as number) += share * (this.#products[at + k] as number);
        (totals[i] as number) += share * (this.#totals[at + other + k] as number);
      });
      (totals[n] as number) += share * (this.#totals[at + other + BANK] as number);
    }
    let trace = 0;
    for (let i = 0; i < n; i++) trace += m[i * n + i] as number;
    if (!(trace > 0)) return prior;
    const ridge = (RIDGE * trace) / n + HELD;
    for (let i = 0; i < n; i++) {
      (m[i * n + i] as number) += ridge;
      (b[i] as number) += ridge * (prior[i] as number);
    }
    const solve = factor(m, n);
    const a = solve(b);
    const kept = totals.subarray(0, n).map((v) => v / (totals[n] as number));
    const way = solve(kept);
    const excess = (dot(a, kept) - 1) / dot(way, kept);
    return a.map((v, i) => v - excess * (way[i] as number));
  }
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Cholesky factor of a positive definite matrix, in place; answers what solves for a right-hand side. */
export function factor(m: Float64Array, n: number): (b: Float64Array) => Float64Array {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let v = m[i * n + j] as number;
      for (let k = 0; k < j; k++) v -= (m[i * n + k] as number) * (m[j * n + k] as number);
      m[i * n + j] = i === j ? Math.sqrt(Math.max(v, Number.MIN_VALUE)) : v / (m[j * n + j] as number);
    }
  }
  return (b) => {
    const x = b.slice();
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) (x[i] as number) -= (m[i * n + k] as number) * (x[k] as number);
      (x[i] as number) /= m[i * n + i] as number;
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) (x[i] as number) -= (m[k * n + i] as number) * (x[k] as number);
      (x[i] as number) /= m[i * n + i] as number;
    }
    return x;
  };
}

/** The table of the kernel from the weights of the classes of a variant, at a mean count per pixel: between classes they go over evenly. */
export function mixTable(classes: Float64Array, variant: DenoiseVariant, mean: number): MixTable {
  const { rises, own, last } = VARIANTS[variant];
  const n = last - own + 1;
  const columns = mixColumns(variant);
  const weights = new Float32Array(MIX_ROWS * columns * MIX_STRIDE);
  const number = new Float32Array([mean / 2 ** MIDDLE]);
  const bits = new Int32Array(number.buffer);
  const first = bits[0] as number;
  const middleOf = (from: number, step: number): number => {
    bits[0] = from + (step + 0.5) * 2 ** MIX_STEP;
    return number[0] as number;
  };
  // A table of one column has that of a rate which does not rise.
  const riseOf = (column: number): number =>
    RISE_STEPS * Math.log2(middleOf(HALF_BITS, rises ? column : MIX_COLUMNS / 2)) + (RISES - 1) / 2;
  const rise = Float64Array.from({ length: columns }, (_, column) => riseOf(column));
  for (let row = 0; row < MIX_ROWS; row++) {
    const rate = Math.min(CLASSES - 1.001, mean > 0 ? Math.log2(middleOf(first, row) / mean) + MIDDLE : MIDDLE);
    const t = Math.floor(rate);
    const h = rate - t;
    for (let column = 0; column < columns; column++) {
      const r = Math.floor(rise[column] as number);
      const v = (rise[column] as number) - r;
      const to = (row * columns + column) * MIX_STRIDE;
      // Of the four classes next to the rate and the rise.
      for (let of = 0; of < 4; of++) {
        const [higher, steeper] = [of >> 1, of & 1];
        const weight = (higher ? h : 1 - h) * (steeper ? v : 1 - v);
        const at = n * (rises ? (t + higher) * RISES + r + steeper : t + higher);
        for (let k = 0; k < n; k++) (weights[to + k] as number) += weight * (classes[at + k] as number);
      }
    }
  }
  return { weights, columns, first, dark: LEAST_RATE * mean };
}
