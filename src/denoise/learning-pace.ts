/** The basis is made anew when there are four times as many frames, and every few rows, if so many came since: an eighth more, within bounds. */
const EARLY_GROWTH = 4;
const REFIT_ROWS = 4;
const GROWTH = 8;
const LEAST_FRAMES = 192;
const MOST_FRAMES = 8192;

/** Mixing weights are made anew when there is so much more to learn them from. */
const SOLVE_GROWTH = 1.25;

/** Pixels of each row that mixing weights are learnt from, in at most so many positions and one of so many columns. */
const ROW_PIXELS = 8 * 96 * 96;
const ROW_POSITIONS = 8;
const COLUMNS_PER_POSITION = 6;
/** Once so many pixels were learnt from, so many of each frame are enough. */
const ENOUGH_PIXELS = 512 * 96 * 96;
const PIXELS_PER_FRAME = 36;

/** How often is learnt: much at first, then a falling share of the work. All of it follows from how many frames came. */
export class LearningPace {
  readonly #pixels: number;
  #fitted = 0;
  #learnt = 0;
  /** Pixels that the mixing weights in use were learnt from, and those that they were when that had doubled last. */
  #solved = 0;
  #doubled = 0;
  /** Pixels that the frames since would have been learnt from. */
  #due = 0;

  /** `pixels`: of a frame. */
  constructor(pixels: number) {
    this.#pixels = pixels;
  }

  /** Whether the basis is to be made anew after a row, when so many frames have come in all. */
  isFitDue(row: number, frames: number): boolean {
    const wanted = Math.min(MOST_FRAMES, Math.max(LEAST_FRAMES, this.#fitted / GROWTH));
    if (frames >= EARLY_GROWTH * this.#fitted) return true;
    return row % REFIT_ROWS === 0 && frames - this.#fitted >= wanted;
  }

  /** Whether a basis was made since. */
  get begun(): boolean {
    return this.#fitted > 0;
  }

  fitted(frames: number): void {
    this.#fitted = frames;
  }

  /** Mixing weights of so many more pixels would be better ones. */
  get isSolveDue(): boolean {
    return this.#learnt > SOLVE_GROWTH * this.#solved;
  }

  /** Answers whether they are of twice as many as when it last said so. */
  solved(): boolean {
    this.#solved = this.#learnt;
    if (this.#learnt === 0 || this.#learnt < 2 * this.#doubled) return false;
    this.#doubled = this.#learnt;
    return true;
  }

  /** From how many positions of a row of so many columns mixing weights are to be learnt. */
  positions(columns: number): number {
    if (this.#learnt >= ENOUGH_PIXELS) this.#due += PIXELS_PER_FRAME * columns;
    else this.#due = Math.max(this.#pixels, Math.min(ROW_PIXELS, ROW_POSITIONS * this.#pixels));
    const count = Math.min(Math.floor(this.#due / this.#pixels), Math.ceil(columns / COLUMNS_PER_POSITION));
    this.#due -= count * this.#pixels;
    this.#learnt += count * this.#pixels;
    return count;
  }
}
