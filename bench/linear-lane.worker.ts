/** A thread that opens a linear map when asked to, so that its memory can be told from the thread's own. */
import { parentPort } from "node:worker_threads";
import type { LinearMapShape } from "../src/networks/linear-map.js";

export interface LaneTimes {
  /** Loading the library, in the first thread that does, and opening the map; ms. */
  readonly load: number;
  readonly open: number;
}
const BATCHES = 50;

parentPort?.on("message", async (shape: LinearMapShape | null) => {
  if (shape === null) return parentPort?.close();
  const began = performance.now();
  const { openLinearMap } = await import("../src/networks/linear-map.js");
  const loaded = performance.now();
  const map = await openLinearMap(shape, new Float32Array(shape.features * shape.outputs));
  const opened = performance.now();
  const counts = new Float32Array(shape.rows * shape.features);
  const results = new Float32Array(shape.rows * shape.outputs);
  for (let i = 0; i < BATCHES; i++) await map.apply(counts, results);
  parentPort?.postMessage({ load: loaded - began, open: opened - loaded } satisfies LaneTimes);
});
parentPort?.postMessage(null);
