import { MOST_MIXED } from "../kernels/polar-kernels.js";
import type { LabelMap } from "./label-map.js";
import { BINS } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";
import type { Part, TileParts } from "./tile-parts.js";

const NONE: ReadonlySet<number> = new Set();
const SIZE = BINS + 1;
const NEAR = 2;
/** A local template is made of the core of its region within so many tiles, or of all of it where that is too little. */
const TILES = 2.5;
const REACH = Math.floor(TILES);
const ALONG = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH);
/** Rows and columns of tiles from one to those around it. */
const NEAR_TILES = ALONG.flatMap((r) => ALONG.map((c) => [r, c] as const)).filter(([r, c]) => r * r + c * c <= TILES * TILES);
const LEAST_CORE = 4;
const PRIOR = 1;
export const SWEEPS = 2;
/** Rows of tiles from a sweep to what the next one, over the same rows, may look at that others looked at before. */
export const MARGIN = 2 * REACH;
/** How much a neighbour across the corner counts. */
const DIAGONAL = 0.6;
const NEIGHBOUR_WEIGHT = 4 + 4 * DIAGONAL;
/** Ids of regions are lower. */
const IDS = 2 ** 28;
/** A part of so many electrons is added up bin by bin, others electron by electron. */
const DENSE = SIZE / 4;

/** Memory of templates of passes that are over. */
const free: Float32Array[] = [];
const MOST_FREE = 256;

/** Labels of positions at borders, as mixtures of what is near. */
export class Relabelling {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  readonly #parts: TileParts;
  /** Of this pass: the tiles that templates are made of stay as they were when they were first looked at. */
  readonly #tiles = new Map<number, readonly Part[]>();
  /** Of a row of tiles, by column and region. */
  readonly #templates = new Map<number, Float32Array | null>();
  readonly #sum = new Float32Array(SIZE);
  readonly #shares = new Float64Array(MOST_MIXED);
  readonly #prior = new Float64Array(MOST_MIXED);

  /** For one pass: templates are those of the labels as they are now. */
  constructor(scan: ScanEvents, labels: LabelMap, parts: TileParts) {
    this.#scan = scan;
    this.#labels = labels;
    this.#parts = parts;
  }

  /**
   * Relabels the positions at borders of some rows, and those without a region, in place; with `banned` regions only their positions, which all
   * get another label where there is one near.
   */
  run(first: number, end: number, banned: ReadonlySet<number> = NONE): void {
    let version = -1;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      const found = this.sweep(first, end, version, banned);
      version = this.#labels.version;
      this.#labels.lay(first, found);
    }
    this.#tiles.clear();
  }

  /**
   * What positions of some rows, the first of a tile, are to be, [(end - first) * columns]; how sure that is stands in the labels at once. Where nothing near is
   * new since a version of the labels, a choice would be the same again, and they stay as they are.
   */
  sweep(first: number, end: number, version: number, banned: ReadonlySet<number> = NONE): Int32Array {
    const { columns, confidence } = this.#labels;
    const found = new Int32Array((end - first) * columns);
    const open = version < 0 ? null : this.#labels.changedNear(first, end, NEAR, version);
    for (let row = first, i = 0, at = first * columns; row < end; row++) {
      if (this.#scan.tiles.rows.endsAt(row)) this.#forget();
      for (let c = 0; c < columns; c++, i++, at++) {
        found[i] = this.#labels.at(row, c);
        if (open?.[i] === 0) continue;
        if (this.#isOpen(row, c, banned)) [found[i], confidence[at]] = this.#choose(row, c, banned);
        else if (banned.size === 0) confidence[at] = found[i] < 0 ? 0 : 1;
      }
    }
    this.#forget();
    return found;
  }

  /** Looks at the tiles that a sweep over some rows would look at. */
  look(first: number, end: number): void {
    const { columns } = this.#labels;
    const seen = new Set<number>();
    for (let row = first; row < end; row++)
      for (let c = 0; c < columns; c++) {
        const [tileRow, tileColumn] = this.#tileOf(row, c);
        const tile = tileRow * columns + tileColumn;
        if (seen.has(tile) || !this.#isOpen(row, c, NONE) || this.#candidates(row, c, NONE).length === 0) continue;
        seen.add(tile);
        for (const [r, c] of NEAR_TILES) this.#partsOf(tileRow + r, tileColumn + c);
      }
  }

  /** Templates of a row of tiles serve the positions in it alone. */
  #forget(): void {
    for (const template of this.#templates.values()) if (template && free.length < MOST_FREE) free.push(template);
    this.#templates.clear();
  }

  #tileOf(row: number, column: number): [row: number, column: number] {
    const { rows, columns } = this.#scan.tiles;
    return [rows.cellOf(row), columns.cellOf(column)];
  }

  #isOpen(row: number, column: number, banned: ReadonlySet<number>): boolean {
    const own = this.#labels.at(row, column);
    if (banned.size > 0) return banned.has(own);
    return own >= 0 ? !this.#labels.isCore(row, column) : this.#scan.table(row * this.#labels.columns + column) >= 0;
  }

  #choose(row: number, column: number, banned: ReadonlySet<number>): [label: number, share: number] {
    const position = row * this.#labels.columns + column;
    const own = this.#labels.region[position];
    const ids: number[] = [];
    const rates: Float32Array[] = [];
    for (const id of this.#candidates(row, column, banned)) {
      const rate = this.#template(...this.#tileOf(row, column), id);
      if (rate === null) continue;
      ids.push(id);
      rates.push(rate);
    }
    const n = ids.length;
    if (n < 2) return [ids[0] ?? own, 1];
    for (let k = 0; k < n; k++) this.#prior[k] = 1.5 * n * this.#nearness(row, column, ids[k]) + 0.05;
    this.#shares.fill(1 / n);
    const [events, from, to] = this.#scan.events(position);
    this.#scan.kernels.mix(events, from, to, this.#scan.direct(position), rates, this.#prior, this.#shares);
    let best = 0;
    for (let k = 1; k < n; k++) if (this.#shares[k] > this.#shares[best]) best = k;
    return [ids[best], this.#shares[best]];
  }

  /** The regions with most positions near, by their number, then by their id. */
  #candidates(row: number, column: number, banned: ReadonlySet<number>): number[] {
    const { columns, rows, region } = this.#labels;
    const seen = new Map<number, number>();
    for (let r = Math.max(0, row - NEAR); r <= Math.min(rows - 1, row + NEAR); r++)
      for (let c = Math.max(0, column - NEAR); c <= Math.min(columns - 1, column + NEAR); c++) {
        const id = region[r * columns + c];
        if (id >= 0 && !banned.has(id)) seen.set(id, (seen.get(id) ?? 0) + 1);
      }
    return [...seen]
      .sort(([a, n], [b, m]) => m - n || a - b)
      .slice(0, MOST_MIXED)
      .map(([id]) => id);
  }

  /** Share of the eight neighbours that have a label. */
  #nearness(row: number, column: number, id: number): number {
    const { columns, rows, region } = this.#labels;
    let sum = 0;
    for (let dr = -1; dr <= 1; dr++)
      for (let dc = -1; dc <= 1; dc++) {
        const r = row + dr;
        const c = column + dc;
        if ((dr === 0 && dc === 0) || r < 0 || r >= rows || c < 0 || c >= columns) continue;
        if (region[r * columns + c] === id) sum += dr !== 0 && dc !== 0 ? DIAGONAL : 1;
      }
    return sum / NEIGHBOUR_WEIGHT;
  }

  /** What frames of a region look like near a tile, summing to 1 over the live pixels; null: it has none there. */
  #template(tileRow: number, tileColumn: number, id: number): Float32Array | null {
    const key = tileColumn * IDS + id;
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const parts: Part[] = [];
    for (const [r, c] of NEAR_TILES)
      for (const part of this.#partsOf(tileRow + r, tileColumn + c)) if (part.region === id) parts.push(part);
    const core = parts.filter((p) => p.core);
    const enough = core.reduce((a, p) => a + p.frames, 0) >= LEAST_CORE;
    const template = this.#blend(enough ? core : parts);
    this.#templates.set(key, template);
    return template;
  }

  #blend(parts: readonly Part[]): Float32Array | null {
    if (parts.length === 0) return null;
    const members = new Map<number, number>();
    let frames = 0;
    for (const part of parts) {
      frames += part.frames;
      for (const [table, n] of part.members) members.set(table, (members.get(table) ?? 0) + n);
    }
    const { areas, blur, mean, kernels } = this.#scan;
    const counts = parts.filter((p) => p.electrons >= DENSE).map((p) => this.#parts.countsOf(p));
    if (counts.length < parts.length) {
      this.#sum.fill(0);
      for (const part of parts) if (part.electrons < DENSE) this.#parts.addTo(part, this.#sum);
      counts.push(this.#sum);
    }
    const live = { areas: [...members.keys()].map((table) => areas[table]), weights: [...members.values()] };
    const rate = free.pop() ?? new Float32Array(SIZE);
    kernels.unitTemplate({ counts, ...live, frames, prior: PRIOR, mean, blur }, rate);
    return rate;
  }

  #partsOf(tileRow: number, tileColumn: number): readonly Part[] {
    const tiles = this.#scan.tiles.columns.cells;
    if (tileRow < 0 || tileColumn < 0 || tileColumn >= tiles) return [];
    const tile = tileRow * tiles + tileColumn;
    const parts = this.#tiles.get(tile) ?? this.#parts.of(tileRow, tileColumn);
    this.#tiles.set(tile, parts);
    return parts;
  }
}
