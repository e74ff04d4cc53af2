/** Rows of a band, and positions between seeds along both axes. */
export const STEP = 3;
/** Positions that a cell may have more than that, at either end of an axis. */
export const STRETCH = 1;

/**
 * Cells of STEP positions along one axis. Where these do not go into its length, the first and the last cell have one position less or more: the same
 * scan from its other end has the same cells, and none is a strip of one position.
 */
export class Axis {
  /** Infinity where the length is not known. */
  readonly cells: number;
  readonly #length: number;
  readonly #shift: number;

  /** `length` 0: it is not known, and all cells have STEP positions. */
  constructor(length: number) {
    const over = length % STEP;
    this.#shift = over === 2 ? -1 : over;
    this.#length = length;
    this.cells = length > 0 ? Math.max(1, (length + (over === 1 ? 2 : -over)) / STEP) : Number.POSITIVE_INFINITY;
  }

  /** Of a position; beyond the last one as if the axis went on. */
  cellOf(at: number): number {
    if (at >= this.#length && this.#length > 0) return this.cells + Math.floor((at - this.#length) / STEP);
    return Math.min(this.cells - 1, Math.max(0, Math.floor((at + this.#shift) / STEP)));
  }

  /** The first position of a cell; of those before the first one, 0. */
  startOf(cell: number): number {
    if (cell <= 0) return 0;
    return cell < this.cells ? cell * STEP - this.#shift : this.#length + (cell - this.cells) * STEP;
  }

  /** The middle of a cell, in positions. */
  middleOf(cell: number): number {
    return (this.startOf(cell) + this.startOf(cell + 1) - 1) / 2;
  }

  /** Whether so many positions are whole cells. */
  endsAt(positions: number): boolean {
    return this.startOf(this.cellOf(positions)) === positions;
  }
}

/** Cells of the positions of a scan. */
export interface Tiling {
  readonly rows: Axis;
  readonly columns: Axis;
}
