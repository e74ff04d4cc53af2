// Positions per second of wall clock through the whole line with its threads: packed frames from a publisher in a process of its own, received, measured,
// placed, and classified, at a rate that is more than can be kept. `live`: until the last row was taken by the thread of components; `settled`: until the
// final pass was on the maps. CPU in microseconds per position: of that thread, while the scan runs and in the
// final pass; of the one that lists electrons for it; of the other threads of the line; and of helpers of the runtime, which compile and collect garbage.
import { availableParallelism, loadavg } from "node:os";
import { setTimeout } from "node:timers/promises";
import { parseConfig } from "../src/config/index.js";
import { PLAIN_RASTER } from "../src/core/scan.js";
import { openLine } from "../src/line/line.js";
import { createLogger } from "../src/telemetry/logger.js";
import { createMetrics, type Metrics } from "../src/telemetry/metrics.js";
import { cpuTimes, stageOf } from "./process-times.js";
import { type Publisher, startPublisher } from "./publisher-client.js";
import { createTable } from "./table.js";

const SIZE = 192;
const RATE = 10_000;
/** Electrons per frame, and crystals. */
const CASES = [
  [1000, 16],
  [200, 16],
  [50, 16],
] as const;
/** A daemon is there before the scan that it waits for, and warms up. */
const WARM_MS = 6000;
/** The same scan once more and again; the first is not counted: threads warm up. */
const SCANS = 4;
const SCAN = { shapeByFlag: true, ...PLAIN_RASTER } as const;

/** What was looked at when something of a scan was over: ms, and CPU of the thread of components, of that of lists, of the others and of helpers, us. */
interface Look {
  readonly at: number;
  readonly own: number;
  readonly lists: number;
  readonly others: number;
  readonly helpers: number;
}

function look(at = performance.now()): Look {
  let [own, lists, others, helpers] = [0, 0, 0, 0];
  for (const [name, us] of cpuTimes(process.pid))
    if (name === "components") own += us;
    else if (name === "lists") lists += us;
    else if (stageOf(name) === "gc") helpers += us;
    else others += us;
  return { at, own, lists, others, helpers };
}

/** Notes when the first batch of a scan was begun, and when components of its last row were known. */
function createWatch(images: number) {
  let [first, taken] = [Number.NaN, 0];
  let last: Look | null = null;
  const metrics: Metrics = {
    ...createMetrics({ version: "bench" }),
    stageDuration(stage, seconds, n) {
      if (Number.isNaN(first)) first = performance.now() - 1000 * seconds;
      if (stage !== "components") return;
      taken += n;
      // Rows that are taken again, when the beam became better known, count once more.
      if (taken >= images) last = look();
    },
  };
  return {
    metrics,
    begin(): void {
      [first, taken, last] = [Number.NaN, 0, null];
    },
    get first(): number {
      return first;
    },
    get last(): Look | null {
      return last;
    },
  };
}

interface Finding {
  /** Positions per second. */
  readonly live: number;
  readonly settled: number;
  /** us per position. */
  readonly own: number;
  readonly final: number;
  readonly lists: number;
  readonly others: number;
  readonly helpers: number;
}

async function openWatched(publisher: Publisher, columns: number) {
  const watch = createWatch(columns * columns);
  const flags = {
    "source.protocol": "dectris-v2",
    "source.endpoint": publisher.endpoint,
    "denoise.method": "off",
    // It is taken while no frames come, which is when the final pass is looked at; a daemon that is up for long has done with it.
    "memory.reserve": false,
  };
  const { config } = parseConfig({ flags: Object.entries(flags).map(([key, value]) => ({ flag: key, key, value })) });
  const line = await openLine({
    config,
    scan: { ...SCAN, shape: [columns, columns], mostMapBytes: 2 ** 32, positions: null },
    mask: null,
    ingest: new URL("../src/ingest.worker.js", import.meta.url),
    warm: true,
    metrics: watch.metrics,
    log: createLogger({ level: "silent", pretty: false }),
  });
  return { watch, line };
}

async function ratesOf(columns: number, electrons: number, crystals: number): Promise<Finding[]> {
  const publisher = await startPublisher({ size: SIZE, type: "uint16", counts: electrons / SIZE ** 2, grains: { columns, crystals } });
  const { watch, line } = await openWatched(publisher, columns);
  await setTimeout(WARM_MS);
  const found: Finding[] = [];
  for (let series = 1; series <= SCANS; series++) {
    const over = new Promise<void>((done) => void line.onOver(() => done()));
    watch.begin();
    const before = look();
    await publisher.play({ series, rows: columns, columns, rate: RATE });
    await over;
    const [last, end] = [watch.last ?? look(), look()];
    const each = 1 / columns ** 2;
    found.push({
      live: 1000 / (each * (last.at - watch.first)),
      settled: 1000 / (each * (end.at - watch.first)),
      own: (last.own - before.own) * each,
      final: (end.own - last.own) * each,
      lists: (end.lists - before.lists) * each,
      others: (end.others - before.others) * each,
      helpers: (end.helpers - before.helpers) * each,
    });
  }
  await line.close();
  publisher.stop();
  return found.slice(1);
}

export async function printRates(quick: boolean): Promise<void> {
  const columns = quick ? 48 : 96;
  console.log(
    `\nThe whole line with its threads on ${availableParallelism()} cores, ${columns} x ${columns} positions at ${RATE} frames/s: best of ${SCANS - 1} scans\n`,
  );
  const table = createTable([
    "e-",
    "crystals",
    "live 1/s",
    "settled 1/s",
    "components us",
    "final us",
    "lists us",
    "others us",
    "helpers us",
    "load",
  ]);
  table.head();
  for (const [electrons, crystals] of quick ? CASES.slice(0, 1) : CASES) {
    const found = await ratesOf(columns, electrons, crystals);
    const { live, settled, own, final, lists, others, helpers } = found.reduce((a, b) => (b.settled > a.settled ? b : a));
    table.row([electrons, crystals, live, settled, own, final, lists, others, helpers, loadavg()[0] ?? Number.NaN]);
  }
}
