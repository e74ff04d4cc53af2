import type { LiveArea, PolarKernels } from "../kernels/polar-kernels.js";
import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { BINS, DIRECT, GRID, type PolarFrame, type PolarRow, type PolarScale } from "./polar-events.js";
import { plainKernels } from "./polar-kernels.js";
import { PolarRows } from "./polar-rows.js";
import { Axis, type Tiling } from "./tiling.js";

/** Blur of templates, in disk radii. */
const BLUR = 0.6;
const EMPTY = new Uint16Array(0);

/** A row, or its frames by column; null: there is none. */
export type RowFrames = PolarRow | ((column: number) => PolarFrame | null);

/** Widths of a Gaussian of so many px: sectors per ring. */
export function sectorsOf({ inner, outer }: PolarScale, width: number): Float64Array {
  const step = (outer - inner) / GRID.rings;
  return Float64Array.from({ length: GRID.rings }, (_, r) => (width / (inner + (r + 0.5) * step)) * (GRID.sectors / (2 * Math.PI)));
}

/** What a disk is blurred with before templates are compared. */
export function templateBlur(scale: PolarScale): PolarBlur {
  const width = BLUR * scale.radius;
  return polarBlur(GRID.sectors, sectorsOf(scale, width), (width * GRID.rings) / (scale.outer - scale.inner));
}

/** Stored polar events of a scan, row by row. Positions are row * columns + column. */
export class ScanEvents {
  readonly columns: number;
  readonly tiles: Tiling;
  readonly blur: PolarBlur;
  readonly kernels: PolarKernels;
  readonly areas: LiveArea[] = [];
  /** [GRID.rings + 1] Mean rate of a live pixel in a frame, isotropic; last the direct beam. */
  readonly mean = new Float64Array(GRID.rings + 1);
  /** Live area of a frame by ring, on average. */
  readonly ringArea = new Float64Array(GRID.rings + 1);
  /** Electrons per frame, on average. */
  dose = 0;
  readonly #counts = new Float64Array(GRID.rings + 1);
  readonly #area = new Float64Array(GRID.rings + 1);
  /** Live area by ring, by number. */
  readonly #ringAreas: Float64Array[] = [];
  readonly #rows: PolarRow[] = [];
  readonly #listed: PolarRows;
  #frames = 0;
  #bytes = 0;

  /** `rows`: that will come; 0: nobody knows. */
  constructor(columns: number, scale: PolarScale, kernels = plainKernels(), rows = 0) {
    this.kernels = kernels;
    this.columns = columns;
    this.tiles = { rows: new Axis(rows), columns: new Axis(columns) };
    this.blur = templateBlur(scale);
    this.#listed = new PolarRows(columns);
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** Bytes of all rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends the next row: as it is, or its frames by column. Live areas have numbers from one of these alone. */
  append(frames: RowFrames): void {
    const row = typeof frames === "function" ? this.#listed.of(frames) : frames;
    for (const area of row.areas) this.#open(area);
    const { events, ends, direct, table, counts } = row;
    for (const t of table) {
      if (t < 0) continue;
      this.#frames++;
      const rings = this.#ringAreas[t];
      for (let r = 0; r <= GRID.rings; r++) this.#area[r] += rings[r];
    }
    for (let r = 0; r <= GRID.rings; r++) this.#counts[r] += counts[r];
    this.#rows.push(row);
    this.#bytes += events.byteLength + ends.byteLength + direct.byteLength + table.byteLength;
    let electrons = 0;
    for (let r = 0; r <= GRID.rings; r++) {
      this.mean[r] = this.#area[r] ? this.#counts[r] / this.#area[r] : 0;
      this.ringArea[r] = this.#area[r] / Math.max(1, this.#frames);
      electrons += this.#counts[r];
    }
    this.dose = this.#frames === 0 ? 0 : electrons / this.#frames;
  }

  /** Number of the live area of a position, -1 where there is no frame. */
  table(position: number): number {
    return this.#rows[Math.floor(position / this.columns)]?.table[position % this.columns] ?? -1;
  }

  direct(position: number): number {
    return this.#rows[Math.floor(position / this.columns)]?.direct[position % this.columns] ?? 0;
  }

  /** Where the events of a position are: in which list, from, to. */
  events(position: number): readonly [events: Uint16Array, from: number, to: number] {
    const row = this.#rows[Math.floor(position / this.columns)];
    const column = position % this.columns;
    return row ? [row.events, column === 0 ? 0 : row.ends[column - 1], row.ends[column]] : [EMPTY, 0, 0];
  }

  /** The frame of a position; null: there is none. */
  frame(position: number): PolarFrame | null {
    const table = this.table(position);
    if (table < 0) return null;
    const [events, from, to] = this.events(position);
    return { bins: events.subarray(from, to), direct: this.direct(position), area: this.areas[table].area };
  }

  #open(area: Float32Array): void {
    const smooth = new Float32Array(BINS + 1);
    this.kernels.smooth(area, this.blur, smooth);
    smooth[DIRECT] = area[DIRECT];
    this.areas.push({ area, smooth });
    const rings = new Float64Array(GRID.rings + 1);
    for (let b = 0; b <= DIRECT; b++) rings[Math.floor(b / GRID.sectors)] += area[b];
    this.#ringAreas.push(rings);
  }
}
