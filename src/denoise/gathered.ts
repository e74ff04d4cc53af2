import type { DenoiseVariant } from "../core/wire.js";
import type { Estimator, Members } from "./estimator.js";
import { VARIANTS, type WindowShape } from "./method.js";
import { RING } from "./ring-seats.js";
import type { DenoiseFrame, FramesAt } from "./row-estimate.js";

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

/** Adds frames to a seat; answers how many were refused. */
export function seatFrames(estimator: Estimator, seat: number, frames: Iterable<DenoiseFrame>, high: number): number {
  let refused = 0;
  for (const frame of frames) {
    const fits = "list" in frame ? estimator.putList(seat, frame) : estimator.put(seat, frame, high);
    if (!fits) refused++;
  }
  return refused;
}

/** Frames of a scan whose rows need not have seats. */
interface Source {
  readonly frames: FramesAt;
  readonly rows: number;
  readonly columns: number;
  /** As `Denoiser.takeRow` has it. */
  readonly high: number;
}

/** Seats and scores the frames in the widest window of a variant, behind the seats of rows, as the model is now. null: the position has no frame. */
export function gather(estimator: Estimator, s: Source, row: number, column: number, variant: DenoiseVariant): Gathered | null {
  const found = new Gathered(row, column);
  const { back, ahead, across } = VARIANTS[variant].windows[VARIANTS[variant].windows.length - 1] as WindowShape;
  for (let r = Math.max(0, row - back); r <= Math.min(s.rows - 1, row + ahead); r++)
    for (let c = Math.max(0, column - across); c <= Math.min(s.columns - 1, column + across); c++) {
      const seat = RING * s.columns + found.count;
      estimator.clear(seat);
      seatFrames(estimator, seat, s.frames(r, c), s.high);
      if (!estimator.has(seat)) continue;
      estimator.score(seat);
      found.add(r, c, seat);
    }
  return found.own ? found : null;
}
