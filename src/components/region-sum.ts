import { countWide } from "../kernels/count-events.js";
import { BINS, DIRECT, type RegionSum } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";

/** A sum over frames that also knows how many of them each half has. */
export interface HalfSum extends RegionSum {
  readonly halfFrames: [number, number];
}

/** Sums that nobody needs any more: memory that is used again is not collected. */
const free: HalfSum[] = [];
const MOST_FREE = 256;

export function emptySum(): HalfSum {
  const used = free.pop();
  if (!used) {
    const [a, b, area] = [new Float64Array(BINS + 1), new Float64Array(BINS + 1), new Float64Array(BINS + 1)];
    return { halves: [a, b], area, frames: 0, halfFrames: [0, 0] };
  }
  for (const values of [...used.halves, used.area]) values.fill(0);
  used.halfFrames.fill(0);
  used.frames = 0;
  return used;
}

/** Gives sums back that are not looked at from now on. */
export function freeSums(sums: Iterable<HalfSum>): void {
  for (const sum of sums) if (free.length < MOST_FREE) free.push(sum);
}

/** Adds the counts of a position, or takes them away (`sign` -1); its live area is added apart. Exact: all are whole numbers. */
export function addCounts(sum: HalfSum, scan: ScanEvents, row: number, column: number, sign: 1 | -1): void {
  const position = row * scan.columns + column;
  const half = ((row + column) % 2) as 0 | 1;
  const counts = sum.halves[half];
  const [events, from, to] = scan.events(position);
  countWide(events, from, to, sign, counts);
  counts[DIRECT] = counts[DIRECT] + sign * scan.direct(position);
  sum.halfFrames[half] += sign;
  sum.frames += sign;
}

/** Sums of many frames: live areas are added once for all frames about one centre. */
export class SumBuilder {
  readonly sum = emptySum();
  readonly #scan: ScanEvents;
  readonly #tables = new Map<number, number>();

  constructor(scan: ScanEvents) {
    this.#scan = scan;
  }

  add(row: number, column: number): void {
    addCounts(this.sum, this.#scan, row, column, 1);
    const table = this.#scan.table(row * this.#scan.columns + column);
    this.#tables.set(table, (this.#tables.get(table) ?? 0) + 1);
  }

  /** The sum, once every frame was added. */
  build(): HalfSum {
    for (const [table, n] of this.#tables) addLive(this.#scan.areas[table].area, n, this.sum.area);
    this.#tables.clear();
    return this.sum;
  }
}

/** Builds a sum per key. */
export class SumsByKey {
  readonly #scan: ScanEvents;
  readonly #builders = new Map<number, SumBuilder>();

  constructor(scan: ScanEvents) {
    this.#scan = scan;
  }

  add(key: number, row: number, column: number): void {
    const builder = this.#builders.get(key) ?? new SumBuilder(this.#scan);
    this.#builders.set(key, builder);
    builder.add(row, column);
  }

  /** By key, ascending. */
  build(): Map<number, HalfSum> {
    return new Map([...this.#builders].sort(([a], [b]) => a - b).map(([key, builder]) => [key, builder.build()]));
  }
}

export function addSum(sum: HalfSum, other: HalfSum): void {
  for (const half of [0, 1] as const) {
    addWide(other.halves[half], sum.halves[half]);
    sum.halfFrames[half] += other.halfFrames[half];
  }
  addWide(other.area, sum.area);
  sum.frames += other.frames;
}

/** Takes out what was added before: exact, as all are whole numbers. */
export function takeSum(sum: HalfSum, other: HalfSum): void {
  for (const half of [0, 1] as const) {
    takeWide(other.halves[half], sum.halves[half]);
    sum.halfFrames[half] -= other.halfFrames[half];
  }
  takeWide(other.area, sum.area);
  sum.frames -= other.frames;
}

function takeWide(values: Float64Array, sums: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] -= values[i];
}

/** Of one kind of array, which is several times as fast as of any kind. */
function addWide(values: Float64Array, sums: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += values[i];
}

/** Adds the live area of so many frames about one centre. */
export function addLive(area: Float32Array, weight: number, sums: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += weight * area[i];
}

/** A number that changes with the counts. */
export function fingerprint({ halves: [a, b], area, frames }: RegionSum): number {
  let h = frames | 0;
  let g = 1;
  for (let i = 0; i < area.length; i++) {
    h = Math.imul(h ^ (a[i] + 7919 * b[i]), 0x01000193);
    g = Math.imul(g ^ area[i], 0x85ebca6b) + h;
  }
  return (h >>> 0) * 2 ** 21 + (g >>> 11);
}
