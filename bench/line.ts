// The whole line: a publisher in another process, the daemon in another, both watched from here. Linux only.
import { existsSync } from "node:fs";
import { capacityEffort } from "./capacity.js";
import { CASES, FIRST_CASE, FIVE_KB } from "./cases.js";
import { byStage, HALF, type LineEffort, type LineFinding, LOAD, measureLine } from "./measure-line.js";
import { options } from "./options.js";
import { STAGES } from "./process-times.js";
import { publisherRates } from "./publisher-rates.js";
import { quantile } from "./quantile.js";
import { createTable } from "./table.js";

const { quick, lanes, kind } = options();
const EFFORT: LineEffort = {
  capacity: capacityEffort(quick),
  windows: quick ? 3 : 8,
  latencySeconds: quick ? 1 : 5,
  collectionsSeconds: quick ? 1 : 4,
};
const PUBLISHER_SECONDS = quick ? 0.7 : 3;
const settings = lanes === undefined ? {} : { BRAGGSTREAM__LANES__PIXEL: String(lanes) };
const progress = (line: string): void => void process.stderr.write(`line: ${line}\n`);
/** Headings of columns of words, as wide as what stands in them. */
const CASE = "case".padEnd(16);
const THREAD = "thread".padEnd(12);

const total = (f: LineFinding): number => f.best?.total ?? Number.NaN;

const cost = createTable([CASE, "bytes", ...STAGES, "all", "1/s per core", "whole", "copy GB/s", "copy µs", "lz4 µs", "/ limits"]);
function costRow(f: LineFinding): void {
  const stages = byStage(f.best);
  const { copyGBs, copy, lz4 } = f.limits;
  const whole = `${f.busy.windows.filter((w) => w.whole).length}/${f.busy.windows.length}`;
  const cpu = STAGES.map((s) => stages.get(s) ?? 0);
  const perCore = Math.round(1e6 / total(f));
  cost.row([f.name, Math.round(f.frameBytes), ...cpu, total(f), perCore, whole, copyGBs, copy, lz4, total(f) / (copy + lz4)]);
}

function printBehaviour(findings: readonly LineFinding[]): void {
  console.log(`\nHighest rate that was kept; account and memory at ${100 * LOAD} %; time from receiving to the map at ${100 * HALF} %\n`);
  const headings = ["capacity/s", "frames", "lost", "wrong", "late ms", "loop p99", "MiB", "most MiB", "p50 ms", "p99 ms", "load"];
  const table = createTable([CASE, ...headings]);
  table.head();
  for (const { name, capacity, busy, check, half, load } of findings) {
    const { placed, lost, malformed, not_sent } = busy.account;
    const loop = Math.max(...busy.windows.map((w) => w.lagMs));
    const memory = [busy.resident[0] ?? 0, Math.max(...busy.resident)].map(Math.round);
    const latency = [0.5, 0.99].map((q) => 1000 * quantile(half.metrics, "frame_to_map_seconds", q));
    const account = [placed, lost + malformed + not_sent, check.wrong, 1000 * busy.sent.lateSeconds];
    table.row([name, Math.round(capacity), ...account, loop, ...memory, ...latency, load]);
  }
}

function printRatios(findings: readonly LineFinding[]): void {
  console.log(`\nRatios: plain TypeScript / the lanes' CPU; with zeromq.js at ${100 * HALF} % of the capacity / with the fast receiver\n`);
  const table = createTable([CASE, "plain µs", "plain / lanes", "zeromq receive µs", "/ receive", "zeromq all µs", "/ all"]);
  table.head();
  for (const f of findings) {
    const own = byStage(f.best);
    const zeromq = byStage(f.zeromq).get("receive") ?? Number.NaN;
    const all = f.zeromq?.total ?? Number.NaN;
    const receive = zeromq / (own.get("receive") ?? Number.NaN);
    table.row([f.name, f.plain, f.plain / (own.get("pixels") ?? Number.NaN), zeromq, receive, all, all / total(f)]);
  }
}

function printThreads(findings: readonly LineFinding[]): void {
  console.log(
    `\nBy thread: CPU in µs per frame of the best window; garbage collection per million frames and heap bytes per frame at ${100 * HALF} %\n`,
  );
  const table = createTable([CASE, THREAD, "µs/frame", "scavenges", "scavenge ms", "mark-sweeps", "mark-sweep ms", "bytes/frame"]);
  table.head();
  for (const { name, best, collected } of findings)
    for (const [thread, us] of best?.threads ?? []) {
      const gc = collected.get(thread);
      const work = gc ? [gc.scavenges, gc.scavengeMs, gc.marks, gc.markMs, gc.bytes] : ["", "", "", "", ""];
      table.row([name, thread.replaceAll(" ", "-"), us, ...work]);
    }
}

if (!existsSync("/proc/self/task")) throw new Error("the bench of the line needs Linux: it reads the CPU time of threads from /proc");
console.log("The publisher alone, into the fast receiver: unbounded, then at a set rate\n");
const alone = createTable(["bytes", "frames/s", "sender µs", "set rate", "frames/s at it", "late ms"]);
alone.head();
for (const of of [kind ?? FIVE_KB]) {
  const { bytes, free, paced } = await publisherRates(of, PUBLISHER_SECONDS);
  const rates = [paced.asked, Math.round(paced.rate), 1000 * paced.lateSeconds];
  alone.row([Math.round(bytes), Math.round(free.rate), free.microseconds, ...rates]);
}
console.log(
  `\nCPU of the daemon in µs per frame by stage at ${100 * LOAD} % of its capacity: best of the whole windows; limits of the same minutes\n`,
);
cost.head();
const findings: LineFinding[] = [];
for (const one of kind ? [kind] : quick ? [FIRST_CASE] : CASES) {
  const found = await measureLine(one, settings, EFFORT, progress);
  findings.push(found);
  costRow(found);
}
printBehaviour(findings);
printRatios(findings);
printThreads(findings);
