import type { LineRun } from "./line-run.js";
import { searchRate, type Trial } from "./search-rate.js";

/** Guess from the CPU that a frame takes: two cores, one of which the publisher shares. */
const GUESS_CORES = 1.2;
const GUESS_MICROSECONDS = 50;
const PROBE_RATE = 2000;

/** How a capacity is looked for. */
export interface CapacityEffort {
  /** After the first rate that was not kept. */
  readonly trials: number;
  /** Of one scan. */
  readonly trialSeconds: number;
  /** Scans of a rate before it counts as not kept: the machine may have been busy with something else. */
  readonly attempts: number;
}

/** Short, and long enough for a result. */
export const capacityEffort = (quick: boolean): CapacityEffort =>
  quick ? { trials: 2, trialSeconds: 0.5, attempts: 2 } : { trials: 4, trialSeconds: 2, attempts: 2 };

/** Highest rate in frames/s at which the line kept up with a short scan. */
export async function findCapacity(run: LineRun, effort: CapacityEffort, progress: (line: string) => void): Promise<number> {
  const first = await run.scan({ rate: PROBE_RATE, seconds: 2, warmSeconds: 1, windows: 1 });
  const [seen] = first.windows;
  const guess = (GUESS_CORES * 1e6) / (seen && seen.frames > 0 ? seen.total : GUESS_MICROSECONDS);
  const attempt = async (rate: number): Promise<Trial> => {
    let trial: Trial = { kept: false, rate: 0 };
    for (let i = 0; i < effort.attempts && !trial.kept; i++) {
      const scan = await run.scan({ rate, seconds: effort.trialSeconds });
      trial = { kept: scan.kept, rate: Math.max(trial.rate, scan.rate) };
      progress(`${Math.round(rate)} frames/s: ${scan.kept ? "kept" : `not kept, ${Math.round(scan.rate)} frames/s done`}`);
    }
    return trial;
  };
  return await searchRate(attempt, guess, effort.trials);
}
