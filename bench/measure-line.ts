import { loadavg } from "node:os";
import { createCalibration, type Limits } from "./calibrate.js";
import { type CapacityEffort, findCapacity } from "./capacity.js";
import { caseName, type FrameKind } from "./cases.js";
import { checkMaps, type MapCheck } from "./check-sums.js";
import type { Settings } from "./daemon.js";
import { makeFrames } from "./frames.js";
import type { GcWork } from "./gc-log.js";
import { openLineRun, type ScanResult } from "./line-run.js";
import { stageOf } from "./process-times.js";
import { type Publisher, startPublisher } from "./publisher-client.js";
import { bestWindow, type Window } from "./window.js";

/** How long and how often is looked. */
export interface LineEffort {
  readonly capacity: CapacityEffort;
  readonly windows: number;
  readonly latencySeconds: number;
  readonly collectionsSeconds: number;
}

/** All that is found of one kind of frames. */
export interface LineFinding {
  readonly name: string;
  readonly frameBytes: number;
  /** Frames per second. */
  readonly capacity: number;
  /** The run at `LOAD`; `best`: its cheapest whole window. */
  readonly busy: ScanResult;
  readonly best: Window | null;
  readonly check: MapCheck;
  /** Per million frames at `HALF`, by thread; bytes: per frame. */
  readonly collected: ReadonlyMap<string, GcWork>;
  /** The run at `HALF`. */
  readonly half: ScanResult;
  readonly limits: Limits;
  /** Decoding, measuring and summing up in plain TypeScript, µs per frame. */
  readonly plain: number;
  /** At `HALF` with zeromq.js; null: it did not keep up. */
  readonly zeromq: Window | null;
  readonly load: number;
}

/** Share of the capacity at which CPU is taken, and at which the latency. */
export const LOAD = 0.8;
export const HALF = 0.5;
const WARM_SECONDS = 1;
/** What a window takes with its readings. */
const WINDOW_SECONDS = 0.9;
const END_SECONDS = 0.5;
const MILLION = 1e6;

/** CPU of a window by stage, µs per frame. */
export function byStage(window: Window | null): ReadonlyMap<string, number> {
  const stages = new Map<string, number>();
  for (const [name, us] of window?.threads ?? []) stages.set(stageOf(name), (stages.get(stageOf(name)) ?? 0) + us);
  return stages;
}

const withWindows = (rate: number, windows: number) => ({
  rate,
  seconds: WARM_SECONDS + windows * WINDOW_SECONDS + END_SECONDS,
  warmSeconds: WARM_SECONDS,
  windows,
});

/** Collections per million frames, and bytes per frame, in a daemon of their own while nobody asks it anything. */
async function countCollections(
  publisher: Publisher,
  settings: Settings,
  rate: number,
  seconds: number,
): Promise<ReadonlyMap<string, GcWork>> {
  const run = await openLineRun(publisher, settings, true);
  const { quiet, sent } = await run.scan({ rate, seconds: WARM_SECONDS + seconds, warmSeconds: WARM_SECONDS });
  const found = run.daemon.collected(...quiet);
  await run.stop();
  const scale = (MILLION * sent.seconds) / sent.frames;
  return new Map(
    [...found].map(([thread, w]) => [
      thread,
      {
        scavenges: w.scavenges * scale,
        scavengeMs: w.scavengeMs * scale,
        marks: w.marks * scale,
        markMs: w.markMs * scale,
        bytes: (w.bytes * scale) / MILLION,
      },
    ]),
  );
}

/** The same frames with zeromq.js as the receiver. */
async function withZeromq(publisher: Publisher, settings: Settings, rate: number, windows: number): Promise<Window | null> {
  const run = await openLineRun(publisher, { ...settings, BRAGGSTREAM__SOURCE__RECEIVER: "zeromq" });
  try {
    return bestWindow((await run.scan(withWindows(rate, windows))).windows);
  } finally {
    await run.stop();
  }
}

export async function measureLine(
  kind: FrameKind,
  settings: Settings,
  effort: LineEffort,
  progress: (line: string) => void,
): Promise<LineFinding> {
  const name = caseName(kind);
  progress(name);
  const replay = makeFrames(kind);
  const calibration = createCalibration(replay);
  const publisher = await startPublisher(kind);
  const run = await openLineRun(publisher, settings);
  try {
    const capacity = await findCapacity(run, effort.capacity, progress);
    calibration.look();
    const busy = await run.scan({ ...withWindows(LOAD * capacity, effort.windows), between: calibration.look });
    const check = await checkMaps(run.daemon, replay);
    const half = await run.scan({ rate: HALF * capacity, seconds: WARM_SECONDS + effort.latencySeconds, warmSeconds: WARM_SECONDS });
    const load = loadavg()[0] ?? 0;
    await run.stop();
    const collected = await countCollections(publisher, settings, HALF * capacity, effort.collectionsSeconds);
    const zeromq = await withZeromq(publisher, settings, HALF * capacity, effort.windows);
    return {
      name,
      frameBytes: publisher.frameBytes,
      capacity,
      busy,
      best: bestWindow(busy.windows),
      check,
      collected,
      half,
      limits: calibration.look(),
      plain: calibration.plain(),
      zeromq,
      load,
    };
  } finally {
    await run.stop();
    publisher.stop();
  }
}
