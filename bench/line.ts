// The whole line: a publisher in another process, the daemon in another, both watched from here. Linux only.
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { createCalibration } from "./calibrate.js";
import { findCapacity } from "./capacity.js";
import { wrongSums } from "./check-sums.js";
import type { MetricValues } from "./daemon.js";
import { type FrameKind, kindName, makeFrames } from "./frames.js";
import { openLineRun, type Window } from "./line-run.js";
import { THREADS } from "./process-times.js";
import { createTable } from "./table.js";

const DOSES = [0.01, 0.1, 1, 5];
const KINDS: readonly FrameKind[] = [
  ...DOSES.map((counts) => ({ size: 192, type: "uint8" as const, counts })),
  ...DOSES.map((counts) => ({ size: 192, type: "uint16" as const, counts })),
  { size: 256, type: "uint16", counts: 0.1 },
  { size: 512, type: "uint16", counts: 0.1 },
];
const QUICK_KINDS = KINDS.slice(0, 1);

const quick = process.argv.includes("--quick");
/** Short scans that look for the capacity; windows of CPU time; share of the capacity at which they are taken. */
const PROBES = quick ? 2 : 5;
const WINDOWS = quick ? 3 : 8;
const WINDOW_SECONDS = 0.75;
const LOAD = 0.8;
/** The latency is measured at half capacity. */
const HALF = 0.5;
const LATENCY_SECONDS = quick ? 2 : 4;
const WARM_SECONDS = 1;

const progress = (line: string): void => void process.stderr.write(`line: ${line}\n`);

/** Quantile of a histogram of the metrics, s: linear within its bucket, infinite above the last edge. */
function quantile(metrics: MetricValues, name: string, q: number): number {
  const buckets = [...metrics].flatMap(([key, count]) => {
    const edge = new RegExp(`^${name}_bucket\\{le="(.+)"\\}$`).exec(key)?.[1];
    return edge === undefined ? [] : [[edge === "+Inf" ? Number.POSITIVE_INFINITY : Number(edge), count] as const];
  });
  const wanted = q * (buckets.at(-1)?.[1] ?? 0);
  let [low, before] = [0, 0];
  for (const [edge, count] of buckets) {
    if (count >= wanted && count > before) return low + ((edge - low) * (wanted - before)) / (count - before);
    [low, before] = [edge, count];
  }
  return Number.NaN;
}

const best = (windows: readonly Window[]): Window["perFrame"] =>
  windows.reduce<Window["perFrame"]>((a, { perFrame: b, frames }) => (frames > 0 && b.total < a.total ? b : a), {
    receive: 0,
    main: 0,
    pixels: 0,
    other: 0,
    total: Number.POSITIVE_INFINITY,
  });

const cost = createTable([
  "frame",
  "type",
  "counts/px",
  "bytes",
  ...THREADS,
  "µs/frame",
  "kfps/core",
  "copy GB/s",
  "copy µs",
  "lz4 µs",
  "/limits",
  "plain/pixels",
]);
const behaviour = createTable([
  "frame",
  "type",
  "counts/px",
  "capacity/s",
  "frames",
  "lost",
  "wrong",
  "p50 ms",
  "p99 ms",
  "MiB",
  "most MiB",
  "sender µs",
  "load",
]);

/** Measures one kind of frames; prints its cost, returns the row of its behaviour. */
async function measure(kind: FrameKind): Promise<(string | number)[]> {
  const about = [`${kind.size}x${kind.size}`, kind.type, String(kind.counts)];
  progress(kindName(kind));
  const replay = makeFrames(kind);
  const calibration = createCalibration(replay);
  const run = await openLineRun(kind);
  try {
    const capacity = await findCapacity(run, PROBES, progress);
    calibration.look();
    const busy = await run.scan({
      rate: LOAD * capacity,
      seconds: WARM_SECONDS + WINDOWS * WINDOW_SECONDS + 1,
      warmSeconds: WARM_SECONDS,
      windows: WINDOWS,
      between: calibration.look,
    });
    const { placed, lost, malformed, not_sent } = await run.account();
    const wrong = await wrongSums(run.daemon, replay);
    const half = await run.scan({ rate: HALF * capacity, seconds: WARM_SECONDS + LATENCY_SECONDS, warmSeconds: WARM_SECONDS });
    const cpu = best(busy.windows);
    const limits = calibration.look();
    const ratios = [cpu.total / (limits.copy + limits.lz4), calibration.plain() / cpu.pixels];
    const stages = THREADS.map((t) => cpu[t]);
    cost.row([
      ...about,
      Math.round(run.frameBytes),
      ...stages,
      cpu.total,
      1000 / cpu.total,
      limits.copyGBs,
      limits.copy,
      limits.lz4,
      ...ratios,
    ]);
    const [p50, p99] = [0.5, 0.99].map((q) => 1000 * quantile(half.metrics, "frame_to_map_seconds", q));
    const resident = [busy.resident[0] ?? 0, Math.max(...busy.resident)].map(Math.round);
    const account = [placed, lost + malformed + not_sent, wrong];
    return [...about, Math.round(capacity), ...account, p50 ?? 0, p99 ?? 0, ...resident, busy.sent.microseconds, loadavg()[0] ?? 0];
  } finally {
    await run.stop();
  }
}

if (!existsSync("/proc/self/task")) throw new Error("the bench of the line needs Linux: it reads the CPU time of threads from /proc");
console.log(
  `CPU of the daemon in µs per frame at ${100 * LOAD} % of its capacity, best of ${WINDOWS} windows; limits of the same minutes\n`,
);
cost.head();
const rows: (string | number)[][] = [];
for (const kind of quick ? QUICK_KINDS : KINDS) rows.push(await measure(kind));
console.log(`\nAccount of that run; time from receiving to the map at ${100 * HALF} % of the capacity\n`);
behaviour.head();
for (const row of rows) behaviour.row(row);
