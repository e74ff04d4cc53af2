import type { Daemon, MetricValues } from "./daemon.js";
import { pause } from "./pause.js";
import { cpuTimes } from "./process-times.js";

/** A short look at the daemon while frames come at a steady rate. */
export interface Window {
  /** Frames that were received and measured within it. */
  readonly frames: number;
  readonly seconds: number;
  /** As many frames as were due were received, and as many left the lanes; none was lost or put off. */
  readonly whole: boolean;
  /** CPU, µs per frame, by thread. */
  readonly threads: ReadonlyMap<string, number>;
  /** All threads. */
  readonly total: number;
  /** Lag of the main thread's event loop, 99 %, ms. */
  readonly lagMs: number;
}

const WINDOW_MS = 800;
/** Batches on their way at the edges of a window. */
const EDGE = 0.03;
/** The event loop's delay is measured by a timer of so many ms, which is part of each sample. */
const LOOP_MS = 10;

/** Frames so far that were received, that left the lanes, that were lost; and those that wait. */
interface Progress {
  readonly received: number;
  readonly done: number;
  readonly lost: number;
  /** Put off until there is time. */
  readonly later: number;
}
function progressOf(m: MetricValues): Progress {
  let lost = 0;
  for (const [name, n] of m) if (name.startsWith("frames_lost_total") || name.startsWith("frames_malformed_total")) lost += n;
  return {
    received: m.get('frames_received_total{source="dectris-v2"}') ?? 0,
    done: m.get('stage_frames_total{stage="pixels"}') ?? 0,
    lost,
    later: m.get('queue_depth{stage="later"}') ?? 0,
  };
}

/** One look, while frames come at `rate` per second. */
export async function takeWindow(daemon: Daemon, rate: number): Promise<Window> {
  const before = progressOf(await daemon.metrics());
  const cpuBefore = cpuTimes(daemon.pid);
  const began = performance.now();
  await pause(WINDOW_MS);
  const metrics = await daemon.metrics();
  const seconds = (performance.now() - began) / 1000;
  const after = progressOf(metrics);
  const cpu = cpuTimes(daemon.pid);
  const [received, done, lost] = [after.received - before.received, after.done - before.done, after.lost - before.lost];
  // An upper bound: the CPU of what was done beyond them, as while catching up, is part of theirs.
  const frames = Math.min(received, done);
  const threads = new Map([...cpu].map(([name, us]) => [name, (us - (cpuBefore.get(name) ?? 0)) / frames]));
  return {
    frames,
    seconds,
    whole: lost === 0 && before.later + after.later === 0 && frames >= (1 - EDGE) * rate * seconds,
    threads,
    total: [...threads.values()].reduce((a, b) => a + b, 0),
    lagMs: Math.max(0, 1000 * (metrics.get("nodejs_eventloop_lag_p99_seconds") ?? Number.NaN) - LOOP_MS),
  };
}

/** The cheapest of the windows that count; null: there is none. */
export function bestWindow(windows: readonly Window[]): Window | null {
  const whole = windows.filter((w) => w.whole);
  return whole.length === 0 ? null : whole.reduce((a, b) => (b.total < a.total ? b : a));
}
