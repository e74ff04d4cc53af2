import type { LineRun } from "./line-run.js";
import { searchRate } from "./search-rate.js";

/** Guess from the CPU that a frame takes: two cores, one of which the publisher shares. */
const GUESS_CORES = 1.2;
const GUESS_MICROSECONDS = 50;
const PROBE_RATE = 2000;

/** Highest rate in frames/s at which the line kept up with a short scan, in so many trials. */
export async function findCapacity(run: LineRun, trials: number, seconds: number, progress: (line: string) => void): Promise<number> {
  const first = await run.scan({ rate: PROBE_RATE, seconds: 2, warmSeconds: 1, windows: 1 });
  const [seen] = first.windows;
  const guess = (GUESS_CORES * 1e6) / (seen && seen.frames > 0 ? seen.total : GUESS_MICROSECONDS);
  const attempt = async (rate: number) => {
    const scan = await run.scan({ rate, seconds });
    progress(`${Math.round(rate)} frames/s: ${scan.kept ? "kept" : `not kept, ${Math.round(scan.rate)} frames/s done`}`);
    return scan;
  };
  return await searchRate(attempt, guess, trials);
}
