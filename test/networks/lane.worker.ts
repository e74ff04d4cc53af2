/** A thread with a linear map of its own. Asked to stop it closes the map or, as a crash would, leaves it open. */
import { parentPort, workerData } from "node:worker_threads";
import { openLinearMap } from "../../src/networks/linear-map.js";
import { openRunGate } from "../../src/networks/run-gate.js";

const [features, outputs, rows] = [256, 3, 64];
const shape = { features, outputs, rows, counts: "float32" } as const;
const map = await openLinearMap(shape, new Float32Array(features * outputs).fill(1), openRunGate(workerData));
const [counts, results] = [new Float32Array(features * rows).fill(2), new Float32Array(rows * outputs)];
let ending: "close" | "leave" | null = null;
parentPort?.once("message", (how: "close" | "leave") => {
  ending = how;
});
for (let batch = 0; ending === null; batch++) {
  await map.apply(counts, results);
  if (batch === 0) parentPort?.postMessage(results[rows * outputs - 1]);
}
if (ending === "close") await map.close();
