// A detector that is faster than the machine for some seconds, and drops what the socket does not take: what became of each frame. Linux only.
import { accountGaps } from "./account.js";
import { findCapacity } from "./capacity.js";
import { caseName, FIRST_CASE } from "./cases.js";
import { checkMaps, type MapCheck } from "./check-sums.js";
import { makeFrames } from "./frames.js";
import { type LineRun, openLineRun, type ScanResult } from "./line-run.js";
import { options } from "./options.js";
import { startPublisher } from "./publisher-client.js";
import { quantile } from "./quantile.js";
import { createTable } from "./table.js";
import { type Seen, watchDaemon } from "./watch.js";

const { quick, lanes = 1, kind = FIRST_CASE } = options();
const FACTORS = [3, 10];
const BURST_SECONDS = quick ? 1 : 5;
const TRIALS = quick ? 2 : 6;
const TRIAL_SECONDS = quick ? 1 : 2;
const LATENCY_SECONDS = quick ? 1 : 4;
const HALF = 0.5;
const MIB = 1 << 20;
/** The memory of a daemon as it is installed, with nothing kept of older scans. */
const SETTINGS = { BRAGGSTREAM__MEMORY__BACKLOG_MB: "1024", BRAGGSTREAM__LANES__PIXEL: String(lanes) };

const progress = (line: string): void => void process.stderr.write(`burst: ${line}\n`);
const replay = makeFrames(kind);
const publisher = await startPublisher(kind);

interface Burst {
  readonly asked: number;
  readonly scan: ScanResult;
  /** When the last frame was sent, and at the end. */
  readonly atOnce: MapCheck;
  readonly atEnd: MapCheck;
  readonly seen: Seen;
  /** At half the capacity, afterwards; ms. */
  readonly p99: number;
}

async function latency(run: LineRun, capacity: number): Promise<number> {
  const { metrics } = await run.scan({ rate: HALF * capacity, seconds: LATENCY_SECONDS });
  return 1000 * quantile(metrics, "frame_to_map_seconds", 0.99);
}

async function burst(run: LineRun, capacity: number, factor: number): Promise<Burst> {
  const asked = factor * capacity;
  progress(`${Math.round(asked)} frames/s for ${BURST_SECONDS} s`);
  const watch = watchDaemon(run.daemon);
  let atOnce: MapCheck | null = null;
  const scan = await run.scan({
    rate: asked,
    seconds: BURST_SECONDS,
    drop: true,
    onSent: async () => {
      atOnce = await checkMaps(run.daemon, replay);
    },
  });
  const seen = await watch.stop();
  const atEnd = await checkMaps(run.daemon, replay);
  return { asked, scan, atOnce: atOnce ?? atEnd, atEnd, seen, p99: await latency(run, capacity) };
}

function print(bursts: readonly Burst[], capacity: number, before: number): void {
  const table = createTable(["".padEnd(34), ...FACTORS.map((f) => `${f} x capacity`)]);
  const row = (name: string, of: (b: Burst) => number | string): void => table.row([name, ...bursts.map(of)]);
  const excess = (b: Burst): number =>
    (Math.max(0, b.scan.sent.frames / b.scan.sent.seconds - capacity) * b.scan.sent.seconds * publisher.frameBytes) / MIB;
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
  row("catch-up, s", (b) => b.scan.behindSeconds);
  row("most backlog, frames", (b) => b.seen.backlog);
  row("memory for all that waits, MiB", (b) => Math.round(excess(b)));
  row("most memory for frames, MiB", (b) => Math.round(b.seen.slabMiB));
  row("p99 at half capacity before, ms", () => before);
  row("p99 at half capacity after, ms", (b) => b.p99);
  row("account", (b) => (accountGaps(b.scan.images, b.scan.sent, b.scan.account, b.atEnd).length === 0 ? "exact" : "WRONG"));
  for (const b of bursts)
    for (const gap of accountGaps(b.scan.images, b.scan.sent, b.scan.account, b.atEnd)) console.log(`\nThe account is wrong: ${gap}.`);
  for (const [i, b] of bursts.entries()) console.log(`\nOverload at ${FACTORS[i]} x, as last told: ${b.seen.overload ?? "nothing"}`);
}

const run = await openLineRun(publisher, SETTINGS);
const capacity = await findCapacity(run, TRIALS, TRIAL_SECONDS, progress);
const before = await latency(run, capacity);
const bursts: Burst[] = [];
for (const factor of FACTORS) bursts.push(await burst(run, capacity, factor));
console.log(`${caseName(kind)}, lanes: ${lanes}, capacity ${Math.round(capacity)} frames/s, bursts of ${BURST_SECONDS} s\n`);
print(bursts, capacity, before);
const told = (await run.daemon.events()).filter((e) => e.level !== "info");
console.log(`\nEvents:${told.length === 0 ? " none" : ""}`);
for (const { level, code, message } of told) console.log(`- ${level} ${code}: ${message}`);
await run.stop();
publisher.stop();
