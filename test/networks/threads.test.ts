import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";

const PROGRAM = fileURLToPath(new URL("./threads.process.js", import.meta.url));

for (const [how, about] of [
  ["close", "the maps are closed"],
  ["leave", "the threads end with their maps open"],
  ["terminate", "the threads are terminated"],
  ["exit", "the process ends under them"],
] as const)
  t.test(`two threads compute at once, and nothing aborts when ${about}`, async (t) => {
    const { status, signal, stderr } = spawnSync(process.execPath, [...process.execArgv, PROGRAM, how], { encoding: "utf8" });
    t.same({ status, signal, stderr }, { status: 0, signal: null, stderr: "" });
  });
