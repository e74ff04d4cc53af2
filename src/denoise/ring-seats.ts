import type { Estimator } from "./estimator.js";
import { FEATURE_WINDOW, REACH, WINDOWS, type WindowShape } from "./method.js";

/** Rows that have seats at once. */
export const RING = REACH.back + REACH.ahead + 1;

/** Seats of the newest rows of a scan, and windows among them. */
export class RingSeats {
  readonly columns: number;
  readonly #estimator: Estimator;
  readonly #members: number[] = [];

  constructor(columns: number, estimator: Estimator) {
    this.columns = columns;
    this.#estimator = estimator;
  }

  /** Seat of a position. */
  readonly at = (row: number, column: number): number => (row % RING) * this.columns + column;

  /** Frames of a window about a position, the own one first; none where it has no frame. `last`: the last row that there is. */
  window({ back, ahead, across }: WindowShape, row: number, column: number, last: number, members: number[] = []): number[] {
    const e = this.#estimator;
    members.length = 0;
    const own = this.at(row, column);
    if (!e.has(own)) return members;
    members.push(own);
    for (let r = Math.max(0, row - back); r <= Math.min(row + ahead, last); r++)
      for (let c = Math.max(0, column - across); c <= Math.min(this.columns - 1, column + across); c++) {
        const seat = this.at(r, c);
        if (seat !== own && e.has(seat)) members.push(seat);
      }
    return members;
  }

  /** All windows of a position. */
  windows(row: number, column: number, last: number): number[][] {
    return WINDOWS.map((w) => this.window(w, row, column, last));
  }

  /** Weighs the feature window of a position; NaN: it has no frame. */
  weigh(row: number, column: number, last: number): number {
    const shape = WINDOWS[FEATURE_WINDOW] as WindowShape;
    const members = this.window(shape, row, column, last, this.#members);
    return members.length === 0 ? Number.NaN : this.#estimator.weigh(members, shape.kappa);
  }

  score(row: number): void {
    for (let c = 0; c < this.columns; c++) if (this.#estimator.has(this.at(row, c))) this.#estimator.score(this.at(row, c));
  }

  /** The rows that have seats when `last` is the newest. */
  *rows(last: number): Generator<number> {
    for (let row = Math.max(0, last - RING + 1); row <= last; row++) yield row;
  }

  clear(): void {
    for (let seat = 0; seat < RING * this.columns; seat++) this.#estimator.clear(seat);
  }
}
