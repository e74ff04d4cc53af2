import { POLAR, polarExtent } from "../core/polar.js";
import type { KernelInstance } from "../kernels/kernel-module.js";
import { cellOf, isPlaced, type PolarGrid, type PolarSetup, polarGrid } from "../kernels/polar-bins.js";
import { FEATURES } from "../kernels/polar-entries.js";
import { PolarTables } from "../kernels/polar-tables.js";
import type { FeatureSetup } from "./estimator.js";

/** Polar counts of the frames of a window, in the memory of the kernels: [weights | averages | tables of bins]. */
export interface WasmFeatures {
  /** First address behind. */
  readonly end: number;
  /** Lays the bins out for a bright-field radius, px: frames are then to be listed again. */
  setRadius(radius: number): void;
  /** Lists the polar entries of the record of a frame about a centre, at `out`. */
  list(frame: number, row: number, col: number, out: number): void;
  /** Weighted sums over members of a window: of their features, of their polar counts. Written from `offset` on. */
  blend(members: number, count: number, weights: number, out: Float32Array, offset: number): void;
  average(members: number, count: number, weights: number, out: Float32Array, offset: number): void;
}

/** Throws RangeError where there is no memory. */
export function createWasmFeatures(
  kernels: KernelInstance,
  size: { readonly height: number; readonly width: number },
  { ellipse, weights }: FeatureSetup,
  start: number,
): WasmFeatures {
  const { run } = kernels;
  const bins = POLAR.rings * POLAR.sectors;
  const [weightsAt, blendAt] = [start, start + weights.byteLength];
  const countsAt = blendAt + 4 * FEATURES;
  const tablesAt = countsAt + 4 * bins;
  let grid: PolarGrid;
  let tables: PolarTables;
  /** The tables take as much for any radius. */
  function setRadius(radius: number): number {
    const setup: PolarSetup = { ...polarExtent(size, radius, ellipse), batch: 1 };
    grid = polarGrid(setup);
    tables = new PolarTables(kernels, setup, grid);
    return tables.place(tablesAt);
  }
  function take(from: number, count: number, out: Float32Array, offset: number): void {
    out.set(new Float32Array(kernels.bytes().buffer, from, count), offset);
  }
  const end = setRadius(0);
  if (!kernels.reserve(end)) throw new RangeError(`no memory for polar bins of frames of ${size.height} x ${size.width} px`);
  new Float32Array(kernels.bytes().buffer, weightsAt, weights.length).set(weights);
  return {
    end,
    setRadius,
    list(frame, row, col, out) {
      const placed = isPlaced(row, col);
      const [r, c] = placed ? [cellOf(row, grid.steps), cellOf(col, grid.steps)] : [-grid.reach - 1, 0];
      run.listPolar(frame, placed ? tables.address(row, col) : tablesAt, r, c, grid.reach, size.width, bins, weightsAt, out);
    },
    blend(members, count, shares, out, offset) {
      run.blendFeatures(members, count, shares, blendAt);
      take(blendAt, FEATURES, out, offset);
    },
    average(members, count, shares, out, offset) {
      kernels.bytes().fill(0, countsAt, tablesAt);
      run.addPolar(members, count, shares, countsAt);
      take(countsAt, bins, out, offset);
    },
  };
}
