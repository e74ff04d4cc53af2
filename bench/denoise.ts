// Denoising: microseconds of CPU per frame and frames per second of one core, WebAssembly and plain TypeScript in the same run. First the
// feature estimate of every position (denoise-features.ts) and its delay in the line (denoise-delay.ts), then patterns, one at a time, and how
// good they are (denoise-quality.ts). `list`: counts of a new frame, and its scores; `weigh`: the weights of its neighbours in the windows of the
// variant; `pattern`: these, the bank and its mixture, for a position that has all its neighbours, into an array that is there; `learn`: what
// every few positions add to the mixing weights, of both variants. `copy`: copying one float32 plane.
import { readFileSync } from "node:fs";
import { DENOISE_VARIANTS, type DenoiseVariant } from "../src/core/wire.js";
import { Denoiser } from "../src/denoise/denoiser.js";
import type { Estimator, EstimatorSetup } from "../src/denoise/estimator.js";
import { REACH, VARIANTS, WINDOWS, type WindowShape } from "../src/denoise/method.js";
import { Mixing } from "../src/denoise/mixing.js";
import { createPlainEstimator } from "../src/denoise/plain-estimator.js";
import { createWasmEstimator } from "../src/denoise/wasm-estimator.js";
import { compileKernels, instantiateKernels, type KernelInstance } from "../src/kernels/kernel-module.js";
import { printDelays } from "./denoise-delay.js";
import { printFeatures } from "./denoise-features.js";
import { aFrame } from "./denoise-frames.js";
import { printQuality } from "./denoise-quality.js";
import { options } from "./options.js";
import { createTable } from "./table.js";
import { bestMicroseconds } from "./timing.js";

const { quick } = options();
const WINDOWS_OF_TIME = quick ? 3 : 10;
const PLAIN_WINDOWS = quick ? 1 : 2;
const SIZES = [96, 192, 256];
const DOSES = [30, 300, 3000];
/** Rows that are learnt from, and a row length that gives the position in the middle all its neighbours. */
const ROWS = 12;
const COLUMNS = 2 * Math.max(...WINDOWS.map((w) => w.across)) + 1;
const HIGH = 65534;

interface Times {
  readonly weigh: number;
  readonly pattern: number;
}

/** µs of CPU: of a frame, and of a position in each variant. */
type AllTimes = { readonly list: number; readonly learn: number } & Readonly<Record<DenoiseVariant, Times>>;

type NewEstimator = (setup: EstimatorSetup) => Estimator;

/** Seats of a window about the middle of the rows that are at hand; the own one first. */
function seatsOf({ back, ahead, across }: WindowShape): number[] {
  const ring = REACH.back + REACH.ahead + 1;
  const [row, column] = [ROWS - 1 - REACH.ahead, (COLUMNS - 1) / 2];
  const seats = [(row % ring) * COLUMNS + column];
  for (let r = row - back; r <= row + ahead; r++)
    for (let c = column - across; c <= column + across; c++) if (r !== row || c !== column) seats.push((r % ring) * COLUMNS + c);
  return seats;
}

function timesOf(create: NewEstimator, products: KernelInstance | null, size: number, electrons: number, windows: number): AllTimes {
  const made: Estimator[] = [];
  const newEstimator: NewEstimator = (setup) => {
    const e = create(setup);
    made.push(e);
    return e;
  };
  const denoiser = new Denoiser({ columns: COLUMNS, height: size, width: size, newEstimator, products });
  for (let row = 0; row < ROWS; row++) denoiser.takeRow(row, (c) => [aFrame(size, electrons, row * COLUMNS + c + 1)], HIGH);
  const e = made[0] as Estimator;
  const [own = 0] = seatsOf(WINDOWS[0] as WindowShape);
  const frames = Array.from({ length: 32 }, (_, i) => aFrame(size, electrons, 1000 + i));
  let next = 0;
  const list = bestMicroseconds(() => {
    e.clear(own);
    e.put(own, frames[next++ % frames.length] as Uint16Array, HIGH);
    e.score(own);
  }, windows);
  const cheap = variantTimes(e, "cheap", size * size, windows);
  const full = variantTimes(e, "full", size * size, windows);
  const mixing = new Mixing();
  const learn = bestMicroseconds(() => e.learn(mixing), windows);
  return { list, learn, full, cheap };
}

function variantTimes(e: Estimator, variant: DenoiseVariant, pixels: number, windows: number): Times {
  const { windows: shapes } = VARIANTS[variant];
  const lists = shapes.map(seatsOf);
  const out = new Float32Array(pixels);
  return {
    weigh: bestMicroseconds(() => {
      for (const [i, list] of lists.entries()) e.weigh(list, (shapes[i] as WindowShape).kappa);
    }, windows),
    pattern: bestMicroseconds(() => {
      e.fill(variant, lists);
      e.mix(out);
    }, windows),
  };
}

const kernels = compileKernels(readFileSync(new URL("../wasm/kernels.wasm", import.meta.url)));
printFeatures(kernels, quick);
await printDelays(quick);
console.log("\nPatterns of positions that have all their neighbours\n");
const table = createTable(
  ["px", "e-/frame", "variant", "list", "weigh", "pattern", "learn", "copy", "patterns/s"].concat([
    "plain/list",
    "plain/weigh",
    "plain/pattern",
    "plain/learn",
  ]),
);
table.head();
for (const size of SIZES)
  for (const electrons of DOSES) {
    const fast = timesOf((s) => createWasmEstimator(kernels, s), instantiateKernels(kernels), size, electrons, WINDOWS_OF_TIME);
    const slow = timesOf(createPlainEstimator, instantiateKernels(kernels), size, electrons, PLAIN_WINDOWS);
    const plane = new Float32Array(size * size);
    const to = new Float32Array(size * size);
    const copy = bestMicroseconds(() => to.set(plane), WINDOWS_OF_TIME);
    for (const variant of DENOISE_VARIANTS) {
      const { weigh, pattern } = fast[variant];
      const plain = slow[variant];
      const rate = Math.round(1e6 / pattern);
      const ratios = [slow.list / fast.list, plain.weigh / weigh, plain.pattern / pattern, slow.learn / fast.learn];
      table.row([size, electrons, variant, fast.list, weigh, pattern, fast.learn, copy, rate, ...ratios]);
    }
  }
printQuality(kernels, quick);
