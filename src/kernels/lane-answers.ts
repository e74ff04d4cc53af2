import type { KernelInstance } from "./kernel-module.js";
import { ABOUT } from "./lane-layout.js";
import { squaredRadius, writeMeasures } from "./measure-frame.js";
import { ADF_EDGE, DISK_EDGE } from "./pixel-lane.js";

/** What the kernels read about a frame and answer, in a memory that moves when it grows. */
export class LaneAnswers {
  readonly #kernels: KernelInstance;
  #found: Float64Array = new Float64Array();
  /** Its address. */
  readonly at: number;
  /** Bright-field radius of what is measured; px. */
  radius = Number.NaN;

  constructor(kernels: KernelInstance) {
    this.#kernels = kernels;
    this.at = Math.ceil(kernels.run.base() / 16) * 16;
  }

  /** As it was last answered. */
  get found(): Float64Array {
    return this.#found;
  }

  /** Asks about the beam centre at `centre[at]`: row, col, px; with the radius as the kernels want it. */
  ask(centre: Float64Array, at: number): void {
    const { buffer } = this.#kernels.bytes();
    if (this.#found.buffer !== buffer) this.#found = new Float64Array(buffer, this.at, ABOUT.count);
    const found = this.#found;
    found[ABOUT.row] = centre[at] as number;
    found[ABOUT.col] = centre[at + 1] as number;
    found[ABOUT.bf] = squaredRadius(this.radius);
    found[ABOUT.adf] = squaredRadius(ADF_EDGE * this.radius);
    found[ABOUT.disk] = squaredRadius(DISK_EDGE * this.radius);
  }

  /** From what was found to MEASURES; `admitted`: pixels that the mask admits. */
  write(out: Float64Array, offset: number, admitted: number): void {
    const found = this.#found;
    if (found[9] === admitted) found[8] = Number.NaN;
    writeMeasures(found, found[ABOUT.row] as number, found[ABOUT.col] as number, out, offset);
  }
}
