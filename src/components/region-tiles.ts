import type { LabelMap } from "./label-map.js";
import { type HalfSum, SumBuilder, SumsByKey } from "./region-sum.js";
import type { ScanEvents } from "./scan-events.js";
import type { Tiling } from "./tiling.js";

function eachCore(labels: LabelMap, id: number, take: (row: number, column: number) => void): void {
  const [first, last] = labels.span(id) ?? [0, -1];
  for (let row = first; row <= last; row++)
    for (let c = 0; c < labels.columns; c++) if (labels.at(row, c) === id && labels.isCore(row, c)) take(row, c);
}

/** Of all core positions of a region. */
export function coreSum(scan: ScanEvents, labels: LabelMap, id: number): HalfSum {
  const building = new SumBuilder(scan);
  eachCore(labels, id, (row, c) => building.add(row, c));
  return building.build();
}

/** The core positions of a region, by tiles. */
export class RegionTiles {
  /** First row, and the one after the last, that the region may have positions in. */
  readonly rows: readonly [first: number, end: number];
  readonly sums: readonly HalfSum[];
  readonly #labels: LabelMap;
  readonly #id: number;
  readonly #tiles: Tiling;
  readonly #across: number;
  readonly #keys: readonly number[];

  constructor(scan: ScanEvents, labels: LabelMap, id: number) {
    const [first, last] = labels.span(id) ?? [0, -1];
    this.rows = [first, last + 1];
    this.#labels = labels;
    this.#id = id;
    this.#tiles = scan.tiles;
    this.#across = scan.tiles.columns.cells;
    const building = new SumsByKey(scan);
    eachCore(labels, id, (row, c) => building.add(this.#tile(row, c), row, c));
    const sums = building.build();
    this.#keys = [...sums.keys()];
    this.sums = [...sums.values()];
  }

  /** Of the middle of each tile. */
  get places(): { readonly row: number; readonly column: number }[] {
    return this.#keys.map((key) => ({
      row: this.#tiles.rows.middleOf(Math.floor(key / this.#across)),
      column: this.#tiles.columns.middleOf(key % this.#across),
    }));
  }

  /** Positions of tiles on side 1 become those of another region; other positions go with the nearest tile that has a side. */
  move(side: Int8Array, to: number): void {
    const sided = this.#keys.map((key, i) => ({ key, side: side[i] })).filter((t) => t.side >= 0);
    const nearest = new Map<number, number>();
    for (let row = this.rows[0]; row < this.rows[1]; row++)
      for (let c = 0; c < this.#labels.columns; c++) {
        if (this.#labels.at(row, c) !== this.#id) continue;
        const tile = this.#tile(row, c);
        const known = nearest.get(tile) ?? sided.reduce((a, b) => (this.#apart(b.key, tile) < this.#apart(a.key, tile) ? b : a)).side;
        nearest.set(tile, known);
        if (known === 1) this.#labels.set(row, c, to);
      }
  }

  #tile(row: number, column: number): number {
    return this.#tiles.rows.cellOf(row) * this.#across + this.#tiles.columns.cellOf(column);
  }

  #apart(a: number, b: number): number {
    return (Math.floor(a / this.#across) - Math.floor(b / this.#across)) ** 2 + ((a % this.#across) - (b % this.#across)) ** 2;
  }
}
