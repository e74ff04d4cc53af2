/**
 * What is done at once when frames come faster than the lanes can work, and what waits. By level:
 *
 * | level | measures of one position in | features of one in |
 * |---|---|---|
 * | 0 | 1 | 1 |
 * | n | 2^(n - 1) | 2^(n + 1) |
 *
 * The positions of a finer level are among those of every coarser one, so maps sharpen when the rest follows. The level changes when a
 * line is handed out; it depends on time, so each change is an event.
 */
export const MAX_LEVEL = 10;
/** The level is lowered when the lag would be less than this share of what is allowed. */
const CALM = 0.25;
/** Share of the work of a position that its measures are; only the choice of the level depends on it. */
const MEASURES_SHARE = 0.75;

/** Steps of the grids at a level: one position in 2^step. */
export const measuresStep = (level: number): number => Math.max(0, level - 1);
export const featuresStep = (level: number): number => (level === 0 ? 0 : level + 1);

/**
 * Whether a position is on the regular grid of one in 2^step: with an even step every 2^(step / 2)th row and column, with an odd one
 * every other position of that grid, as on a chessboard.
 */
export function onGrid(step: number, row: number, column: number): boolean {
  const half = step >> 1;
  const inCell = (1 << half) - 1;
  if (((row | column) & inCell) !== 0) return false;
  return step % 2 === 0 || (((row >> half) + (column >> half)) & 1) === 0;
}

/** Work that a position means on average, relative to all of it. */
export const workShare = (level: number): number =>
  MEASURES_SHARE / 2 ** measuresStep(level) + (1 - MEASURES_SHARE) / 2 ** featuresStep(level);

/** Chooses the level. */
export class Overload {
  readonly #mostLag: number;
  #level = 0;
  /** The level was above 0 since the last end. */
  #raised = false;

  /** `mostLag`: s that the newest line may be behind before positions are put off. */
  constructor(mostLag: number) {
    this.#mostLag = mostLag;
  }

  get level(): number {
    return this.#level;
  }

  /** Nothing comes or waits any more. True: something was put off before. */
  end(): boolean {
    const before = this.#raised;
    this.#level = 0;
    this.#raised = false;
    return before;
  }

  /** Looks at the work that waits, in s of all lanes if nothing were put off; true: the level has changed. `full`: memory is, and the level is not lowered. */
  look(seconds: number, full = false): boolean {
    const before = this.#level;
    while (this.#level < MAX_LEVEL && seconds * workShare(this.#level) > this.#mostLag) this.#level++;
    if (this.#level > 0) this.#raised = true;
    // While memory is full, frames come as slowly as they are worked on: that is no calm.
    while (!full && this.#level > 0 && seconds * workShare(this.#level - 1) < CALM * this.#mostLag) this.#level--;
    return this.#level !== before;
  }
}
