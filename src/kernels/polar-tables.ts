import type { KernelInstance } from "./kernel-module.js";
import { room } from "./lane-layout.js";
import { fillTable, type PolarGrid, type PolarSetup, phaseOf } from "./polar-bins.js";

/** Tables of polar bins of all phases in the memory of the kernels, each built when first needed. */
export class PolarTables {
  readonly #kernels: KernelInstance;
  readonly #setup: PolarSetup;
  readonly #grid: PolarGrid;
  readonly #built: Uint8Array;
  #start = 0;

  constructor(kernels: KernelInstance, setup: PolarSetup, grid: PolarGrid) {
    this.#kernels = kernels;
    this.#setup = setup;
    this.#grid = grid;
    this.#built = new Uint8Array(grid.steps ** 2);
  }

  /** Takes memory from `start` on, which the caller reserves: answers its end. */
  place(start: number): number {
    this.#start = start;
    this.#built.fill(0);
    return start + this.#built.length * room(2 * this.#grid.entries);
  }

  /** Address of the table for a centre that is placed. */
  address(row: number, col: number): number {
    return this.addressOf(phaseOf(row, col, this.#grid.steps));
  }

  /** The same by its phase. */
  addressOf(phase: number): number {
    const { entries } = this.#grid;
    const at = this.#start + phase * room(2 * entries);
    if (this.#built[phase] === 0) {
      fillTable(this.#setup, this.#grid, phase, new Uint16Array(this.#kernels.bytes().buffer, at, entries));
      this.#built[phase] = 1;
    }
    return at;
  }
}
