/** Two threads that compute without pause, ended in the way that the argument names. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { openRunGate } from "../../src/networks/run-gate.js";

const how = process.argv[2];
const gate = openRunGate();
const lanes = [1, 2].map(() => new Worker(new URL("./lane.worker.js", import.meta.url), { workerData: gate.state }));
const said = await Promise.all(lanes.map(async (lane) => ((await once(lane, "message")) as [number])[0]));
process.exitCode = said.every((v) => v === 512) ? 0 : 2;
if (how === "exit") {
  process.on("exit", () => gate.shut(60_000));
  process.exit();
}
const ended = lanes.map((lane) => once(lane, "exit"));
for (const lane of lanes) lane.postMessage(how);
await Promise.all(ended);
