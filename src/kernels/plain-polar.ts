import type { PixelArray } from "../core/frame.js";
import { countPolar, listEvents } from "./count-polar.js";
import type { LaneSetup } from "./pixel-lane.js";
import { checkRow, fillTable, isPlaced, type PolarGrid, type PolarSetup, phaseOf, polarGrid } from "./polar-bins.js";

/** The polar batch of a plain lane. */
export interface PlainPolar {
  readonly batch: Float32Array;
  /** Throws RangeError where there is no such row. */
  clear(polarRow: number): void;
  count(polarRow: number, pixels: PixelArray, setup: LaneSetup, row: number, col: number, sum: number): void;
  /** A copy. */
  bytes(rows: number): Uint8Array | null;
  pixels(setup: LaneSetup, row: number, col: number): Float32Array;
  events(polarRow: number, out: Uint16Array): number;
}

/** Tables of a set-up, by the centre. */
export function plainTables(setup: PolarSetup, grid: PolarGrid): (row: number, col: number) => Uint16Array {
  const { steps, entries } = grid;
  const tables = new Map<number, Uint16Array>();
  return (row, col) => {
    const phase = isPlaced(row, col) ? phaseOf(row, col, steps) : 0;
    const table = tables.get(phase) ?? new Uint16Array(entries);
    if (!tables.has(phase)) fillTable(setup, grid, phase, table);
    tables.set(phase, table);
    return table;
  };
}

export function createPlainPolar(setup: PolarSetup): PlainPolar {
  const grid: PolarGrid = polarGrid(setup);
  const { bins } = grid;
  const batch = new Float32Array(bins * setup.batch);
  /** Of each row, counts nearer than the first ring, and all. */
  const rest = new Float64Array(2 * setup.batch);
  const tableOf = plainTables(setup, grid);
  return {
    batch,
    clear(polarRow) {
      checkRow(polarRow, setup.batch);
      batch.fill(0, polarRow * bins, (polarRow + 1) * bins);
      rest.fill(0, 2 * polarRow, 2 * polarRow + 2);
    },
    count(polarRow, pixels, lane, row, col, sum) {
      const counts = countPolar(pixels, lane, tableOf(row, col), grid, row, col);
      batch.set(counts.subarray(0, bins), polarRow * bins);
      rest.set([counts[bins], sum], 2 * polarRow);
    },
    bytes(rows) {
      const bytes = Uint8Array.from(batch);
      return bytes.subarray(0, rows * bins).every((byte, i) => byte === batch[i]) ? bytes : null;
    },
    pixels: (lane, row, col) => Float32Array.from(countPolar(null, lane, tableOf(row, col), grid, row, col).subarray(0, bins)),
    events(polarRow, out) {
      checkRow(polarRow, setup.batch);
      return listEvents(batch.subarray(polarRow * bins, (polarRow + 1) * bins), rest[2 * polarRow], rest[2 * polarRow + 1], out);
    },
  };
}
