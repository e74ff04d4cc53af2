/** What came of a rate that was tried. */
export interface Trial {
  readonly kept: boolean;
  /** Frames per second that were done. */
  readonly rate: number;
}

/** Step while every rate is kept, and how often at most. */
const UP = 2;
const MOST_UP = 12;
/** A found rate is near enough to one that was not kept. */
const NEAR = 1.1;

/**
 * Highest rate that was kept: up from `first` by steps until one is not, then in at most `most` trials between the bounds. As long as none
 * was kept, the next is what was done of the last, which is the answer if none ever is.
 */
export async function searchRate(attempt: (rate: number) => Promise<Trial>, first: number, most: number): Promise<number> {
  let rate = first;
  let kept = 0;
  let trial = await attempt(rate);
  for (let i = 0; trial.kept && i < MOST_UP; i++) {
    kept = rate;
    rate *= UP;
    trial = await attempt(rate);
  }
  if (trial.kept) return rate;
  let missed = rate;
  for (let i = 0; i < most && missed > NEAR * kept; i++) {
    rate = kept === 0 ? Math.min(0.9 * missed, trial.rate) : Math.sqrt(kept * missed);
    trial = await attempt(rate);
    if (trial.kept) kept = rate;
    else missed = rate;
  }
  return kept > 0 ? kept : Math.min(0.9 * missed, trial.rate);
}
