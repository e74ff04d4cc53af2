// How near patterns of both variants are to what was expected, on scans of the virtual microscope, by the estimator alone. What is expected at a
// position is the mean of many more electrons; their noise is taken out of the squared errors. Everything is the mean of several exposures of the
// same scan: of one, the error of the counts is small by chance somewhere. `worse`: positions whose mean squared error is above that of the counts;
// `most`: the largest ratio of both.
import { DENOISE_VARIANTS, type DenoiseVariant } from "../src/core/wire.js";
import { Denoiser } from "../src/denoise/denoiser.js";
import { createWasmEstimator } from "../src/denoise/wasm-estimator.js";
import { instantiateKernels, type KernelModule } from "../src/kernels/kernel-module.js";
import { exposureOf } from "../src/microscope/exposure.js";
import { OPTICS, type Optics, radiusOf } from "../src/microscope/optics.js";
import { makeSpecimen, type Specimen } from "../src/microscope/specimen.js";
import { createTable } from "./table.js";

interface Case {
  readonly size: number;
  readonly seed: number;
  /** Semi-angles of the probe and of its precession, mrad; null: those of the microscope. */
  readonly mrad: readonly [probe: number, precession: number] | null;
}
const CASES: readonly Case[] = [
  { size: 96, seed: 21, mrad: null },
  { size: 96, seed: 22, mrad: [1.2, 0] },
  { size: 112, seed: 23, mrad: [3, 0] },
  { size: 64, seed: 24, mrad: [2, 5] },
];
const DOSES = [50, 200, 1000, 5000];
const HIGH = 65535;
/** One position in so many is looked at. */
const STEP = 5;
/** Electrons of the expected patterns, in parts of which no pixel holds more than it can. */
const ELECTRONS = 1e6;
const PARTS = 5;
/** Of every scan. */
const EXPOSURES = 8;
/** Of the mean count: the least rate of an estimate. */
const LEAST = 1e-3;

const opticsOf = ({ mrad }: Case): Optics => (mrad ? { probeRadius: radiusOf(mrad[0]), precession: radiusOf(mrad[1]) } : OPTICS);

/** Expected share of the electrons per pixel at some positions. */
function expectedOf(specimen: Specimen, c: Case, positions: readonly number[]): Float64Array[] {
  const part = new Uint16Array(c.size ** 2);
  const sums = positions.map(() => new Float64Array(part.length));
  for (let n = 0; n < PARTS; n++) {
    const expose = exposureOf(specimen, c.size, ELECTRONS / PARTS, c.seed + 1000 + n, opticsOf(c));
    for (const [i, position] of positions.entries()) {
      expose(position, part);
      const sum = sums[i] as Float64Array;
      for (let p = 0; p < part.length; p++) (sum[p] as number) += (part[p] as number) / ELECTRONS;
    }
  }
  return sums;
}

/** Squared error and Poisson deviance of an estimate; `share`: expected share of the electrons. */
function errorOf(estimate: ArrayLike<number>, share: Float64Array, dose: number): { readonly square: number; readonly deviance: number } {
  const least = (LEAST * dose) / share.length;
  let [square, deviance] = [0, 0];
  for (let p = 0; p < share.length; p++) {
    const rate = dose * (share[p] as number);
    const e = estimate[p] as number;
    const mu = Math.max(e, least);
    square += (e - rate) ** 2 - (rate * dose) / ELECTRONS;
    deviance += 2 * (mu - rate + (rate > 0 ? rate * Math.log(rate / mu) : 0));
  }
  return { square, deviance };
}

/** Of one exposure, per position. */
type Errors = readonly ReturnType<typeof errorOf>[];

interface Score {
  readonly psnr: number;
  readonly deviance: number;
  readonly worse: number;
  readonly most: number;
}

/** Of the counts, and of both variants. */
function errorsOf(
  kernels: KernelModule,
  c: Case,
  dose: number,
  specimen: Specimen,
  positions: readonly number[],
  expected: Float64Array[],
  exposure: number,
): Errors[] {
  const { rows, columns } = specimen.truth;
  const expose = exposureOf(specimen, c.size, dose, c.seed + exposure, opticsOf(c));
  const frames = Array.from({ length: rows * columns }, (_, position) => {
    const counts = new Uint16Array(c.size ** 2);
    expose(position, counts);
    return counts;
  });
  const denoiser = new Denoiser({
    columns,
    height: c.size,
    width: c.size,
    newEstimator: (setup) => createWasmEstimator(kernels, setup),
    products: instantiateKernels(kernels),
  });
  const at = (row: number, column: number): Uint16Array[] => [frames[row * columns + column] as Uint16Array];
  for (let row = 0; row < rows; row++) denoiser.takeRow(row, (column) => at(row, column), HIGH);
  denoiser.finish();
  const made = (position: number, variant: DenoiseVariant): Float32Array =>
    denoiser.pattern(at, rows, Math.floor(position / columns), position % columns, HIGH, variant) as Float32Array;
  const errors = (of: (position: number) => ArrayLike<number>): Errors =>
    positions.map((position, i) => errorOf(of(position), expected[i] as Float64Array, dose));
  return [
    errors((position) => frames[position] as Uint16Array),
    ...DENOISE_VARIANTS.map((variant) => errors((position) => made(position, variant))),
  ];
}

/** Over exposures: of estimates, beside those of the counts. */
function scoreOf(estimates: readonly Errors[], counts: readonly Errors[], peak: number, pixels: number): Score {
  const sums = (all: readonly Errors[], of: (e: Errors[number]) => number): number[] =>
    (all[0] as Errors).map((_, i) => all.reduce((sum, errors) => sum + of(errors[i] as Errors[number]), 0));
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / (values.length * estimates.length);
  const squares = sums(estimates, (e) => e.square);
  const raw = sums(counts, (e) => e.square);
  const ratios = squares.map((s, i) => s / (raw[i] as number));
  return {
    psnr: 10 * Math.log10(peak ** 2 / (mean(squares) / pixels)),
    deviance: mean(sums(estimates, (e) => e.deviance)),
    worse: ratios.filter((r) => r > 1).length,
    most: Math.max(...ratios),
  };
}

export function printQuality(kernels: KernelModule, quick: boolean): void {
  console.log("\nPatterns against what was expected, scans of the virtual microscope: PSNR dB / deviance per pattern\n");
  const [rows, columns] = quick ? [12, 16] : [24, 32];
  const table = createTable([
    "px",
    "mrad",
    "e-/frame",
    "raw dB",
    "full dB",
    "cheap dB",
    "raw dev",
    "full dev",
    "cheap dev",
    "full worse",
    "cheap worse",
    "of",
    "full most",
    "cheap most",
  ]);
  table.head();
  for (const c of quick ? CASES.slice(0, 1) : CASES) {
    const specimen = makeSpecimen(rows, columns, c.size, c.seed);
    const positions = Array.from({ length: Math.ceil((rows * columns) / STEP) }, (_, i) => i * STEP);
    const expected = expectedOf(specimen, c, positions);
    for (const dose of quick ? [200] : DOSES) {
      const exposures = Array.from({ length: quick ? 1 : EXPOSURES }, (_, n) =>
        errorsOf(kernels, c, dose, specimen, positions, expected, n),
      );
      const peak = dose * expected.reduce((most, share) => share.reduce((a, v) => Math.max(a, v), most), 0);
      const of = (which: number): Errors[] => exposures.map((e) => e[which] as Errors);
      const [raw, full, cheap] = [0, 1, 2].map((which) => scoreOf(of(which), of(0), peak, c.size ** 2)) as [Score, Score, Score];
      const mrad = c.mrad?.join("/") ?? "2/12";
      const scores = [raw.psnr, full.psnr, cheap.psnr, raw.deviance, full.deviance, cheap.deviance];
      table.row([c.size, mrad, dose, ...scores, full.worse, cheap.worse, positions.length, full.most, cheap.most]);
    }
  }
}
