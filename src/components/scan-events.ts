import type { LiveArea, PolarKernels } from "../kernels/polar-kernels.js";
import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { BINS, DIRECT, GRID, type PolarFrame, type PolarScale } from "./polar-events.js";
import { plainKernels } from "./polar-kernels.js";

/** Blur of templates, in disk radii. */
const BLUR = 0.6;
const EMPTY = new Uint16Array(0);

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
  readonly blur: PolarBlur;
  readonly kernels: PolarKernels;
  readonly areas: LiveArea[] = [];
  /** [GRID.rings + 1] Mean rate of a live pixel in a frame, isotropic; last the direct beam. */
  readonly mean = new Float64Array(GRID.rings + 1);
  readonly #counts = new Float64Array(GRID.rings + 1);
  readonly #area = new Float64Array(GRID.rings + 1);
  readonly #tables = new Map<Float32Array, number>();
  readonly #ringAreas = new Map<Float32Array, Float64Array>();
  readonly #rows: { readonly events: Uint16Array; readonly ends: Uint32Array; readonly direct: Uint32Array; readonly table: Int16Array }[] =
    [];
  #frames = 0;
  #bytes = 0;

  constructor(columns: number, scale: PolarScale, kernels = plainKernels()) {
    this.kernels = kernels;
    this.columns = columns;
    this.blur = templateBlur(scale);
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** Bytes of all rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Electrons per frame, on average. */
  get dose(): number {
    return this.#frames === 0 ? 0 : this.#counts.reduce((a, c) => a + c, 0) / this.#frames;
  }

  /** Live area of a frame by ring, on average. */
  get ringArea(): Float64Array {
    return this.#area.map((a) => a / Math.max(1, this.#frames));
  }

  /** Appends the next row. */
  append(frames: (column: number) => PolarFrame | null): void {
    const of = Array.from({ length: this.columns }, (_, c) => frames(c));
    const ends = new Uint32Array(this.columns);
    const direct = new Uint32Array(this.columns);
    const table = new Int16Array(this.columns).fill(-1);
    const events = new Uint16Array(of.reduce((a, f) => a + (f?.bins.length ?? 0), 0));
    let end = 0;
    for (const [c, frame] of of.entries()) {
      if (frame !== null) {
        events.set(frame.bins, end);
        end += frame.bins.length;
        direct[c] = frame.direct;
        table[c] = this.#tableOf(frame.area);
        this.#include(frame);
      }
      ends[c] = end;
    }
    this.#rows.push({ events, ends, direct, table });
    this.#bytes += events.byteLength + ends.byteLength + direct.byteLength + table.byteLength;
    for (let r = 0; r <= GRID.rings; r++) this.mean[r] = this.#area[r] ? this.#counts[r] / this.#area[r] : 0;
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

  #include({ bins, direct, area }: PolarFrame): void {
    this.#frames++;
    for (let i = 0; i < bins.length; i++) {
      const ring = Math.floor(bins[i] / GRID.sectors);
      this.#counts[ring] = this.#counts[ring] + 1;
    }
    this.#counts[GRID.rings] = this.#counts[GRID.rings] + direct;
    const rings = this.#ringAreas.get(area) as Float64Array;
    for (let r = 0; r <= GRID.rings; r++) this.#area[r] += rings[r];
  }

  #tableOf(area: Float32Array): number {
    const known = this.#tables.get(area);
    if (known !== undefined) return known;
    const smooth = new Float32Array(BINS + 1);
    this.kernels.smooth(area, this.blur, smooth);
    smooth[DIRECT] = area[DIRECT];
    this.areas.push({ area, smooth });
    this.#tables.set(area, this.areas.length - 1);
    const rings = new Float64Array(GRID.rings + 1);
    for (let b = 0; b <= DIRECT; b++) rings[Math.floor(b / GRID.sectors)] += area[b];
    this.#ringAreas.set(area, rings);
    return this.areas.length - 1;
  }
}
