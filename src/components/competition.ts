import { dotFrom } from "../kernels/count-events.js";
import type { LiveArea } from "../kernels/polar-kernels.js";
import type { LabelMap } from "./label-map.js";
import { BINS, DIRECT } from "./polar-events.js";
import { addSum, emptySum, freeSums, type HalfSum, SumBuilder, SumsByKey } from "./region-sum.js";
import type { ScanEvents } from "./scan-events.js";

/** Positions of another region this far away are near. */
const NEAR = 4;
/** Core frames that it must have near, to be a rival. */
const LEAST = 4;
/** Frames of the mean of the scan that a template is mixed with. */
const PRIOR = 1;
/** A region is foretold from the rest of itself, with so many parts left out in turn along both axes. */
const PARTS = 2;
const SIZE = BINS + 1;

interface Template {
  /** Under which the kernels keep its logarithms. */
  readonly number: number;
  /** Logarithm of the rate of the direct beam. */
  readonly direct: number;
  readonly rate: Float32Array;
  /** Expected counts of a frame, by number of its live area. */
  readonly mass: number[];
}

/**
 * By how much the frames of a region are better foretold by the rest of it than by the regions around it, whichever is best for each frame; logarithm
 * of the ratio of likelihoods. Below 0: nothing speaks for it. NaN: there is nothing to compare. Logarithms that the kernels kept are others afterwards.
 */
export function advantage(scan: ScanEvents, labels: LabelMap, id: number): number {
  const [first, last] = labels.span(id) ?? [0, -1];
  const { columns } = labels;
  const own = new SumsByKey(scan);
  const positions: number[] = [];
  const near = new Map<number, SumBuilder>();
  const seen = new Set<number>();
  for (let row = first; row <= last; row++)
    for (let c = 0; c < columns; c++) {
      if (labels.at(row, c) !== id || scan.table(row * columns + c) < 0) continue;
      positions.push(row * columns + c);
      own.add(partOf(row, c), row, c);
      gather(scan, labels, row, c, id, near, seen);
    }
  const parts = own.build();
  const around = [...near].sort(([a], [b]) => a - b).map(([, b]) => b.build());
  const rivals = around.filter((s) => s.frames >= LEAST).map((s, i) => templateOf(scan, s, 1 + i));
  let sum = rivals.length === 0 || parts.size < 2 ? Number.NaN : 0;
  for (const part of sum === 0 ? parts.keys() : []) {
    const rest = restOf(parts, part);
    const templates = [templateOf(scan, rest, 0), ...rivals];
    const numbers = Int32Array.from(templates, (t) => t.number);
    const found = new Float64Array(templates.length);
    for (const at of positions)
      if (partOf(Math.floor(at / columns), at % columns) === part) sum += ahead(scan, at, templates, numbers, found);
    freeSums([rest]);
  }
  freeSums([...parts.values(), ...around]);
  return sum;
}

/** Tells which regions nothing speaks for. One that was not weak is judged anew only where a label has changed since. */
export class Competition {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  /** Of regions that were not weak: the version of the labels then, and positions. */
  readonly #judged = new Map<number, readonly [version: number, positions: number]>();

  /** After the last row. */
  constructor(scan: ScanEvents, labels: LabelMap) {
    this.#scan = scan;
    this.#labels = labels;
  }

  isWeak(id: number): boolean {
    const [version, positions] = this.#judged.get(id) ?? [-1, 0];
    const [first, last] = this.#labels.span(id) ?? [0, -1];
    // What is core as far away as counts depends on one position more.
    const changed = this.#labels.changedNear(first, last + 1, NEAR + 1, version);
    let [own, isNew] = [0, version < 0];
    for (let i = 0, at = first * this.#labels.columns; i < changed.length; i++, at++) {
      if (this.#labels.region[at] !== id) continue;
      own++;
      isNew ||= changed[i] === 1;
    }
    if (!isNew && own === positions) return false;
    const before = this.#labels.version;
    const weak = advantage(this.#scan, this.#labels, id) < 0;
    if (weak) this.#judged.delete(id);
    else this.#judged.set(id, [before, own]);
    return weak;
  }
}

const partOf = (row: number, column: number): number => (row % PARTS) * PARTS + (column % PARTS);

function gather(
  scan: ScanEvents,
  labels: LabelMap,
  row: number,
  column: number,
  id: number,
  near: Map<number, SumBuilder>,
  seen: Set<number>,
): void {
  const { rows, columns } = labels;
  for (let r = Math.max(0, row - NEAR); r <= Math.min(rows - 1, row + NEAR); r++)
    for (let c = Math.max(0, column - NEAR); c <= Math.min(columns - 1, column + NEAR); c++) {
      const other = labels.at(r, c);
      if (other < 0 || other === id || seen.has(r * columns + c)) continue;
      seen.add(r * columns + c);
      if (!labels.isCore(r, c) || scan.table(r * columns + c) < 0) continue;
      const sum = near.get(other) ?? new SumBuilder(scan);
      near.set(other, sum);
      sum.add(r, c);
    }
}

function restOf(parts: ReadonlyMap<number, HalfSum>, left: number): HalfSum {
  const rest = emptySum();
  for (const [key, sum] of parts) if (key !== left) addSum(rest, sum);
  return rest;
}

function templateOf(scan: ScanEvents, { halves: [a, b], area, frames }: HalfSum, number: number): Template {
  const counts = new Float32Array(SIZE);
  for (let i = 0; i < SIZE; i++) counts[i] = a[i] + b[i];
  const live = Float32Array.from(area);
  const smooth = new Float32Array(SIZE);
  scan.kernels.smooth(live, scan.blur, smooth);
  smooth[DIRECT] = live[DIRECT];
  const [rate, log] = [new Float32Array(SIZE), new Float32Array(SIZE)];
  const { mean, blur } = scan;
  scan.kernels.logTemplate(
    { counts: [counts], areas: [{ area: live, smooth }], weights: [1], frames, prior: PRIOR, mean, blur },
    rate,
    log,
  );
  scan.kernels.keepLog(number, log);
  return { number, direct: log[DIRECT], rate, mass: [] };
}

/** By how much the first template foretells the frame of a position better than the best of the others. `numbers`: theirs; `found`: memory, one for each. */
function ahead(scan: ScanEvents, at: number, templates: readonly Template[], numbers: Int32Array, found: Float64Array): number {
  const [events, from, to] = scan.events(at);
  const [direct, table] = [scan.direct(at), scan.table(at)];
  scan.kernels.likelihoods(events, from, to, numbers, templates.length, found);
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < templates.length; k++) {
    const { direct: log, rate, mass } = templates[k];
    mass[table] ??= dotFrom(rate, (scan.areas[table] as LiveArea).area, 0, SIZE);
    found[k] = found[k] + direct * log - mass[table];
    if (k > 0 && found[k] > best) best = found[k];
  }
  return found[0] - best;
}
