import { polarExtent } from "../core/polar.js";
import { plainTables } from "../kernels/plain-polar.js";
import { type PolarGrid, type PolarSetup, polarGrid } from "../kernels/polar-bins.js";
import { FEATURES, listPolar, projectPolar } from "../kernels/polar-entries.js";
import { spreadEntries } from "../kernels/spread-entries.js";
import type { FeatureSetup } from "./estimator.js";

/** Polar counts of a frame: entries by bin, and what is made of them. */
export interface PolarFrame {
  readonly row: number;
  readonly col: number;
  readonly entries: Uint32Array;
  readonly features: Float32Array;
}

/** Polar counts of frames in plain TypeScript. */
export function createPlainFeatures(size: { readonly height: number; readonly width: number }, { ellipse, weights }: FeatureSetup) {
  let grid: PolarGrid;
  let tableOf: ReturnType<typeof plainTables>;
  function setRadius(radius: number): void {
    const setup: PolarSetup = { ...polarExtent(size, radius, ellipse), batch: 1 };
    grid = polarGrid(setup);
    tableOf = plainTables(setup, grid);
  }
  setRadius(0);
  return {
    setRadius,
    list(pixels: Uint32Array, row: number, col: number): PolarFrame {
      const entries = listPolar(pixels, size.width, tableOf(row, col), grid, row, col);
      return { row, col, entries, features: projectPolar(entries, weights) };
    },
    blend(frames: readonly PolarFrame[], shares: Float32Array, out: Float32Array, offset: number): void {
      for (let k = 0; k < FEATURES; k++)
        out[offset + k] = frames.reduce((sum, f, j) => sum + (shares[j] as number) * (f.features[k] as number), 0);
    },
    average(frames: readonly PolarFrame[], shares: Float32Array, out: Float32Array, offset: number): void {
      const counts = out.subarray(offset, offset + grid.bins).fill(0);
      frames.forEach(({ entries }, j) => {
        spreadEntries(entries, 0, entries.length, shares[j] as number, counts);
      });
    },
  };
}
