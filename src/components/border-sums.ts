import type { LabelMap } from "./label-map.js";
import { type HalfSum, SumBuilder, SumsByKey } from "./region-sum.js";
import type { Region } from "./region-table.js";
import type { ScanEvents } from "./scan-events.js";

/** Positions this far from a border are near it. */
const NEAR = 4;

/** A position is mostly of its region where it has such a share. */
const MOSTLY = 0.75;

/** Sums of the regions that have a core, over it and the positions at borders that are mostly of their region. */
export function sumsOfMost(scan: ScanEvents, labels: LabelMap, regions: ReadonlyMap<number, Region>): Map<number, HalfSum> {
  const building = new SumsByKey(scan);
  const { columns, region, confidence } = labels;
  for (let row = 0, at = 0; row < scan.rows; row++)
    for (let c = 0; c < columns; c++, at++)
      if ((regions.get(region[at])?.coreFrames ?? 0) > 0 && (confidence[at] > MOSTLY || labels.isCore(row, c)))
        building.add(region[at], row, c);
  return building.build();
}

/** Core frames of two regions near the border between them. */
export function borderSums(scan: ScanEvents, labels: LabelMap, a: number, b: number): readonly [HalfSum, HalfSum] {
  const sums = [new SumBuilder(scan), new SumBuilder(scan)] as const;
  const { columns, rows } = labels;
  const [first, last] = overlap(labels.span(a), labels.span(b));
  const seen = new Set<number>();
  const take = (row: number, column: number): void => {
    for (let r = Math.max(0, row - NEAR); r <= Math.min(rows - 1, row + NEAR); r++)
      for (let c = Math.max(0, column - NEAR); c <= Math.min(columns - 1, column + NEAR); c++) {
        const id = labels.at(r, c);
        if ((id !== a && id !== b) || seen.has(r * columns + c)) continue;
        seen.add(r * columns + c);
        if (labels.isCore(r, c)) (id === a ? sums[0] : sums[1]).add(r, c);
      }
  };
  for (let row = Math.max(0, first); row <= Math.min(rows - 1, last); row++)
    for (let c = 0; c < columns; c++) if (labels.at(row, c) === a && touches(labels, row, c, b)) take(row, c);
  return [sums[0].build(), sums[1].build()];
}

/** Rows that both may touch in. */
function overlap(a: readonly [number, number] | null, b: readonly [number, number] | null): readonly [number, number] {
  return a && b ? [Math.max(a[0], b[0] - 1), Math.min(a[1], b[1] + 1)] : [0, -1];
}

const touches = (labels: LabelMap, row: number, column: number, id: number): boolean =>
  (row > 0 && labels.at(row - 1, column) === id) ||
  (row + 1 < labels.rows && labels.at(row + 1, column) === id) ||
  (column > 0 && labels.at(row, column - 1) === id) ||
  (column + 1 < labels.columns && labels.at(row, column + 1) === id);
