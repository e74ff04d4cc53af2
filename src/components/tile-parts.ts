import { countEvents } from "../kernels/count-events.js";
import type { LabelMap } from "./label-map.js";
import { BINS, DIRECT } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";

/** Frames of one region in a tile. */
export interface Part {
  readonly region: number;
  readonly core: boolean;
  readonly positions: number[];
  /** Frames by number of their live area. */
  readonly members: Map<number, number>;
  frames: number;
  /** Outside the direct beam. */
  electrons: number;
  /** By bin, once they were asked for. */
  counts: Float32Array | null;
}

/** Parts whose counts by bin are kept, the last ones that were asked for: far more than a template is made of. */
const MOST_COUNTED = 4096;

/** Parts of tiles, as labels are when they are asked for: counted anew only where one changed. */
export class TileParts {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  /** Parts that were counted, the next to be given up at `#next`. */
  readonly #counted: Part[] = [];
  #next = 0;
  readonly #most: number;
  /** Counts of parts that are none any more. */
  readonly #free: Float32Array[] = [];
  readonly #known = new Map<number, { readonly parts: readonly Part[]; readonly version: number }>();

  constructor(scan: ScanEvents, labels: LabelMap, most = MOST_COUNTED) {
    this.#scan = scan;
    this.#labels = labels;
    this.#most = most;
  }

  /** Answered for as long as they are not asked for again, or forgotten. */
  of(tileRow: number, tileColumn: number): readonly Part[] {
    const { rows, columns } = this.#scan.tiles;
    const tile = tileRow * columns.cells + tileColumn;
    const [row, column] = [rows.startOf(tileRow), columns.startOf(tileColumn)];
    const [endRow, endColumn] = [rows.startOf(tileRow + 1), columns.startOf(tileColumn + 1)];
    const known = this.#known.get(tile);
    // What is core depends on the positions around it.
    if (known && !this.#labels.changedIn(row - 1, column - 1, endRow + 1, endColumn + 1, known.version)) return known.parts;
    for (const part of known?.parts ?? []) this.#letGo(part);
    const parts: Part[] = [];
    for (let r = row; r < Math.min(this.#labels.rows, endRow); r++) for (let c = column; c < endColumn; c++) this.#take(parts, r, c);
    this.#known.set(tile, { parts, version: this.#labels.version });
    return parts;
  }

  /** Frees tiles of the rows of tiles before one. */
  forget(tileRow: number): void {
    const end = tileRow * this.#scan.tiles.columns.cells;
    for (const [tile, { parts }] of this.#known) {
      if (tile >= end) continue;
      for (const part of parts) this.#letGo(part);
      this.#known.delete(tile);
    }
  }

  #letGo(part: Part): void {
    if (part.counts) this.#free.push(part.counts);
    part.counts = null;
  }

  /** Counts of a part by bin, [BINS + 1], until it is let go, or that many others were counted. */
  countsOf(part: Part): Float32Array {
    if (part.counts) return part.counts;
    const oldest = this.#counted[this.#next];
    if (oldest) this.#letGo(oldest);
    this.#counted[this.#next] = part;
    this.#next = (this.#next + 1) % this.#most;
    part.counts = this.#free.pop()?.fill(0) ?? new Float32Array(BINS + 1);
    this.addTo(part, part.counts);
    return part.counts;
  }

  /** Adds them to some counts. */
  addTo({ positions }: Part, counts: Float32Array): void {
    for (const position of positions) {
      const [events, from, to] = this.#scan.events(position);
      countEvents(events, from, to, 1, counts);
      counts[DIRECT] = counts[DIRECT] + this.#scan.direct(position);
    }
  }

  #take(parts: Part[], row: number, column: number): void {
    const position = row * this.#labels.columns + column;
    const id = this.#labels.region[position];
    if (id < 0) return;
    const core = this.#labels.isCore(row, column);
    let part = parts.find((p) => p.region === id && p.core === core);
    if (!part) {
      part = { region: id, core, positions: [], members: new Map(), frames: 0, electrons: 0, counts: null };
      parts.push(part);
    }
    const [, from, to] = this.#scan.events(position);
    const table = this.#scan.table(position);
    part.positions.push(position);
    part.electrons += to - from;
    part.members.set(table, (part.members.get(table) ?? 0) + 1);
    part.frames++;
  }
}
