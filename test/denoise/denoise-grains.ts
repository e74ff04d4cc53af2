import type { DenoiseVariant } from "../../src/core/wire.js";
import { Denoiser, type DenoiseSetup } from "../../src/denoise/denoiser.js";
import { createPlainEstimator } from "../../src/denoise/plain-estimator.js";
import type { RowEstimate } from "../../src/denoise/row-estimate.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { theKernels } from "../fixtures/lanes.js";
import type { TwoGrains } from "../fixtures/two-grains.js";

interface Denoised {
  readonly rows: readonly RowEstimate[];
  pattern(row: number, column: number, variant?: DenoiseVariant): Float32Array;
}

export const setupOf = (s: Pick<TwoGrains, "columns" | "side">, plain = false): DenoiseSetup => ({
  columns: s.columns,
  height: s.side,
  width: s.side,
  newEstimator: plain ? createPlainEstimator : (setup) => createWasmEstimator(theKernels, setup),
  products: plain ? null : instantiateKernels(theKernels),
});

interface How {
  /** What is done to the pixels of each frame first. */
  readonly turn?: (pixels: Uint8Array) => Uint8Array;
  /** Positions that did not come. */
  readonly lost?: ReadonlySet<number>;
  readonly used?: Uint8Array;
  readonly plain?: boolean;
}

/** Denoises a scan. */
export function denoise(s: TwoGrains, { turn = (p) => p, lost = new Set(), used, plain = false }: How = {}): Denoised {
  const denoiser = new Denoiser(setupOf(s, plain));
  if (used) denoiser.setUsed(used);
  const at = (row: number, column: number): Uint8Array[] =>
    lost.has(row * s.columns + column) ? [] : [turn(s.frames[row]?.[column] as Uint8Array)];
  const rows = s.frames.flatMap((_, row) => denoiser.takeRow(row, (column) => at(row, column), 254).estimates);
  rows.push(...denoiser.finish());
  return { rows, pattern: (row, column, variant) => denoiser.pattern(at, s.rows, row, column, 254, variant) as Float32Array };
}

export const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((a, v) => a + (Number.isNaN(v) ? 0 : v), 0);
export const squaredError = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  sumOf(Array.from(a, (v, p) => (Number.isNaN(v) ? 0 : (v - (b[p] as number)) ** 2)));

export const quarter = (side: number, pixels: Uint8Array): Uint8Array =>
  pixels.map((_, p) => pixels[(p % side) * side + (side - 1 - Math.floor(p / side))] as number);

export const positions = (s: TwoGrains): [number, number][] =>
  s.frames.flatMap((line, row) => line.map((_, column): [number, number] => [row, column]));
