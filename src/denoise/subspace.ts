import type { KernelInstance } from "../kernels/kernel-module.js";
import { type Products, plainProducts, wasmProducts } from "../kernels/products.js";
import { COMPONENTS, RESERVOIR } from "./method.js";
import { factor } from "./mixing.js";

/** Steps of the subspace iteration from random columns; from those of the fit before. */
const COLD = 8;
const WARM = 3;
/** Numbers from one row of the Gram matrix to the next: no power of two, so that columns spread over the caches. */
const GRAM_PITCH = RESERVOIR + 16;
/** New frames whose products are made in one part. */
const PART = 32;
/** Frames of room behind the last, for kernels that take four at once. */
const SPARE = 3;
/** Share of the trace, and the least, by which matrices are kept positive. */
const RIDGE = 1e-12;
const LEAST = 1e-30;

/** Arrays of these lengths one after the other, in the memory of the kernels or in one of their own. */
function layOut<Names extends string>(kernels: KernelInstance | null, lengths: Record<Names, number>): Record<Names, Float32Array> {
  const named = Object.entries<number>(lengths);
  let at = kernels ? Math.ceil(kernels.run.base() / 64) * 64 : 0;
  const end = named.reduce((a, [, n]) => a + 4 * n, at);
  if (kernels && !kernels.reserve(end)) throw new RangeError(`no memory for ${end} bytes`);
  const buffer = kernels ? kernels.bytes().buffer : new ArrayBuffer(end);
  const placed = named.map(([name, n]) => {
    at += 4 * n;
    return [name, new Float32Array(buffer, at - 4 * n, n)];
  });
  return Object.fromEntries(placed) as Record<Names, Float32Array>;
}

/** The strongest components of some frames: of their Gram matrix, by subspace iteration that goes on from where it was. */
export class Subspace {
  readonly #bins: number;
  readonly #pitch: number;
  readonly #run: Products;
  /** scaled: the frames; q: orthonormal columns [frames, COMPONENTS]; next: those that are made of them; rows: [bins, COMPONENTS]. */
  readonly #a: Record<"scaled" | "gram" | "q" | "next" | "square" | "rows" | "changed", Float32Array>;
  #known: readonly Float32Array[] = [];
  #root: Float32Array | null = null;
  #components = 0;

  /** `kernels`: an instance that nothing else uses; null: plain loops. Throws RangeError where there is no memory. */
  constructor(bins: number, kernels: KernelInstance | null) {
    this.#bins = Math.ceil(bins / 4) * 4;
    this.#pitch = Math.ceil(bins / 16) * 16 + 16;
    this.#run = kernels ? wasmProducts(kernels.run) : plainProducts;
    this.#a = layOut(kernels, {
      scaled: this.#pitch * (RESERVOIR + SPARE),
      gram: GRAM_PITCH * RESERVOIR,
      q: RESERVOIR * COMPONENTS,
      next: RESERVOIR * COMPONENTS,
      square: COMPONENTS * COMPONENTS,
      rows: this.#bins * COMPONENTS,
      changed: RESERVOIR,
    });
  }

  /**
   * Rows of COMPONENTS numbers per bin, the first `k` of them orthonormal combinations of the frames times `root` per bin, the rest 0. Valid
   * until the next fit. Frames and root that are the same arrays as before are taken to hold the same.
   */
  fit(frames: readonly Float32Array[], root: Float32Array, k: number): Float32Array {
    return allOf(this.parts(frames, root, k));
  }

  /** The same in parts of a few milliseconds, all of which must be done before the next fit: it goes on from there. */
  *parts(frames: readonly Float32Array[], root: Float32Array, k: number): Generator<void, Float32Array> {
    const { scaled, gram, q, next, square, rows } = this.#a;
    const n = frames.length;
    const warm = yield* this.#take(frames, root, k);
    for (let step = 0; step < (warm ? WARM : COLD); step++) {
      yield;
      this.#run.combineRows(gram, GRAM_PITCH, 1, n, n, q, next);
      this.#triangle(next, next, n, k);
      this.#run.combineRows(next, COMPONENTS, 1, n, k, square, q);
    }
    yield;
    this.#run.combineRows(gram, GRAM_PITCH, 1, n, n, q, next);
    this.#triangle(q, next, n, k);
    this.#run.combineRows(q, COMPONENTS, 1, n, k, square, next);
    this.#run.combineRows(scaled, 1, this.#pitch, this.#bins, n, next, rows);
    return rows;
  }

  /** Brings the frames and their products up to date, and the columns that are begun with: answers whether they are near already. */
  *#take(frames: readonly Float32Array[], root: Float32Array, k: number): Generator<void, boolean> {
    const { scaled, gram, q, changed } = this.#a;
    const n = frames.length;
    const list = new Uint32Array(changed.buffer, changed.byteOffset, RESERVOIR);
    let [some, fresh] = [0, 0];
    frames.forEach((frame, i) => {
      const known = frame === this.#known[i];
      if (known && root === this.#root) return;
      list[some++] = i;
      for (let b = 0, at = i * this.#pitch; b < frame.length; b++, at++) scaled[at] = (frame[b] as number) * (root[b] as number);
      if (known) return;
      fresh++;
      q.fill(0, i * COMPONENTS, (i + 1) * COMPONENTS);
    });
    for (let from = 0; from < some; from += PART) {
      yield;
      this.#run.gramFrames(scaled, this.#pitch, this.#bins, n, list.subarray(from, Math.min(some, from + PART)), gram, GRAM_PITCH);
    }
    const warm = k === this.#components && 2 * fresh <= n;
    if (!warm) begin(q, n, k);
    this.#known = frames.slice();
    this.#root = root;
    this.#components = k;
    return warm;
  }

  /** Sets `square` to L^-T, where L L^T = a^T b: columns times it are orthonormal in the metric that leads from a to b. */
  #triangle(a: Float32Array, b: Float32Array, n: number, k: number): void {
    const s = new Float64Array(k * k);
    for (let i = 0; i < n; i++)
      for (let r = 0, at = i * COMPONENTS; r < k; r++) {
        const v = a[at + r] as number;
        for (let c = 0; c <= r; c++) (s[r * k + c] as number) += v * (b[at + c] as number);
      }
    let trace = 0;
    for (let r = 0; r < k; r++) trace += s[r * k + r] as number;
    for (let r = 0; r < k; r++) (s[r * k + r] as number) += (RIDGE * trace) / k + LEAST;
    factor(s, k);
    invert(s, k, this.#a.square);
  }
}

/** What work in parts comes to. */
export function allOf<Result>(parts: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/** The same random columns every time. */
function begin(q: Float32Array, n: number, k: number): void {
  let seed = 12345;
  q.fill(0);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < k; c++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      q[i * COMPONENTS + c] = seed / 2 ** 32 - 0.5;
    }
}

/** [k, COMPONENTS]: the transposed inverse of the lower triangle of `s` [k, k]; the rest 0. */
function invert(s: Float64Array, k: number, out: Float32Array): void {
  const row = new Float64Array(k);
  out.fill(0);
  for (let c = 0; c < k; c++) {
    row.fill(0);
    for (let r = c; r < k; r++) {
      let v = r === c ? 1 : 0;
      for (let i = c; i < r; i++) v -= (s[r * k + i] as number) * (row[i] as number);
      row[r] = v / (s[r * k + r] as number);
    }
    out.set(row, c * COMPONENTS);
  }
}
