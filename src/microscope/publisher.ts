import { openSender } from "../transport/sender.js";
import { exposureOf } from "./exposure.js";
import type { Faults } from "./faults.js";
import { frameCache } from "./frame-cache.js";
import type { Optics } from "./optics.js";
import { playScan, type ScanRun, sleep } from "./play-scan.js";
import { makeSensor } from "./sensor.js";
import type { SeriesCounts } from "./series-counts.js";
import type { Protocol } from "./series-writer.js";
import { makeSpecimen } from "./specimen.js";

/** What a virtual microscope does. */
export interface MicroscopeOptions {
  /** Bound; `tcp://127.0.0.1:*` takes a free port. */
  readonly endpoint: string;
  readonly protocol: Protocol;
  readonly socket: "push" | "pub";
  /** Images per second. */
  readonly fps: number;
  readonly rows: number;
  readonly columns: number;
  /** Pixels per side of the detector. */
  readonly size: number;
  /** Electrons per pattern. */
  readonly dose: number;
  readonly seed: number;
  readonly optics?: Optics;
  readonly faults: Faults;
  /** Infinity: until it is stopped. */
  readonly scans: number;
  readonly pauseBetweenScans_s: number;
}

/** Where the microscope stands. */
export interface Progress {
  readonly endpoint: string;
  /** Nobody is connected yet: the first scan waits. */
  readonly waiting: boolean;
  /** The series of the moment; null before the first. */
  readonly series: Readonly<SeriesCounts> | null;
  /** Patterns rendered and kept. */
  readonly rendered: number;
  /** Seconds by which the clock was set back because rendering did not keep up. */
  readonly slipped_s: number;
}

/** Messages that wait for a slow receiver before images are dropped. */
const HIGH_WATER_MARK = 4096;
/** Encoded patterns kept for the next scans; a 128 x 128 scan at 2000 electrons takes about 60 MiB. */
const CACHE_BYTES = 256 * 1024 * 1024;
const STEP_NM = 2;

/**
 * Runs the microscope until its scans are done or `signal` is aborted (then the open series is ended as a detector does).
 * Waits for the first receiver, then never waits: what the socket does not take in time is dropped and counted.
 */
export async function publish(options: MicroscopeOptions, signal: AbortSignal, report: (progress: Progress) => void): Promise<void> {
  const { rows, columns, size, seed } = options;
  const sender = await openSender({ endpoint: options.endpoint, socket: options.socket, bind: true, highWaterMark: HIGH_WATER_MARK });
  try {
    report({ endpoint: sender.endpoint, waiting: true, series: null, rendered: 0, slipped_s: 0 });
    const sensor = makeSensor(size, seed);
    const expose = exposureOf(makeSpecimen(rows, columns, size, seed), size, options.dose, seed, options.optics);
    const cache = frameCache(rows * columns, size, expose, sensor, CACHE_BYTES);
    while (!sender.connected() && !signal.aborted) await sleep(10);
    const run: ScanRun = {
      sender,
      cache,
      signal,
      protocol: options.protocol,
      faults: options.faults,
      seed,
      setup: { rows, columns, size, fps: options.fps, stepNm: STEP_NM, mask: sensor.mask },
      report: (series, slipped_s) =>
        report({ endpoint: sender.endpoint, waiting: false, series, rendered: cache.kept().frames, slipped_s }),
      series: 0,
    };
    for (let scan = 1; scan <= options.scans && !signal.aborted; scan++) {
      await playScan(run, scan);
      if (scan < options.scans) await pause(options.pauseBetweenScans_s, signal);
    }
  } finally {
    await sender.close();
  }
}

/** Waits, but not for longer than until the signal. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + seconds * 1000;
  while (!signal.aborted && performance.now() < until) await sleep(Math.min(50, Math.max(1, until - performance.now())));
}
