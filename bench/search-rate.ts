/** What came of a rate that was tried. */
export interface Trial {
  readonly kept: boolean;
  /** Frames per second that were done. */
  readonly rate: number;
}

/** Step while every rate is kept. */
const UP = 2;
/** A found rate is near enough to one that was not kept. */
const NEAR = 1.1;

/**
 * Highest rate that was kept in at most `most` trials: up from `first` by steps, then between the bounds. A rate that fails falls back to what
 * was done of it. Never kept: what was done of the last.
 */
export async function searchRate(attempt: (rate: number) => Promise<Trial>, first: number, most: number): Promise<number> {
  let rate = first;
  let kept = 0;
  let missed = Number.POSITIVE_INFINITY;
  for (let i = 0; i < most && missed > NEAR * kept; i++) {
    const trial = await attempt(rate);
    if (trial.kept) kept = Math.max(kept, rate);
    else missed = Math.min(missed, rate);
    if (missed === Number.POSITIVE_INFINITY) rate = kept * UP;
    else rate = kept === 0 ? Math.min(0.9 * missed, trial.rate) : Math.sqrt(kept * missed);
  }
  return kept > 0 ? kept : rate;
}
