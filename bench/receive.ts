// Receiving from a PUSH socket of another process over tcp: CPU microseconds per message of all threads of the receiver, best of several windows
// that take turns. The fast receiver and zeromq.js put the messages into the slab, libzmq in C throws them away. Not in it: reading them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type OpenIntake, openFast, openGeneral } from "./intakes.js";
import { compileLibzmq, type Received } from "./libzmq.js";
import { options } from "./options.js";
import { pause } from "./pause.js";
import { createTable } from "./table.js";

const { quick } = options();
const SIZES = quick ? [2048, 5120] : [2048, 5120, 20_480, 73_728];
const WARM_MS = quick ? 100 : 300;
const WINDOW_MS = quick ? 400 : 700;
const WINDOWS = quick ? 2 : 4;
/** After a receiver has closed, before the next one comes. */
const GAP_MS = 50;
const SENDER = fileURLToPath(new URL("./receive.process.js", import.meta.url));

type OneWindow = (endpoint: string) => Promise<Received>;

const here =
  (open: OpenIntake): OneWindow =>
  async (endpoint) => {
    const intake = await open(endpoint);
    await pause(WARM_MS);
    const from = intake.count();
    const began = performance.now();
    const before = process.cpuUsage();
    await pause(WINDOW_MS);
    const { user, system } = process.cpuUsage(before);
    const received = { count: intake.count() - from, cpu: user + system, ms: performance.now() - began };
    intake.close();
    return received;
  };

const libzmq = compileLibzmq();
const receivers: (readonly [name: string, window: OneWindow])[] = [
  ["zeromq.js", here(openGeneral)],
  ["fast", here(openFast)],
];
if (typeof libzmq === "string") console.log(`libzmq in C, the limit, is left out: ${libzmq}\n`);
else receivers.push(["libzmq in C", (endpoint) => libzmq.receive(endpoint, WARM_MS, WINDOW_MS)]);

async function compare(size: number): Promise<void> {
  const sender = spawn(process.execPath, [SENDER, String(size)], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(sender.stdout, "data");
  const endpoint = String(said).trim();
  const best = receivers.map(() => ({ us: Number.POSITIVE_INFINITY, rate: 0 }));
  for (let i = 0; i < WINDOWS; i++)
    for (const [at, [, window]] of receivers.entries()) {
      const { count, cpu, ms } = await window(endpoint);
      const b = best[at] as (typeof best)[number];
      if (count > 0) best[at] = { us: Math.min(b.us, cpu / count), rate: Math.max(b.rate, (1000 * count) / ms) };
      await pause(GAP_MS);
    }
  sender.kill();
  const fast = best[1]?.us ?? Number.NaN;
  for (const [at, { us, rate }] of best.entries()) table.row([size, receivers[at]?.[0] ?? "", us, us / fast, Math.round(rate)]);
}

const table = createTable(["bytes", "receiver   ", "µs/message", "/ fast", "messages/s"]);
table.head();
for (const size of SIZES) await compare(size);
if (typeof libzmq !== "string") libzmq.remove();
process.exit(0);
