import { readFile } from "node:fs/promises";
import { Fault } from "../core/fault.js";
import { compileKernels, type KernelModule } from "../kernels/kernel-module.js";

/** The compiled pixel kernels; built by `npm run build`. Faults: bad-file. */
export async function loadKernels(): Promise<KernelModule> {
  // From dist/src/line to dist/wasm.
  const url = new URL("../../wasm/kernels.wasm", import.meta.url);
  try {
    return compileKernels(await readFile(url));
  } catch (e) {
    throw new Fault("bad-file", "kernels.wasm", "the pixel kernels are missing or damaged: run `npm run build`", e);
  }
}
