import type { Sender } from "../transport/sender.js";
import { damaged, type Faults, planScan, type Step } from "./faults.js";
import type { FrameCache } from "./frame-cache.js";
import { type PaceClock, paceClock } from "./pace-clock.js";
import { randomFrom } from "./random.js";
import { newCounts, type SeriesCounts } from "./series-counts.js";
import { type Protocol, type SeriesSetup, type SeriesWriter, seriesWriter } from "./series-writer.js";

/** What the scans of one microscope share. */
export interface ScanRun {
  readonly sender: Sender;
  readonly cache: FrameCache;
  readonly signal: AbortSignal;
  readonly protocol: Protocol;
  readonly setup: SeriesSetup;
  readonly faults: Faults;
  readonly seed: number;
  /** A copy of the counts of the open series, a few times a second and when it is over. */
  readonly report: (series: SeriesCounts, slipped_s: number) => void;
  /** Number of the newest series. */
  series: number;
}

interface OpenSeries {
  readonly writer: SeriesWriter;
  readonly counts: SeriesCounts;
  readonly began: number;
  /** Refusals of the sender that are in the counts already. */
  refused: number;
}

/** A begin or an end message is offered again for so long; image messages once. */
const INSIST_MS = 1000;
/** Rendering keeps so far ahead of the clock. */
const AHEAD_S = 1;
const REPORT_MS = 250;
/** The event loop gets its turn at least once per so many images. */
const BURST = 32;
const STREAM = 0x66610000;

/** Plays one scan, at the rate of the detector. When the signal is aborted the open series is ended, as a detector does. */
export async function playScan(run: ScanRun, scan: number): Promise<void> {
  const clock = paceClock(run.setup.fps, () => performance.now());
  const images = run.setup.rows * run.setup.columns;
  let open: OpenSeries | null = null;
  let reported = 0;
  let burst = 0;
  for (const step of planScan(run.faults, images, randomFrom(run.seed, STREAM + scan))) {
    if (step.kind === "begin") {
      if (open) await finish(run, open, clock, false);
      open = await begin(run, scan, open !== null);
      clock.start();
      continue;
    }
    if (!open) throw new Error("a scan begins with its begin");
    if (step.kind === "end" || run.signal.aborted) {
      await finish(run, open, clock, true);
      return;
    }
    if (step.kind !== "copy" && !clock.take()) {
      await untilDue(run, clock, step.image);
      burst = 0;
    } else if (++burst % BURST === 0) await nextTurn();
    send(run, open, step);
    if (performance.now() - reported < REPORT_MS) continue;
    reported = performance.now();
    tell(run, open, clock);
  }
  if (open) await finish(run, open, clock, false);
}

async function begin(run: ScanRun, scan: number, restarted: boolean): Promise<OpenSeries> {
  // A detector that was switched off counts its series anew; only the unique id, where there is one, tells them apart.
  if (!restarted || run.protocol !== "dectris-v2") run.series++;
  const writer = seriesWriter(run.protocol, run.setup, run.series);
  const counts = newCounts(scan, writer.series, writer.uniqueId, run.setup.rows * run.setup.columns);
  const first = writer.begin();
  counts.begun = first === null || (await insist(run.sender, first));
  return { writer, counts, began: performance.now(), refused: run.sender.refused() };
}

async function finish(run: ScanRun, open: OpenSeries, clock: PaceClock, withEnd: boolean): Promise<void> {
  tell(run, open, clock);
  const last = withEnd ? open.writer.end() : null;
  if (last) open.counts.ended = await insist(run.sender, last);
  open.counts.over = true;
  // Refusals of a pub socket come one turn late.
  await nextTurn();
  settle(run, open);
  run.report({ ...open.counts }, clock.slipped());
}

function tell(run: ScanRun, open: OpenSeries, clock: PaceClock): void {
  settle(run, open);
  open.counts.seconds = (performance.now() - open.began) / 1000;
  run.report({ ...open.counts }, clock.slipped());
}

/** Moves what the socket refused after all from sent to dropped. */
function settle(run: ScanRun, open: OpenSeries): void {
  const late = run.sender.refused() - open.refused;
  open.refused += late;
  open.counts.sent -= late;
  open.counts.dropped += late;
}

/** Waits for the clock, and renders ahead meanwhile. */
async function untilDue(run: ScanRun, clock: PaceClock, image: number): Promise<void> {
  const ahead = Math.min(run.setup.rows * run.setup.columns, image + Math.ceil(run.setup.fps * AHEAD_S));
  let next = image;
  do {
    while (next < ahead && !run.cache.prepare(next)) next++;
    await (next < ahead ? nextTurn() : sleep(1));
  } while (!clock.take() && !run.signal.aborted);
}

function send(run: ScanRun, open: OpenSeries, step: Exclude<Step, { kind: "begin" | "end" }>): void {
  const { counts } = open;
  if (step.kind === "lost") {
    counts.lost++;
    return;
  }
  let payload = run.cache.payload(step.image);
  if (step.kind === "copy") counts.copies++;
  else {
    if (step.swapped) counts.swaps++;
    if (step.corrupt) {
      counts.corrupted++;
      payload = damaged(payload);
    }
  }
  const parts = open.writer.image(step.image, payload);
  if (!run.sender.trySend(parts)) {
    counts.dropped++;
    return;
  }
  counts.sent++;
  for (const part of parts) counts.bytes += part.length;
}

/** Offers a message until the socket takes it. */
async function insist(sender: Sender, parts: readonly Uint8Array[]): Promise<boolean> {
  const until = performance.now() + INSIST_MS;
  while (!sender.trySend(parts)) {
    if (performance.now() > until) return false;
    await sleep(2);
  }
  return true;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
