import { combineRows } from "./combine-rows.js";
import { gramFrames } from "./gram-frames.js";
import type { KernelExports } from "./kernel-module.js";

/** The products of matrices that a basis is made of. */
export interface Products {
  readonly combineRows: typeof combineRows;
  readonly gramFrames: typeof gramFrames;
}

export const plainProducts: Products = { combineRows, gramFrames };

/** The same by the kernels, on arrays in their memory. */
export const wasmProducts = (run: KernelExports): Products => ({
  combineRows: (a, down, along, rows, count, q, out) =>
    run.combineRows(a.byteOffset, down, along, rows, count, q.byteOffset, out.byteOffset),
  gramFrames: (frames, pitch, bins, count, changed, gram, gramPitch) =>
    run.gramFrames(frames.byteOffset, pitch, bins, count, changed.byteOffset, changed.length, gram.byteOffset, gramPitch),
});
