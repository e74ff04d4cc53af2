import type { DenoiseVariant } from "../core/wire.js";
import type { Members } from "./estimator.js";
import { VARIANTS, type WindowShape } from "./method.js";

/** A frame that has a seat. */
interface Seated {
  readonly row: number;
  readonly column: number;
  readonly seat: number;
}

/** Frames about one position of the scan that have seats. */
export class Gathered {
  readonly #row: number;
  readonly #column: number;
  readonly #frames: Seated[] = [];

  constructor(row: number, column: number) {
    this.#row = row;
    this.#column = column;
  }

  get frames(): readonly Seated[] {
    return this.#frames;
  }
  get count(): number {
    return this.#frames.length;
  }

  add(row: number, column: number, seat: number): void {
    this.#frames.push({ row, column, seat });
  }

  /** The frame of the position itself. */
  get own(): Seated | undefined {
    return this.#frames.find((f) => f.row === this.#row && f.column === this.#column);
  }

  /** Seats of a window, the own one first. */
  window({ back, ahead, across }: WindowShape): Members {
    const { own } = this;
    const inside = ({ row, column }: Seated): boolean =>
      row >= this.#row - back && row <= this.#row + ahead && Math.abs(column - this.#column) <= across;
    return this.#frames
      .filter((f) => f === own || inside(f))
      .sort((a, b) => Number(b === own) - Number(a === own))
      .map((f) => f.seat);
  }

  /** All windows of a variant. */
  windows(variant: DenoiseVariant): Members[] {
    return VARIANTS[variant].windows.map((w) => this.window(w));
  }
}
