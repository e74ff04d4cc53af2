export interface CatchUpFacts {
  /** Frames received and not finished. */
  readonly work: number;
  /** Frames per second: finished while the lanes are busy, and received. */
  readonly done: number;
  readonly received: number;
  /** Images that the open series still expects; null: not known. 0: nothing comes any more. */
  readonly expected: number | null;
}

/** Less work than this, s, is under way rather than behind. */
const UNDER_WAY = 0.25;

/** s until everything received is on the maps, at the present rates; 0: nothing is behind; null: not while frames come like this. */
export function catchUpSeconds({ work, done, received, expected }: CatchUpFacts): number | null {
  if (work <= UNDER_WAY * done || work === 0) return 0;
  if (!(done > 0)) return null;
  if (expected === 0 || received === 0) return work / done;
  const whileReceiving = received < done ? work / (done - received) : Number.POSITIVE_INFINITY;
  if (expected === null) return Number.isFinite(whileReceiving) ? whileReceiving : null;
  // What comes until the scan ends has to be done as well.
  return Math.min(whileReceiving, (work + expected) / done);
}
