// Linear maps of a batch through ONNX Runtime: CPU per frame against plain TypeScript, and what a lane pays to have one.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { LinearMapShape } from "../src/networks/linear-map.js";
import type { LaneTimes } from "./linear-lane.worker.js";
import { options } from "./options.js";
import { plainProduct } from "./plain-product.js";
import { createTable } from "./table.js";
import { bestMicroseconds, bestMicrosecondsOf } from "./timing.js";

const { quick } = options();
const WINDOWS = quick ? 4 : 12;
const LANES = 3;
const ROWS = 64;
const POLAR = 2048;
const PIXELS = 192 * 192;
const MOST_WEIGHT = 64;

let state = 1;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

interface Case extends LinearMapShape {
  /** Whole weights let bytes be multiplied as integers. */
  readonly whole: boolean;
}
const aCase = (features: number, outputs: number, counts: Case["counts"], whole: boolean): Case => ({
  ...{ features, outputs, counts, whole },
  rows: features === PIXELS ? ROWS / 2 : ROWS,
});
const CASES = [
  aCase(POLAR, 16, "float32", false),
  aCase(POLAR, 64, "float32", false),
  aCase(POLAR, 16, "uint8", true),
  aCase(PIXELS, 16, "float32", false),
  aCase(PIXELS, 16, "uint8", false),
  aCase(PIXELS, 16, "uint8", true),
];

/** Resident memory in MiB and milliseconds that a lane's first map takes; nobody has loaded the library before the first lane does. */
const residentMiB = (): number => process.memoryUsage.rss() / (1 << 20);
const lanes = createTable(["lane", "load ms", "open ms", "MiB"]);
lanes.head();
const workers: Worker[] = [];
for (let lane = 1; lane <= LANES; lane++) {
  const worker = new Worker(new URL("./linear-lane.worker.js", import.meta.url));
  workers.push(worker);
  await once(worker, "message");
  const before = residentMiB();
  worker.postMessage(CASES[0]);
  const [times] = (await once(worker, "message")) as [LaneTimes];
  lanes.row([lane, times.load, times.open, residentMiB() - before]);
}
for (const worker of workers) {
  worker.postMessage(null);
  await once(worker, "exit");
}
console.log("");

const { openLinearMap } = await import("../src/networks/linear-map.js");
const table = createTable(["counts", "weights", "features", "outputs", "rows", "us/frame", "plain", "plain/us", "to bytes"]);
table.head();
for (const { whole, ...shape } of CASES) {
  const { features, outputs, rows } = shape;
  // Small enough for sums of whole pixels to stay below 2^24.
  const weights = Float32Array.from({ length: features * outputs }, () =>
    whole ? Math.round(random() * (features === PIXELS ? 1 : MOST_WEIGHT / 2)) : random() - 0.5,
  );
  const values = Float32Array.from({ length: rows * features }, () => Math.floor(3 * random()));
  const counts = shape.counts === "uint8" ? Uint8Array.from(values) : values;
  const results = new Float32Array(rows * outputs);
  const map = await openLinearMap(shape, weights);
  const us = (await bestMicrosecondsOf(() => map.apply(counts, results), WINDOWS)) / rows;
  const plain = bestMicroseconds(() => plainProduct(counts, weights, features, outputs, results), 2) / rows;
  const bytes = new Uint8Array(rows * features);
  const convert = bestMicroseconds(() => bytes.set(values), WINDOWS) / rows;
  table.row([shape.counts, map.format === "u8s8" ? "int8" : "float32", features, outputs, rows, us, plain, plain / us, convert]);
  await map.close();
}
