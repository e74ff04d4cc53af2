// The feature estimate of every position, µs of CPU per frame. `list`: counts of a frame as it was received; `seat`: its scores, polar counts
// and features; `causal`, `final`: weights, average polar counts and features of a position from rows before and its own, and from all of its
// neighbours; `learn`: basis and mixing weights, spread over the frames of a scan of 128 rows of 256.
import type { FrameShape, PixelArray } from "../src/core/frame.js";
import { POLAR } from "../src/core/polar.js";
import { Denoiser } from "../src/denoise/denoiser.js";
import type { CountList, Estimator, EstimatorSetup, FeatureSetup } from "../src/denoise/estimator.js";
import { FEATURE_WINDOW, REACH, WINDOWS, type WindowShape } from "../src/denoise/method.js";
import { createPlainEstimator } from "../src/denoise/plain-estimator.js";
import { createWasmEstimator } from "../src/denoise/wasm-estimator.js";
import { encodeBslz4 } from "../src/kernels/encode-bslz4.js";
import { instantiateKernels, type KernelModule } from "../src/kernels/kernel-module.js";
import { listCounts } from "../src/kernels/list-counts.js";
import { PayloadLister } from "../src/kernels/list-payload.js";
import { createPlainLane } from "../src/kernels/plain-lane.js";
import { FEATURES } from "../src/kernels/polar-entries.js";
import { projectionWeights } from "../src/stages/projections.js";
import { aFrame } from "./denoise-frames.js";
import { createTable } from "./table.js";
import { bestMicroseconds } from "./timing.js";

const SIZES = [192, 256];
const DOSES = [30, 300, 3000];
const HIGH = 65533;
/** Distinct frames. */
const FRAMES = 256;
const [ROWS, COLUMNS] = [128, 256];
const FEATURE_SETUP: FeatureSetup = { ellipse: [1, 0], weights: projectionWeights((row, col) => [row, col]) };
const SHAPE = WINDOWS[FEATURE_WINDOW] as WindowShape;

type List = (payload: Uint8Array) => CountList;
interface Maker {
  readonly newEstimator: (setup: EstimatorSetup) => Estimator;
  readonly newList: (shape: FrameShape) => List;
}

const shapeOf = (size: number): FrameShape => ({
  height: size,
  width: size,
  type: "uint16",
  encoding: "bslz4",
  element: 2,
  bigEndian: false,
});
const LIMITS = { mask: null, low: 0, high: HIGH };

const fast = (kernels: KernelModule): Maker => ({
  newEstimator: (setup) => createWasmEstimator(kernels, setup),
  newList(shape) {
    const lister = new PayloadLister(instantiateKernels(kernels));
    lister.configure({ ...shape, ...LIMITS });
    return (payload) => ({ list: lister.list(payload, shape) as Uint32Array });
  },
});
const plain: Maker = {
  newEstimator: createPlainEstimator,
  newList(shape) {
    const lane = createPlainLane();
    const pixels = shape.height * shape.width;
    const [used, room] = [new Uint8Array(pixels).fill(1), new Uint32Array(pixels)];
    return (payload) => {
      lane.decode(payload, shape);
      return { list: room.subarray(0, listCounts(lane.pixels() as PixelArray, used, HIGH, room)) };
    };
  },
};

/** A denoiser that has taken some rows, and its estimator. */
function denoised(maker: Maker, size: number, columns: number, rows: number, listed: (i: number) => CountList) {
  const made: Estimator[] = [];
  const denoiser = new Denoiser({
    columns,
    height: size,
    width: size,
    newEstimator(setup) {
      made.push(maker.newEstimator(setup));
      return made[0] as Estimator;
    },
    products: null,
    features: FEATURE_SETUP,
  });
  const centre = new Float64Array(2 * columns).map((_, i) => size / 2 + Math.sin(i));
  for (let row = 0; row < rows; row++) denoiser.takeRow(row, (c) => [listed(row * 37 + c)], HIGH, { centre, radius: size / 40 });
  denoiser.learn();
  return { denoiser, estimator: made[0] as Estimator };
}

function partsOf(maker: Maker, size: number, payloads: readonly Uint8Array[], windows: number): number[] {
  const [columns, rows] = [2 * SHAPE.across + 1, REACH.back + REACH.ahead + 1];
  const list = maker.newList(shapeOf(size));
  const payloadAt = (i: number): Uint8Array => payloads[i % payloads.length] as Uint8Array;
  const { estimator: e } = denoised(maker, size, columns, rows, (i) => list(payloadAt(i)));
  const [row, column] = [REACH.back, SHAPE.across];
  const own = row * columns + column;
  const near = (last: number): number[] => {
    const all = Array.from({ length: columns * (last - row + SHAPE.back + 1) }, (_, i) => (row - SHAPE.back) * columns + i);
    return [own, ...all.filter((seat) => seat !== own)];
  };
  const copies = payloads.map((p) => ({ list: list(p).list.slice() }));
  const [polar, features] = [new Float32Array(POLAR.rings * POLAR.sectors), new Float32Array(FEATURES)];
  const estimate = (members: readonly number[]) => (): void => {
    e.weigh(members, SHAPE.kappa);
    e.features(features, 0);
    e.polar(polar, 0);
  };
  let next = 0;
  const seat = (): void => {
    e.clear(own);
    e.putList(own, copies[next++ % copies.length] as CountList);
    e.aim(own, size / 2 + 0.3, size / 2 - 0.2);
    e.score(own);
  };
  const works = [() => void list(payloadAt(next++)), seat, estimate(near(row)), estimate(near(row + SHAPE.ahead))];
  return works.map((work) => bestMicroseconds(work, windows));
}

function learning(kernels: KernelModule, size: number, payloads: readonly Uint8Array[], rows: number): number {
  const list = fast(kernels).newList(shapeOf(size));
  const copies = payloads.map((p) => ({ list: list(p).list.slice() }));
  const denoiser = new Denoiser({
    columns: COLUMNS,
    height: size,
    width: size,
    newEstimator: fast(kernels).newEstimator,
    products: instantiateKernels(kernels),
  });
  let spent = 0;
  for (let row = 0; row < rows; row++) {
    denoiser.takeRow(row, (c) => [copies[(row * 37 + c) % copies.length] as CountList], HIGH);
    const before = process.cpuUsage();
    denoiser.learn();
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
  }
  return spent / rows / COLUMNS;
}

export function printFeatures(kernels: KernelModule, quick: boolean): void {
  console.log("Feature estimate of every position\n");
  const table = createTable([
    "px",
    "e-/frame",
    "list",
    "seat",
    "causal",
    "final",
    "learn",
    "all",
    "frames/s",
    "plain µs",
    "plain / all - learn",
  ]);
  table.head();
  for (const size of SIZES)
    for (const electrons of DOSES) {
      const payloads = Array.from({ length: FRAMES }, (_, i) => encodeBslz4(aFrame(size, electrons, i + 1), 2));
      const parts = partsOf(fast(kernels), size, payloads, quick ? 3 : 10);
      const slow = partsOf(plain, size, payloads, quick ? 1 : 2).reduce((a, b) => a + b, 0);
      const learn = learning(kernels, size, payloads, quick ? ROWS / 4 : ROWS);
      const bare = parts.reduce((a, b) => a + b, 0);
      table.row([size, electrons, ...parts, learn, bare + learn, Math.round(1e6 / (bare + learn)), slow, slow / bare]);
    }
}
