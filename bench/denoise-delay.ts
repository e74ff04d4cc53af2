// How long after the last frame of a row came the refined estimates of the row two before are on the maps: through the whole line, at 2,000
// frames of 192 x 192 px and 300 electrons per second. Both times are those of the main thread. `first s`: the longest in the first second,
// while threads warm up and the basis is made anew often; quantiles are those of the rest. `after`: rows that were refined only when the series
// was over, which are in no other column.
import { setTimeout } from "node:timers/promises";
import { parseConfig } from "../src/config/index.js";
import { FRAME_STATUS, TIER } from "../src/core/map-layer.js";
import { PLAIN_RASTER } from "../src/core/scan.js";
import type { SeriesView } from "../src/core/sink.js";
import { REACH } from "../src/denoise/method.js";
import { openLine } from "../src/line/line.js";
import { createLogger } from "../src/telemetry/logger.js";
import { createMetrics } from "../src/telemetry/metrics.js";
import { startPublisher } from "./publisher-client.js";
import { createTable } from "./table.js";

const KIND = { size: 192, type: "uint16", counts: 300 / 192 ** 2 } as const;
const RATE = 2000;
const COLUMNS = [64, 128, 256];
/** A daemon is there before the scan that it waits for, and warms up. */
const WARM_MS = 6000;
const SCAN = { shapeByFlag: true, ...PLAIN_RASTER } as const;

/** Times, ms, at which a layer first had its value at the last position of each row; NaN: never. */
function createWatch(rows: number, columns: number) {
  const [came, refined] = [0, 0].map(() => new Float64Array(rows).fill(Number.NaN)) as [Float64Array, Float64Array];
  function look(series: SeriesView, layer: string, value: number, times: Float64Array): void {
    const values = series.layer(layer)?.value;
    for (let row = 0; row < rows; row++)
      if (Number.isNaN(times[row]) && values?.[(row + 1) * columns - 1] === value) times[row] = performance.now();
  }
  return {
    came,
    refined,
    look(series: SeriesView): void {
      look(series, "frame_status", FRAME_STATUS.received, came);
      look(series, "tier", TIER.refined, refined);
    },
  };
}

const at = (sorted: Float64Array, q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;

interface Delays {
  readonly first: number;
  readonly rest: Float64Array;
  readonly after: number;
}

async function delaysOf(columns: number, seconds: number): Promise<Delays> {
  const rows = Math.ceil((RATE * seconds) / columns);
  const publisher = await startPublisher(KIND);
  const flags = { "source.protocol": "dectris-v2", "source.endpoint": publisher.endpoint };
  const { config } = parseConfig({ flags: Object.entries(flags).map(([key, value]) => ({ flag: key, key, value })) });
  const line = await openLine({
    config,
    scan: { ...SCAN, shape: [rows, columns], mostMapBytes: 2 ** 32, positions: null },
    mask: null,
    ingest: new URL("../src/ingest.worker.js", import.meta.url),
    warm: true,
    metrics: createMetrics({ version: "bench" }),
    log: createLogger({ level: "silent", pretty: false }),
  });
  await setTimeout(WARM_MS);
  const watch = createWatch(rows, columns);
  const over = new Promise<void>((done) => void line.onOver(() => done()));
  line.maps.onChange(watch.look);
  await publisher.play({ series: columns, rows, columns, rate: RATE });
  await over;
  await line.close();
  publisher.stop();
  // What the last rows wait for is the end of the series.
  const known = Array.from({ length: rows - REACH.ahead }, (_, row) => ({
    came: watch.came[row + REACH.ahead] as number,
    refined: watch.refined[row] as number,
  }));
  const [began, ended] = [watch.came[0] as number, watch.came[rows - 1] as number];
  const live = known.filter((row) => row.refined <= ended);
  const delays = (of: typeof known): Float64Array => Float64Array.from(of, (row) => row.refined - row.came).sort();
  const [first, rest] = [live.filter((row) => row.came < began + 1000), live.filter((row) => row.came >= began + 1000)];
  return { first: at(delays(first), 1), rest: delays(rest), after: known.length - live.length };
}

export async function printDelays(quick: boolean): Promise<void> {
  console.log("\nFrom the last frame of a row to the refined estimates of the row two before, ms, at 2,000 frames/s\n");
  const table = createTable(["columns", "rows", "p50", "p99", "most", "first s", "after"]);
  table.head();
  for (const columns of COLUMNS) {
    const { first, rest, after } = await delaysOf(columns, quick ? 6 : 15);
    table.row([columns, rest.length, at(rest, 0.5), at(rest, 0.99), at(rest, 1), first, after]);
  }
}
