import type { DenoiseVariant } from "../core/wire.js";
import { MIX_ROW, MIX_STRIDE, type MixTable } from "../kernels/mix-planes.js";
import { BANK, CLASSES, MIDDLE, PRIOR, VARIANTS } from "./method.js";

/** Rows of the mixing table per class. */
const FINE = 2 ** (23 - MIX_ROW);
export const MIX_ROWS = (CLASSES - 1) * FINE + 1;
/** How much classes borrow of their neighbours, and how firmly they are held at the prior. */
const BORROW = 0.1;
const RIDGE = 1e-3;
/** A rate below this share of the mean count is taken for it where errors are weighed by the rate. */
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
  readonly #squares = Float64Array.from({ length: CLASSES * BANK * BANK }, () => 0);
  readonly #products = new Float64Array(CLASSES * BANK);
  /** Sums of the members, and then of the counts themselves, per class. */
  readonly #totals = new Float64Array(CLASSES * (BANK + 1));
  readonly #f = new Float64Array(BANK);

  /**
   * Learns from one position. `own`: weight of the own pixel in each member. `used`: non-zero where the pixel is valid.
   */
  learn(
    planes: readonly Float32Array[],
    guide: Float32Array,
    own: readonly number[],
    mean: number,
    used: Uint8Array,
    height: number,
    width: number,
  ): void {
    const f = this.#f;
    const least = LEAST_RATE * mean;
    for (let row = MARGIN; row < height - MARGIN; row++)
      for (let p = row * width + MARGIN; p < (row + 1) * width - MARGIN; p++) {
        if (used[p] === 0) continue;
        const g = guide[p] as number;
        const t = Math.min(CLASSES - 1.001, Math.max(0, Math.log2(Math.max(g, 1e-30) / mean) + MIDDLE));
        for (let k = 0; k < BANK; k++) f[k] = (planes[k] as Float32Array)[p] as number;
        const low = Math.floor(t);
        const v = 1 / Math.max(g, least);
        this.#add(low, v * (1 - (t - low)), own);
        this.#add(low + 1, v * (t - low), own);
        this.#count(low, 1 - (t - low));
        this.#count(low + 1, t - low);
      }
  }

  #add(q: number, v: number, own: readonly number[]): void {
    const f = this.#f;
    const x = f[0] as number;
    const squares = this.#squares;
    let s = q * BANK * BANK;
    for (let i = 0; i < BANK; i++) {
      const vf = v * (f[i] as number);
      for (let j = 0; j < BANK; j++, s++) (squares[s] as number) += vf * (f[j] as number);
      (this.#products[q * BANK + i] as number) += v * x * ((f[i] as number) - (own[i] as number));
    }
  }

  #count(q: number, h: number): void {
    const at = q * (BANK + 1);
    for (let k = 0; k < BANK; k++) (this.#totals[at + k] as number) += h * (this.#f[k] as number);
    (this.#totals[at + BANK] as number) += h * (this.#f[0] as number);
  }

  /** The same from what `learnMixing` of the kernels has summed up over a position: [classes, 16, 16]. */
  addSums(sums: Float32Array, own: readonly number[]): void {
    for (let q = 0; q < CLASSES; q++) {
      const at = (row: number, column: number): number =>
        sums[(q * SUMMED + Math.min(row, column)) * SUMMED + Math.max(row, column)] as number;
      for (let i = 0; i < BANK; i++) {
        for (let j = 0; j < BANK; j++) (this.#squares[(q * BANK + i) * BANK + j] as number) += at(i, j);
        (this.#products[q * BANK + i] as number) += at(0, i) - (own[i] as number) * at(0, SUMMED - 2);
        (this.#totals[q * (BANK + 1) + i] as number) += at(i, SUMMED - 1);
      }
      (this.#totals[q * (BANK + 1) + BANK] as number) += at(0, SUMMED - 1);
    }
  }

  /**
   * Weights [classes, members] for a variant: of the own frame, and of the planes behind it. With each row's the expected counts of its class
   * are kept. What the full bank teaches serves all: averages of another window with about as many frames are as good.
   */
  solve(variant: DenoiseVariant): Float64Array {
    const { own, last } = VARIANTS[variant];
    const members = [0, ...Array.from({ length: last - own }, (_, i) => own + 1 + i)];
    const out = new Float64Array(CLASSES * members.length);
    for (let q = 0; q < CLASSES; q++) out.set(this.#solveClass(q, members), q * members.length);
    return out;
  }

  #solveClass(q: number, members: readonly number[]): Float64Array {
    const n = members.length;
    const prior = members.indexOf(PRIOR);
    const m = new Float64Array(n * n);
    const b = new Float64Array(n);
    const totals = new Float64Array(n + 1).fill(FIRM);
    for (const [other, share] of [
      [q - 1, BORROW],
      [q, 1],
      [q + 1, BORROW],
    ] as const) {
      if (other < 0 || other >= CLASSES) continue;
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
    const ridge = (RIDGE * trace) / n;
    if (!(ridge > 0)) return Float64Array.from(members, (k) => (k === PRIOR ? 1 : 0));
    for (let i = 0; i < n; i++) (m[i * n + i] as number) += ridge;
    (b[prior] as number) += ridge;
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

/** The table of the kernel from the weights of the classes, at a mean count per pixel: between two classes they go over evenly. */
export function mixTable(classes: Float64Array, mean: number): MixTable {
  const n = classes.length / CLASSES;
  const weights = new Float32Array(MIX_ROWS * MIX_STRIDE);
  const rate = new Float32Array([mean / 2 ** MIDDLE]);
  const bits = new Int32Array(rate.buffer);
  const first = bits[0] as number;
  for (let r = 0; r < MIX_ROWS; r++) {
    bits[0] = first + (r + 0.5) * 2 ** MIX_ROW;
    const t = mean > 0 ? Math.min(CLASSES - 1, Math.log2((rate[0] as number) / mean) + MIDDLE) : MIDDLE;
    const low = Math.min(CLASSES - 2, Math.floor(t));
    const h = t - low;
    for (let k = 0; k < n; k++)
      weights[r * MIX_STRIDE + k] = (1 - h) * (classes[low * n + k] as number) + h * (classes[(low + 1) * n + k] as number);
  }
  return { weights, first };
}
