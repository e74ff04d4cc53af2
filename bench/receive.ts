// Receiving from a PUSH socket of another process over tcp, into the slab: CPU microseconds per message of all threads of the receiver, best of
// several windows that take turns. What is not in it: reading the messages.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { REF, SlabReader, SlabWriter, slabControl } from "../src/line/slab.js";
import { SlabWindow } from "../src/line/slab-window.js";
import { openReceiver } from "../src/transport/receiver.js";
import { openSender } from "../src/transport/sender.js";
import { openZmtpReceiver } from "../src/transport/zmtp-receiver.js";

const SIZES = [2048, 5120, 20_480, 73_728];
const WARM_MS = 300;
const WINDOW_MS = 700;
const WINDOWS = 4;
const BURST = 64;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The sending process: as fast as the socket takes it, until it is killed. */
async function send(size: number): Promise<void> {
  const sender = await openSender({ endpoint: "tcp://127.0.0.1:*", socket: "push", bind: true, highWaterMark: 2000 });
  console.log(sender.endpoint);
  const message = [new Uint8Array(size).fill(7)];
  for (;;) {
    for (let i = 0; i < BURST && sender.trySend(message); i++);
    await new Promise((done) => setImmediate(done));
  }
}

interface Intake {
  count(): number;
  close(): void;
}
type Open = (endpoint: string) => Promise<Intake>;

/** A slab whose frames are released at once. */
function aSlab(): { readonly slab: SlabWriter; readonly ref: Int32Array; readonly release: () => void } {
  const control = slabControl();
  const slab = new SlabWriter({ control, limitBytes: 64 << 20, keepBytes: 64 << 20, segmentBytes: 8 << 20, onBuffer: () => undefined });
  const reader = new SlabReader(control);
  const ref = new Int32Array(REF.width);
  return { slab, ref, release: () => reader.release(ref[REF.slot] as number) };
}

const general: Open = async (endpoint) => {
  const { slab, ref, release } = aSlab();
  const receiver = await openReceiver({ endpoint, bind: false, socket: "pull", topic: "", highWaterMark: 4096 });
  let count = 0;
  const run = async (): Promise<void> => {
    for (let parts = await receiver.receive(); parts; parts = await receiver.receive()) {
      count++;
      if (slab.append(parts[0] as Uint8Array, ref, 0)) release();
    }
  };
  void run();
  return { count: () => count, close: () => void receiver.close() };
};

const fast: Open = async (endpoint) => {
  const { slab, ref, release } = aSlab();
  const memory = new SlabWindow(slab);
  const none = (): void => undefined;
  let count = 0;
  const receiver = openZmtpReceiver({
    host: "127.0.0.1",
    port: Number(new URL(endpoint).port),
    socket: "pull",
    topic: "",
    memory,
    take(parts) {
      count++;
      if (memory.append(parts[0] as Uint8Array, ref, 0)) release();
      return true;
    },
    onRead: none,
    onFull: none,
    onState: none,
    onTrouble: none,
  });
  return { count: () => count, close: () => receiver.close() };
};

async function oneWindow(open: Open, endpoint: string): Promise<{ us: number; rate: number }> {
  const intake = await open(endpoint);
  await pause(WARM_MS);
  const from = intake.count();
  const began = performance.now();
  const before = process.cpuUsage();
  await pause(WINDOW_MS);
  const { user, system } = process.cpuUsage(before);
  const count = intake.count() - from;
  const ms = performance.now() - began;
  intake.close();
  await pause(50);
  return { us: (user + system) / count, rate: count / ms };
}

async function compare(size: number): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "send", String(size)], { stdio: ["ignore", "pipe", "inherit"] });
  const endpoint = await new Promise<string>((done) => child.stdout.once("data", (b: Buffer) => done(String(b).trim())));
  const best = { general: { us: Number.POSITIVE_INFINITY, rate: 0 }, fast: { us: Number.POSITIVE_INFINITY, rate: 0 } };
  for (let i = 0; i < WINDOWS; i++)
    for (const [name, open] of [["general", general] as const, ["fast", fast] as const]) {
      const { us, rate } = await oneWindow(open, endpoint);
      best[name] = { us: Math.min(best[name].us, us), rate: Math.max(best[name].rate, rate) };
    }
  child.kill();
  const cells = [best.general.us, best.fast.us, best.general.us / best.fast.us, best.general.rate, best.fast.rate];
  console.log(String(size).padStart(7) + cells.map((v, i) => v.toFixed(i < 3 ? 2 : 0).padStart(i < 3 ? 11 : 14)).join(""));
}

if (process.argv[2] === "send") await send(Number(process.argv[3]));
else {
  console.log("  bytes  zeromq µs    fast µs      ratio  zeromq kmsg/s   fast kmsg/s");
  for (const size of SIZES) await compare(size);
  process.exit(0);
}
