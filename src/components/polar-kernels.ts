import type { KernelModule } from "../kernels/kernel-module.js";
import { type PolarKernels, plainPolarKernels } from "../kernels/polar-kernels.js";
import { wasmPolarKernels } from "../kernels/wasm-polar-kernels.js";
import { GRID } from "./polar-events.js";

/** Kernels as they are defined. */
export const plainKernels = (): PolarKernels => plainPolarKernels(GRID.rings, GRID.sectors);

/** Kernels that somebody else has used before, or new ones: code is compiled for those that it has seen. */
export class KernelStock {
  readonly #make: () => PolarKernels;
  readonly #spare: PolarKernels[] = [];

  constructor(make: () => PolarKernels) {
    this.#make = make;
  }

  take(): PolarKernels {
    return this.#spare.pop() ?? this.#make();
  }

  /** Gives kernels back that are not used from now on. */
  give(kernels: PolarKernels | null): void {
    if (kernels) this.#spare.push(kernels);
  }
}

/** The fast ones. Throws RangeError where there is no memory. */
export const fastKernels = (module: KernelModule): PolarKernels => wasmPolarKernels(module, GRID.rings, GRID.sectors);
