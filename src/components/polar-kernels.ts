import type { KernelModule } from "../kernels/kernel-module.js";
import { type PolarKernels, plainPolarKernels } from "../kernels/polar-kernels.js";
import { wasmPolarKernels } from "../kernels/wasm-polar-kernels.js";
import { GRID } from "./polar-events.js";

/** Kernels as they are defined. */
export const plainKernels = (): PolarKernels => plainPolarKernels(GRID.rings, GRID.sectors);

/** The fast ones. Throws RangeError where there is no memory. */
export const fastKernels = (module: KernelModule): PolarKernels => wasmPolarKernels(module, GRID.rings, GRID.sectors);
