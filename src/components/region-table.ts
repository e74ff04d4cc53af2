import type { LabelMap } from "./label-map.js";
import { addCounts, addLive, addSum, emptySum, type HalfSum } from "./region-sum.js";
import type { ScanEvents } from "./scan-events.js";

/** A region by its positions as they are labelled. */
export interface Region {
  readonly id: number;
  /** Frames of its core: positions whose neighbours are all of it. */
  readonly core: HalfSum;
  readonly coreFrames: number;
  positions: number;
  /** Links between neighbouring positions across the border, by the region there. */
  readonly neighbours: Map<number, number>;
}

/** A region whose live areas are added up when they are asked for: once for all frames about one centre. */
class Counted implements Region {
  readonly id: number;
  positions = 0;
  readonly neighbours = new Map<number, number>();
  readonly #scan: ScanEvents;
  readonly #sum = emptySum();
  /** Frames whose live areas are not in the sum yet, or not taken out of it, by number of the area. */
  readonly #open = new Map<number, number>();

  constructor(id: number, scan: ScanEvents) {
    this.id = id;
    this.#scan = scan;
  }

  get core(): HalfSum {
    for (const [table, n] of this.#open) if (n !== 0) addLive(this.#scan.areas[table].area, n, this.#sum.area);
    this.#open.clear();
    return this.#sum;
  }

  get coreFrames(): number {
    return this.#sum.frames;
  }

  /** Adds a position to the core, or takes it away (`sign` -1). */
  count(row: number, column: number, sign: 1 | -1): void {
    addCounts(this.#sum, this.#scan, row, column, sign);
    const table = this.#scan.table(row * this.#scan.columns + column);
    this.#open.set(table, (this.#open.get(table) ?? 0) + sign);
  }
}

/** What is known of every region, kept up with the labels at a cost in proportion to what changed. */
export class RegionTable {
  readonly regions = new Map<number, Counted>();
  /** Rows that were counted. */
  rows = 0;
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  /** Region that a position was counted for, and for whose core; -1: none. */
  #member = new Int32Array(0);
  #core = new Int32Array(0);
  /** [position, 4] Regions at both ends of the links to the right and down that were counted; -1: none. */
  #links = new Int32Array(0);

  constructor(scan: ScanEvents, labels: LabelMap) {
    this.#scan = scan;
    this.#labels = labels;
  }

  /** Brings the table up to the labels of some rows. */
  update(first: number, end: number): void {
    const { columns, region } = this.#labels;
    if (this.#member.length < region.length) this.#grow(region.length);
    this.rows = Math.max(this.rows, end);
    for (let row = first; row < end; row++)
      for (let c = 0; c < columns; c++) {
        const at = row * columns + c;
        const id = region[at];
        this.#count(at, id);
        this.#countCore(row, c, id >= 0 && this.#labels.isCore(row, c) ? id : -1);
      }
    const links = this.#links;
    for (let row = Math.max(0, first - 1); row < end; row++)
      for (let c = 0, at = row * columns; c < columns; c++, at++) {
        const own = region[at];
        const right = c + 1 < columns ? region[at + 1] : -1;
        const down = row + 1 < this.rows ? region[at + columns] : -1;
        // Inside of a region there is nothing to be counted, mostly.
        if (right !== own || links[4 * at] >= 0) this.#countLink(4 * at, own, right);
        if (down !== own || links[4 * at + 2] >= 0) this.#countLink(4 * at + 2, own, down);
      }
  }

  /** A region becomes part of another one. */
  unite(kept: number, gone: number): void {
    const [a, b] = [this.#of(kept), this.#of(gone)];
    addSum(a.core, b.core);
    a.positions += b.positions;
    const [first, last] = this.#labels.span(gone) ?? [0, -1];
    const { columns } = this.#labels;
    for (let at = first * columns; at < (last + 1) * columns; at++) {
      if (this.#member[at] === gone) this.#member[at] = kept;
      if (this.#core[at] === gone) this.#core[at] = kept;
    }
    for (let i = 4 * Math.max(0, first - 1) * columns; i < 4 * (last + 1) * columns; i += 2)
      if (this.#links[i] === gone || this.#links[i + 1] === gone) {
        const [x, y] = [this.#links[i] === gone ? kept : this.#links[i], this.#links[i + 1] === gone ? kept : this.#links[i + 1]];
        this.#countLink(i, x, y);
      }
    this.regions.delete(gone);
  }

  #of(id: number): Counted {
    let region = this.regions.get(id);
    if (!region) {
      region = new Counted(id, this.#scan);
      this.regions.set(id, region);
    }
    return region;
  }

  #count(at: number, id: number): void {
    const before = this.#member[at];
    if (before === id) return;
    if (before >= 0) {
      const region = this.#of(before);
      region.positions--;
    }
    if (id >= 0) this.#of(id).positions++;
    this.#member[at] = id;
  }

  #countLink(i: number, a: number, b: number): void {
    const none = a < 0 || b < 0 || a === b;
    const x = none ? -1 : a;
    const y = none ? -1 : b;
    const was = this.#links[i];
    const wasTo = this.#links[i + 1];
    if (was === x && wasTo === y) return;
    if (was >= 0) this.#link(was, wasTo, -1);
    if (x >= 0) this.#link(x, y, 1);
    this.#links[i] = x;
    this.#links[i + 1] = y;
  }

  #link(a: number, b: number, links: 1 | -1): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const { neighbours } = this.#of(from);
      const n = (neighbours.get(to) ?? 0) + links;
      if (n > 0) neighbours.set(to, n);
      else neighbours.delete(to);
    }
  }

  #countCore(row: number, column: number, id: number): void {
    const at = row * this.#labels.columns + column;
    const before = this.#core[at];
    if (before === id) return;
    if (before >= 0) this.#of(before).count(row, column, -1);
    if (id >= 0) this.#of(id).count(row, column, 1);
    this.#core[at] = id;
  }

  #grow(length: number): void {
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const more = new Int32Array(length).fill(-1);
      more.set(old);
      return more;
    };
    this.#member = grown(this.#member);
    this.#core = grown(this.#core);
    const links = new Int32Array(4 * length).fill(-1);
    links.set(this.#links);
    this.#links = links;
  }
}
