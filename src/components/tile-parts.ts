import { countEvents } from "../kernels/count-events.js";
import type { LabelMap } from "./label-map.js";
import { BINS, DIRECT } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";
import { STEP } from "./superpixels.js";

/** Frames of one region in a tile of STEP by STEP positions. */
export interface Part {
  readonly region: number;
  readonly core: boolean;
  readonly counts: Float32Array;
  /** Frames by number of their live area. */
  readonly members: Map<number, number>;
  frames: number;
}

/** Parts of tiles, as labels are when they are asked for: counted anew only where one changed. */
export class TileParts {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  /** Counts of parts that are none any more. */
  readonly #free: Float32Array[] = [];
  readonly #known = new Map<number, { readonly parts: readonly Part[]; readonly version: number }>();

  constructor(scan: ScanEvents, labels: LabelMap) {
    this.#scan = scan;
    this.#labels = labels;
  }

  /** Answered for as long as they are not asked for again, or forgotten. */
  of(tileRow: number, tileColumn: number): readonly Part[] {
    const tile = tileRow * Math.ceil(this.#labels.columns / STEP) + tileColumn;
    const [row, column] = [tileRow * STEP, tileColumn * STEP];
    const known = this.#known.get(tile);
    // What is core depends on the positions around it.
    if (known && !this.#labels.changedIn(row - 1, column - 1, row + STEP + 1, column + STEP + 1, known.version)) return known.parts;
    for (const part of known?.parts ?? []) this.#free.push(part.counts);
    const parts: Part[] = [];
    for (let r = row; r < Math.min(this.#labels.rows, row + STEP); r++)
      for (let c = column; c < Math.min(this.#labels.columns, column + STEP); c++) this.#addTo(parts, r, c);
    this.#known.set(tile, { parts, version: this.#labels.version });
    return parts;
  }

  /** Frees tiles that end before a row. */
  forget(row: number): void {
    const end = Math.floor(row / STEP) * Math.ceil(this.#labels.columns / STEP);
    for (const [tile, { parts }] of this.#known) {
      if (tile >= end) continue;
      for (const part of parts) this.#free.push(part.counts);
      this.#known.delete(tile);
    }
  }

  #addTo(parts: Part[], row: number, column: number): void {
    const position = row * this.#labels.columns + column;
    const id = this.#labels.region[position];
    if (id < 0) return;
    const core = this.#labels.isCore(row, column);
    let part = parts.find((p) => p.region === id && p.core === core);
    if (!part) {
      part = { region: id, core, counts: this.#free.pop()?.fill(0) ?? new Float32Array(BINS + 1), members: new Map(), frames: 0 };
      parts.push(part);
    }
    const [events, from, to] = this.#scan.events(position);
    const table = this.#scan.table(position);
    countEvents(events, from, to, 1, part.counts);
    part.counts[DIRECT] = part.counts[DIRECT] + this.#scan.direct(position);
    part.members.set(table, (part.members.get(table) ?? 0) + 1);
    part.frames++;
  }
}
