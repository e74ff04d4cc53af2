import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import t from "tap";
import { openLinearMap } from "../../src/networks/linear-map.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { uncoveredEnvironment } from "../fixtures/command-line.js";

const PROGRAM = fileURLToPath(new URL("./threads.process.js", import.meta.url));

for (const [how, about] of [
  ["close", "the maps are closed"],
  ["leave", "the threads end with their maps open"],
  ["exit", "the process ends under them, its gate shut"],
] as const)
  t.test(`two threads compute at once, and nothing aborts when ${about}`, async (t) => {
    const { status, signal, stderr } = spawnSync(process.execPath, [...process.execArgv, PROGRAM, how], {
      encoding: "utf8",
      env: uncoveredEnvironment(),
    });
    t.same({ status, signal, stderr }, { status: 0, signal: null, stderr: "" });
  });

t.test("a shut gate waits for the runs of others, but not for ever, and lets nobody in", async (t) => {
  const gate = openRunGate();
  const shape = { features: 8, outputs: 1, rows: 16, counts: "float32" } as const;
  const map = await openLinearMap(shape, new Float32Array(8), gate);
  gate.enter();
  const worker = new Worker('const { workerData: s } = require("node:worker_threads"); Atomics.sub(s, 0, 1); Atomics.notify(s, 0);', {
    eval: true,
    workerData: gate.state,
  });
  gate.shut(60_000);
  t.equal(gate.state[0], 0, "the other thread has left");
  await once(worker, "exit");
  await t.rejects(map.apply(new Float32Array(128), new Float32Array(16)), { message: "the process is ending" });
  t.equal(gate.state[0], 0);
  const held = openRunGate();
  held.enter();
  held.shut(1);
  t.equal(held.state[0], 1);
});

t.test("a thread waits at a shut gate until it is ended, and throws nothing meanwhile", async (t) => {
  const gate = openRunGate();
  gate.shut(1);
  const source = `const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.module).then(({ openRunGate }) => { parentPort.postMessage("here"); openRunGate(workerData.state).enter(); });`;
  const module = new URL("../../src/networks/run-gate.js", import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { module, state: gate.state } });
  const errors: unknown[] = [];
  worker.on("error", (error) => errors.push(error));
  const exit = once(worker, "exit");
  await once(worker, "message");
  await setTimeout(200);
  await worker.terminate();
  t.same(await exit, [1], "ended from outside");
  t.same(errors, []);
  t.equal(gate.state[0], 0, "it does not count as computing");
});
