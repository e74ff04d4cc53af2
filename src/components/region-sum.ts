import { addScaled, countEvents } from "../kernels/count-events.js";
import { BINS, DIRECT, type RegionSum } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";

/** A sum over frames that also knows how many of them each half has. */
export interface HalfSum extends RegionSum {
  readonly halfFrames: [number, number];
}

export const emptySum = (): HalfSum => ({
  halves: [new Float64Array(BINS + 1), new Float64Array(BINS + 1)],
  area: new Float64Array(BINS + 1),
  frames: 0,
  halfFrames: [0, 0],
});

/** Adds the frame of a position, or takes it away (`sign` -1). Exact: all are whole numbers. */
export function addFrame(sum: HalfSum, scan: ScanEvents, row: number, column: number, sign: 1 | -1): void {
  const position = row * scan.columns + column;
  const half = ((row + column) % 2) as 0 | 1;
  const counts = sum.halves[half];
  const [events, from, to] = scan.events(position);
  countEvents(events, from, to, sign, counts);
  counts[DIRECT] = (counts[DIRECT]) + sign * scan.direct(position);
  addScaled(scan.areas[scan.table(position)]?.area ?? [], sign, sum.area);
  sum.halfFrames[half] += sign;
  sum.frames += sign;
}

export function addSum(sum: HalfSum, other: HalfSum): void {
  for (const half of [0, 1] as const) {
    addScaled(other.halves[half], 1, sum.halves[half]);
    sum.halfFrames[half] += other.halfFrames[half];
  }
  addScaled(other.area, 1, sum.area);
  sum.frames += other.frames;
}
