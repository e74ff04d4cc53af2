import type { RegionGraph } from "./merging.js";
import { SumsByKey } from "./region-sum.js";
import type { ScanEvents } from "./scan-events.js";
import type { SuperpixelMap } from "./superpixels.js";

/** Hears of superpixels that are regions now, and tells which region one is in; -1: none. */
interface Regions {
  readonly add: (id: number) => void;
  readonly of: (id: number) => number;
}

/** Adds the superpixels of some bands to a graph, and their links to each other and to earlier ones; answers their ids. */
export function addSuperpixels(
  graph: RegionGraph,
  scan: ScanEvents,
  { across, of }: SuperpixelMap,
  first: number,
  last: number,
  regions: Regions,
): number[] {
  const rows = [scan.tiles.rows.startOf(first - 1), Math.min(scan.rows, scan.tiles.rows.startOf(last + 2))] as const;
  const isNew = (id: number): boolean => id >= first * across && id < (last + 1) * across;
  const building = new SumsByKey(scan);
  for (let row = rows[0]; row < rows[1]; row++)
    for (let c = 0; c < scan.columns; c++) {
      const id = of[row]?.[c] ?? -1;
      if (isNew(id)) building.add(id, row, c);
    }
  const sums = building.build();
  for (const [id, sum] of sums) {
    if (sum.halfFrames[0] === 0 || sum.halfFrames[1] === 0) continue;
    graph.add(id, sum);
    regions.add(id);
  }
  const pair = (a: number, b: number): void => {
    if (a < 0 || b < 0 || a === b || Math.max(a, b) >= (last + 1) * across || !(isNew(a) || isNew(b))) return;
    graph.link(regions.of(a), regions.of(b), 1);
  };
  for (let row = rows[0]; row < rows[1]; row++)
    for (let c = 0; c < scan.columns; c++) {
      const own = of[row]?.[c] ?? -1;
      pair(own, of[row]?.[c + 1] ?? -1);
      pair(own, of[row - 1]?.[c] ?? -1);
    }
  return [...sums.keys()];
}

/** Takes over the superpixels of the last rows, of so many. */
export function layLast({ of }: SuperpixelMap, rows: number, superpixels: readonly Int32Array[]): void {
  for (const [i, row] of superpixels.entries()) of[rows - superpixels.length + i] = row;
}
