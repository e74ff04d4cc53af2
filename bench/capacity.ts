import type { LineRun } from "./line-run.js";

/** Guess from the CPU that a frame takes: two cores, one of which the publisher shares. */
const GUESS_CORES = 1.2;
const PROBE_SECONDS = 2;
const PROBE_RATE = 2000;
const UP = 1.35;
/** A found rate is near enough to one that was not kept. */
const NEAR = 1.1;

/** Highest rate in frames/s at which the line kept up in one of `runs` short scans. */
export async function findCapacity(run: LineRun, runs: number, progress: (line: string) => void): Promise<number> {
  const probe = await run.scan({ rate: PROBE_RATE, seconds: PROBE_SECONDS, warmSeconds: 1, windows: 1 });
  let rate = (GUESS_CORES * 1e6) / (probe.windows[0]?.perFrame.total ?? 100);
  let kept = 0;
  let missed = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs && missed > NEAR * kept; i++) {
    const scan = await run.scan({ rate, seconds: PROBE_SECONDS });
    progress(`${Math.round(rate)} frames/s: ${scan.kept ? "kept" : `not kept, ${Math.round(scan.rate)} frames/s done`}`);
    if (scan.kept) kept = Math.max(kept, rate);
    else missed = Math.min(missed, rate);
    rate = missed === Number.POSITIVE_INFINITY ? kept * UP : kept === 0 ? Math.min(0.9 * missed, scan.rate) : Math.sqrt(kept * missed);
  }
  // Never kept: what was done of the last, smallest one.
  return kept > 0 ? kept : rate;
}
