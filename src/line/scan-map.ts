import { BEYOND, lineOf, place, positionsOf, type ScanGrid } from "../core/scan.js";
import type { ScanPlan } from "./scan-plan.js";

/** The plan of a scan, with the image that is shown at each position. */
export class ScanMap {
  readonly plan: ScanPlan;
  /** Plus 1: 0 is none, so that the memory of a large scan need not be written to first. */
  readonly #imageAt: Int32Array;

  constructor(plan: ScanPlan) {
    this.plan = plan;
    this.#imageAt = new Int32Array(positionsOf(plan.grid));
  }

  get grid(): ScanGrid {
    return this.plan.grid;
  }

  /** Scan index of an image, or SKIPPED or BEYOND; images that the series should not have are beyond. */
  at(image: number): number {
    const { expected, grid } = this.plan;
    return expected !== null && image >= expected ? BEYOND : place(grid, image);
  }

  line(image: number): number {
    return lineOf(this.grid, image);
  }

  /** Which of the frames of its position an image is. */
  part(image: number): number {
    const { grid } = this;
    if (grid.framesPerPosition === 1) return 0;
    const within = image - grid.skipStart - this.line(image) * (grid.columns * grid.framesPerPosition + grid.lineSkip);
    return (within - (grid.lineSkipAt === "start" ? grid.lineSkip : 0)) % grid.framesPerPosition;
  }

  /** The lowest image of a position is the one that people see. */
  show(at: number, image: number): void {
    const shown = this.imageOf(at);
    if (shown < 0 || image < shown) this.#imageAt[at] = image + 1;
  }

  /** Image shown at a scan index; -1: none. */
  imageOf(at: number): number {
    return (this.#imageAt[at] as number) - 1;
  }

  /** Image shown at a position; -1: none. */
  imageAt(row: number, column: number): number {
    const { rows, columns } = this.grid;
    return row >= 0 && column >= 0 && row < rows && column < columns ? this.imageOf(row * columns + column) : -1;
  }
}
