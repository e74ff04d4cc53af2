// A detector that is faster than the machine for some seconds, and drops what the socket does not take: what became of each frame. Linux only.
import { totalmem } from "node:os";
import { accountGaps } from "./account.js";
import { capacityEffort, findCapacity } from "./capacity.js";
import { caseName, type FrameKind } from "./cases.js";
import { checkMaps, type MapCheck } from "./check-sums.js";
import { makeFrames } from "./frames.js";
import { type LineRun, openLineRun, type ScanResult } from "./line-run.js";
import { options } from "./options.js";
import { startPublisher } from "./publisher-client.js";
import { quantile } from "./quantile.js";
import { createTable } from "./table.js";
import { type Seen, watchDaemon } from "./watch.js";

/** Work enough per frame for the publisher to be faster, and frames small enough for memory to hold many. */
const BURST_CASE: FrameKind = { size: 192, type: "uint8", counts: 0.1 };

const { quick, lanes = 1, kind = BURST_CASE } = options();
const FACTORS = [3, 10] as const;
const BURST_SECONDS = quick ? 0.5 : 5;
const LATENCY_SECONDS = quick ? 0.5 : 4;
const WARM_SECONDS = quick ? 0.5 : 1;
const HALF = 0.5;
const MIB = 1 << 20;
/** Memory for frames of a daemon as it is installed. */
const INSTALLED_MIB = 1024;
/** More than what is needed, and the share of the machine's memory that may be taken. */
const SPARE = 2;
const MOST_OF_MEMORY = 0.25;

const progress = (line: string): void => void process.stderr.write(`burst: ${line}\n`);
const replay = makeFrames(kind);
const publisher = await startPublisher(kind);

interface Burst {
  readonly asked: number;
  readonly memoryMiB: number;
  readonly scan: ScanResult;
  /** When the last frame was sent, and at the end. */
  readonly atOnce: MapCheck;
  readonly atEnd: MapCheck;
  /** What the daemon told when the last frame was sent, s; NaN: nothing. */
  readonly predicted: number;
  readonly seen: Seen;
  /** At half the capacity, 99 %, ms. */
  readonly before: number;
  readonly after: number;
  readonly events: readonly string[];
}

const open = (memoryMiB: number): Promise<LineRun> =>
  openLineRun(publisher, { BRAGGSTREAM__MEMORY__BACKLOG_MB: String(memoryMiB), BRAGGSTREAM__LANES__PIXEL: String(lanes) });

async function latency(run: LineRun, capacity: number): Promise<number> {
  const { metrics } = await run.scan({ rate: HALF * capacity, seconds: WARM_SECONDS + LATENCY_SECONDS, warmSeconds: WARM_SECONDS });
  return 1000 * quantile(metrics, "frame_to_map_seconds", 0.99);
}

/** One burst, in a daemon of its own. */
async function burst(capacity: number, factor: number, memoryMiB: number): Promise<Burst> {
  const asked = factor * capacity;
  progress(`${Math.round(asked)} frames/s for ${BURST_SECONDS} s, ${memoryMiB} MiB`);
  const run = await open(memoryMiB);
  const before = await latency(run, capacity);
  const watch = watchDaemon(run.daemon);
  let atOnce: MapCheck | null = null;
  let predicted = Number.NaN;
  const onSent = async (): Promise<void> => {
    predicted = (await run.daemon.stats()).overload.catch_up_s ?? Number.NaN;
    atOnce = await checkMaps(run.daemon, replay);
  };
  const scan = await run.scan({ rate: asked, seconds: BURST_SECONDS, drop: true, onSent });
  const seen = await watch.stop();
  const atEnd = await checkMaps(run.daemon, replay);
  const after = await latency(run, capacity);
  const events = (await run.daemon.events()).filter((e) => e.level !== "info").map((e) => `${e.level} ${e.code}: ${e.message}`);
  await run.stop();
  return { asked, memoryMiB, scan, atOnce: atOnce ?? atEnd, atEnd, predicted, seen, before, after, events };
}

/** What waits at the end of a burst, MiB: the memory that it takes to lose nothing. */
const needed = (rate: number, capacity: number): number =>
  Math.ceil((Math.max(0, rate - capacity) * BURST_SECONDS * publisher.frameBytes) / MIB);

function print(bursts: readonly Burst[], capacity: number): void {
  const table = createTable(["".padEnd(34), ...FACTORS.map((f) => `${f} x capacity`)]);
  const row = (name: string, of: (b: Burst) => number | string): void => table.row([name, ...bursts.map(of)]);
  table.head();
  row("asked for, frames/s", (b) => Math.round(b.asked));
  row("sent, frames/s", (b) => Math.round(b.scan.sent.frames / b.scan.sent.seconds));
  row("images", (b) => b.scan.images);
  row("sent", (b) => b.scan.sent.frames);
  row("lost at the sender", (b) => b.scan.sent.dropped);
  row("received", (b) => b.scan.account.received);
  row("placed", (b) => b.scan.account.placed);
  row("lost, by the daemon's account", (b) => b.scan.account.lost + b.scan.account.not_sent);
  row("waiting when all was sent", (b) => b.atOnce.waiting);
  row("measured then", (b) => b.atOnce.measured);
  row("wrong of these", (b) => b.atOnce.wrong);
  row("waiting in the end", (b) => b.atEnd.waiting);
  row("measured in the end", (b) => b.atEnd.measured);
  row("wrong of these in the end", (b) => b.atEnd.wrong);
  row("positions measured at once, 1 in", (b) => b.seen.measured_one_in);
  row("with features, 1 in", (b) => b.seen.features_one_in);
  row("most put off", (b) => b.seen.waiting_measures);
  row("most features put off", (b) => b.seen.waiting_features);
  row("catch-up told when all was sent, s", (b) => b.predicted);
  row("catch-up, s", (b) => b.scan.behindSeconds);
  row("most backlog, frames", (b) => b.seen.backlog);
  row("memory for all that waits, MiB", (b) => needed(b.scan.sent.frames / b.scan.sent.seconds, capacity));
  row("memory that it may take, MiB", (b) => b.memoryMiB);
  row("most memory for frames, MiB", (b) => Math.round(b.seen.slab_mb));
  row("p99 at half capacity before, ms", (b) => b.before);
  row("p99 at half capacity after, ms", (b) => b.after);
  row("account", (b) => (accountGaps(b.scan.images, b.scan.sent, b.scan.account, b.atEnd).length === 0 ? "exact" : "WRONG"));
  for (const [i, b] of bursts.entries()) {
    console.log(`\nEvents at ${FACTORS[i]} x:${b.events.length === 0 ? " none" : ""}`);
    for (const gap of accountGaps(b.scan.images, b.scan.sent, b.scan.account, b.atEnd)) console.log(`- WRONG: ${gap}`);
    for (const event of b.events) console.log(`- ${event}`);
  }
}

const run = await open(INSTALLED_MIB);
const capacity = await findCapacity(run, capacityEffort(quick), progress);
await run.stop();
// The first burst fits into memory, if the machine has it; the second need not.
const roomy = Math.max(INSTALLED_MIB, Math.min(MOST_OF_MEMORY * (totalmem() / MIB), SPARE * needed(FACTORS[0] * capacity, capacity)));
const bursts = [await burst(capacity, FACTORS[0], Math.ceil(roomy)), await burst(capacity, FACTORS[1], INSTALLED_MIB)];
publisher.stop();
console.log(`${caseName(kind)}, lanes: ${lanes}, capacity ${Math.round(capacity)} frames/s, bursts of ${BURST_SECONDS} s\n`);
print(bursts, capacity);
