import { Fault } from "../../core/fault.js";
import { together } from "../../line/blind-samples.js";
import type { Samples } from "../../networks/bank-trainer.js";
import type { TrainingSets } from "../../networks/train-bank.js";
import type { RecordedScan } from "./read-scan.js";

export interface SamplePlan {
  /** Pixels of a scan, at most. */
  readonly most: number;
  /** Share of the counts, drawn at random, that the denoiser sees, where the others are what it must foretell; null: frames by their neighbours. */
  readonly thin: number | null;
}
/** Samples of some positions of a scan, one block per position, those of a row next to each other. */
export type SampleScan = (scan: RecordedScan, plan: SamplePlan, signal: AbortSignal) => AsyncIterable<Samples>;

/** One position in so many is held out. */
const HELD_OUT = 8;
/** 60 bytes each. */
const MOST_SAMPLES = 8 * 2 ** 20;

/** Samples of all scans, as many as memory allows; whole positions are held out. Fault bad-file: there are none. */
export async function collectSamples(
  scans: readonly RecordedScan[],
  sample: SampleScan,
  thin: number | null,
  signal: AbortSignal,
  progress: (scan: RecordedScan, positions: number) => void,
): Promise<TrainingSets> {
  const [training, heldOut]: [Samples[], Samples[]] = [[], []];
  const most = Math.floor(MOST_SAMPLES / scans.length);
  for (const scan of scans) {
    let positions = 0;
    for await (const block of sample(scan, { most, thin }, signal)) {
      if (signal.aborted) break;
      (positions++ % HELD_OUT === HELD_OUT - 1 ? heldOut : training).push(block);
      progress(scan, positions);
    }
    if (positions < HELD_OUT && !signal.aborted)
      throw new Fault("bad-file", scan.path, `${scan.path}: ${positions} positions are too few to learn from`);
  }
  return { training: together(training), heldOut: together(heldOut) };
}
