import { countWide } from "../kernels/count-events.js";
import type { LiveArea } from "../kernels/polar-kernels.js";
import { Arena } from "./arena.js";
import type { LabelMap } from "./label-map.js";
import { BINS, DIRECT } from "./polar-events.js";
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

/** Memory of one judgement: sums of counts, and rates. */
const sums = new Arena((length) => new Float64Array(length), SIZE);
const floats = new Arena((length) => new Float32Array(length), SIZE);

/** Counts of some frames. Exact: all are whole numbers. */
class Counts {
  readonly counts = sums.take().fill(0);
  /** Frames by number of their live area. */
  readonly tables = new Map<number, number>();
  frames = 0;

  add(scan: ScanEvents, position: number): void {
    const [events, from, to] = scan.events(position);
    countWide(events, from, to, 1, this.counts);
    this.counts[DIRECT] = this.counts[DIRECT] + scan.direct(position);
    const table = scan.table(position);
    this.tables.set(table, (this.tables.get(table) ?? 0) + 1);
    this.frames++;
  }

  /** Adds what other frames have. */
  join({ counts, tables, frames }: Counts): void {
    for (let b = 0; b < SIZE; b++) this.counts[b] = this.counts[b] + counts[b];
    for (const [table, n] of tables) this.tables.set(table, (this.tables.get(table) ?? 0) + n);
    this.frames += frames;
  }
}

/**
 * By how much the frames of a region are better foretold by the rest of it than by the regions around it, whichever is best for each frame; logarithm
 * of the ratio of likelihoods. Below 0: nothing speaks for it. NaN: there is nothing to compare. Logarithms that the kernels kept are others afterwards.
 */
export function advantage(scan: ScanEvents, labels: LabelMap, id: number): number {
  sums.clear();
  floats.clear();
  const [first, last] = labels.span(id) ?? [0, -1];
  const { columns } = labels;
  const own = new Map<number, Counts>();
  const positions = new Map<number, number[]>();
  const near = new Map<number, Counts>();
  const seen = new Set<number>();
  for (let row = first; row <= last; row++)
    for (let c = 0; c < columns; c++) {
      const at = row * columns + c;
      if (labels.at(row, c) !== id || scan.table(at) < 0) continue;
      const part = (row % PARTS) * PARTS + (c % PARTS);
      countsOf(own, part).add(scan, at);
      const before = positions.get(part);
      if (before) before.push(at);
      else positions.set(part, [at]);
      gather(scan, labels, row, c, id, near, seen);
    }
  const rivals = inOrder(near)
    .filter(([, n]) => n.frames >= LEAST)
    .map(([, n], i) => templateOf(scan, n, null, 1 + i));
  if (rivals.length === 0 || own.size < 2) return Number.NaN;
  const parts = inOrder(own);
  const all = new Counts();
  for (const [, part] of parts) all.join(part);
  let sum = 0;
  for (const [key, part] of parts) {
    const templates = [templateOf(scan, all, part, 0), ...rivals];
    const numbers = Int32Array.from(templates, (t) => t.number);
    const found = new Float64Array(templates.length);
    for (const at of positions.get(key) ?? []) sum += ahead(scan, at, templates, numbers, found);
  }
  return sum;
}

function countsOf(of: Map<number, Counts>, key: number): Counts {
  const known = of.get(key) ?? new Counts();
  of.set(key, known);
  return known;
}

const inOrder = (of: ReadonlyMap<number, Counts>): [number, Counts][] => [...of].sort(([a], [b]) => a - b);

/** What was found of a region: as `advantage` has it. */
export interface RivalVerdict {
  readonly id: number;
  readonly advantage: number;
}

/** What is known of a region, and the version of the labels and its positions then. */
interface Judged {
  readonly version: number;
  readonly positions: number;
  readonly weak: boolean;
}
const UNKNOWN: Judged = { version: -1, positions: 0, weak: false };

/** Tells which regions nothing speaks for. What is known of one, or was found when it was not weak, is so until a label changes near it. */
export class Competition {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  readonly #judged = new Map<number, Judged>();

  /** After the last row. */
  constructor(scan: ScanEvents, labels: LabelMap) {
    this.#scan = scan;
    this.#labels = labels;
  }

  /** Takes over what others found of regions, by the labels as they are. */
  know(found: readonly RivalVerdict[]): void {
    const { region, version } = this.#labels;
    const positions = new Map(found.map(({ id }) => [id, 0]));
    for (const id of region) {
      const n = positions.get(id);
      if (n !== undefined) positions.set(id, n + 1);
    }
    for (const { id, advantage } of found) this.#judged.set(id, { version, positions: positions.get(id) ?? 0, weak: advantage < 0 });
  }

  /** Those of some regions of which it is not known, by the labels as they are. */
  open(ids: Iterable<number>): number[] {
    return [...ids].filter((id) => !this.#look(id).isKnown);
  }

  /** Whether what is known of a region is so still, and its positions. */
  #look(id: number): { readonly isKnown: boolean; readonly own: number } {
    const { version, positions } = this.#judged.get(id) ?? UNKNOWN;
    const [first, last] = this.#labels.span(id) ?? [0, -1];
    // What is core as far away as counts depends on one position more.
    const changed = this.#labels.changedNear(first, last + 1, NEAR + 1, version);
    let [own, isNew] = [0, version < 0];
    for (let i = 0, at = first * this.#labels.columns; i < changed.length; i++, at++) {
      if (this.#labels.region[at] !== id) continue;
      own++;
      isNew ||= changed[i] === 1;
    }
    return { isKnown: !isNew && own === positions, own };
  }

  isWeak(id: number): boolean {
    const { isKnown, own } = this.#look(id);
    const before = this.#labels.version;
    const weak = isKnown ? (this.#judged.get(id) ?? UNKNOWN).weak : advantage(this.#scan, this.#labels, id) < 0;
    // What is weak is given up: it is not the same any more.
    if (weak) this.#judged.delete(id);
    else if (!isKnown) this.#judged.set(id, { version: before, positions: own, weak });
    return weak;
  }
}

function gather(
  scan: ScanEvents,
  labels: LabelMap,
  row: number,
  column: number,
  id: number,
  near: Map<number, Counts>,
  seen: Set<number>,
): void {
  const { rows, columns } = labels;
  for (let r = Math.max(0, row - NEAR); r <= Math.min(rows - 1, row + NEAR); r++)
    for (let c = Math.max(0, column - NEAR); c <= Math.min(columns - 1, column + NEAR); c++) {
      const other = labels.at(r, c);
      if (other < 0 || other === id || seen.has(r * columns + c)) continue;
      seen.add(r * columns + c);
      if (!labels.isCore(r, c) || scan.table(r * columns + c) < 0) continue;
      countsOf(near, other).add(scan, r * columns + c);
    }
}

/** Of some frames, without those that are `left` out of them. */
function templateOf(scan: ScanEvents, { counts: all, tables, frames: n }: Counts, left: Counts | null, number: number): Template {
  const [counts, live, smooth, rate, log] = [floats.take(), floats.take(), floats.take(), floats.take(), floats.take()];
  const out = left?.counts;
  if (out) for (let b = 0; b < SIZE; b++) counts[b] = all[b] - out[b];
  else counts.set(all);
  const area = sums.take().fill(0);
  for (const [table, k] of tables) addArea((scan.areas[table] as LiveArea).area, k - (left?.tables.get(table) ?? 0), area);
  live.set(area);
  scan.kernels.smooth(live, scan.blur, smooth.subarray(0, BINS));
  smooth[DIRECT] = live[DIRECT];
  const { mean, blur } = scan;
  const frames = n - (left?.frames ?? 0);
  scan.kernels.logTemplate(
    { counts: [counts], areas: [{ area: live, smooth }], weights: [1], frames, prior: PRIOR, mean, blur },
    rate,
    log,
  );
  scan.kernels.keepLog(number, log);
  return { number, direct: log[DIRECT], rate, mass: [] };
}

function addArea(area: Float32Array, frames: number, sum: Float64Array): void {
  for (let b = 0; b < SIZE; b++) sum[b] = sum[b] + frames * area[b];
}

/** By how much the first template foretells the frame of a position better than the best of the others. `numbers`: theirs; `found`: memory, one for each. */
function ahead(scan: ScanEvents, at: number, templates: readonly Template[], numbers: Int32Array, found: Float64Array): number {
  const [events, from, to] = scan.events(at);
  const [direct, table] = [scan.direct(at), scan.table(at)];
  scan.kernels.likelihoods(events, from, to, numbers, templates.length, found);
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < templates.length; k++) {
    const { direct: log, rate, mass } = templates[k];
    mass[table] ??= scan.kernels.mass(rate, scan.areas[table] as LiveArea);
    found[k] = found[k] + direct * log - mass[table];
    if (k > 0 && found[k] > best) best = found[k];
  }
  return found[0] - best;
}
