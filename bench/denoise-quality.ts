// How near patterns of both variants are to what was expected, on scans of the virtual microscope, by the estimator alone. What is expected at a
// position is the mean of many more electrons; their noise is taken out of the squared errors. `worse`: positions of which the squared error is
// above that of the counts.
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

interface Score {
  readonly psnr: number;
  readonly deviance: number;
  readonly worse: number;
}

/** Of the counts, and of both variants. */
function scoresOf(
  kernels: KernelModule,
  c: Case,
  dose: number,
  specimen: Specimen,
  positions: readonly number[],
  expected: Float64Array[],
) {
  const { rows, columns } = specimen.truth;
  const expose = exposureOf(specimen, c.size, dose, c.seed, opticsOf(c));
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
  const peak = dose * expected.reduce((most, share) => share.reduce((a, v) => Math.max(a, v), most), 0);
  const raw = positions.map((position, i) => errorOf(frames[position] as Uint16Array, expected[i] as Float64Array, dose));
  const made = (position: number, variant: DenoiseVariant): Float32Array =>
    denoiser.pattern(at, rows, Math.floor(position / columns), position % columns, HIGH, variant) as Float32Array;
  const score = (errors: readonly ReturnType<typeof errorOf>[]): Score => {
    const mean = (of: (e: ReturnType<typeof errorOf>) => number): number => errors.reduce((sum, e) => sum + of(e), 0) / errors.length;
    const worse = errors.filter((e, i) => e.square > (raw[i]?.square as number)).length;
    return { psnr: 10 * Math.log10(peak ** 2 / (mean((e) => e.square) / c.size ** 2)), deviance: mean((e) => e.deviance), worse };
  };
  const ofVariant = (variant: DenoiseVariant): Score =>
    score(positions.map((position, i) => errorOf(made(position, variant), expected[i] as Float64Array, dose)));
  return [score(raw), ...DENOISE_VARIANTS.map(ofVariant)];
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
  ]);
  table.head();
  for (const c of quick ? CASES.slice(0, 1) : CASES) {
    const specimen = makeSpecimen(rows, columns, c.size, c.seed);
    const positions = Array.from({ length: Math.ceil((rows * columns) / STEP) }, (_, i) => i * STEP);
    const expected = expectedOf(specimen, c, positions);
    for (const dose of quick ? [200] : DOSES) {
      const [raw, full, cheap] = scoresOf(kernels, c, dose, specimen, positions, expected) as [Score, Score, Score];
      const mrad = c.mrad?.join("/") ?? "2/12";
      const scores = [raw.psnr, full.psnr, cheap.psnr, raw.deviance, full.deviance, cheap.deviance];
      table.row([c.size, mrad, dose, ...scores, full.worse, cheap.worse, positions.length]);
    }
  }
}
