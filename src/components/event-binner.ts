import { cellOf, fillTable, isPlaced, type PolarGrid, type PolarSetup, phaseOf, polarGrid } from "../kernels/polar-bins.js";
import { BINS, DIRECT, GRID, type PolarFrame, type PolarScale } from "./polar-events.js";

/** Counts that an entry of a frame's list holds, and its pixel (src/kernels/list-counts.ts). */
const PIXEL = 0x1ffffff;
const COUNTS = 25;
/** Centres whose live area is kept. */
const MOST_AREAS = 4096;

export interface BinnerSetup {
  readonly height: number;
  readonly width: number;
  readonly scale: PolarScale;
  /** Major over minor axis of what should be circles, >= 1, and the angle of the major axis, rad. */
  readonly ellipse: readonly [number, number];
}

/** The scale of a scan; px. `inner` stays within the detector however large the disk is. */
export function polarScale(height: number, width: number, radius: number): PolarScale {
  const outer = Math.max(2, Math.min(height, width) / 2 - 2);
  return { radius, inner: Math.min(1.3 * radius, 0.5 * outer), outer };
}

/** Lists electrons by polar bins about the followed centre, with the ellipse undone. */
export class EventBinner {
  readonly #setup: PolarSetup;
  readonly #grid: PolarGrid;
  readonly #height: number;
  readonly #width: number;
  readonly #tables = new Map<number, Uint16Array>();
  readonly #areas = new Map<string, Float32Array>();
  /** Bin of each pixel of the frame, for the centre that was used last. */
  #mask: Uint8Array | null = null;
  #scratch = new Uint16Array(1024);

  /** Throws RangeError on a set-up that cannot be. */
  constructor({ height, width, scale, ellipse: [ratio, angle] }: BinnerSetup) {
    const { inner, outer } = scale;
    this.#setup = { ...GRID, inner, outer, ratio, angle, batch: 1 };
    this.#grid = polarGrid(this.#setup);
    this.#height = height;
    this.#width = width;
  }

  /** [height * width], non-zero: no data. null: all pixels have. */
  setMask(mask: Uint8Array | null): void {
    this.#mask = mask;
    this.#areas.clear();
  }

  /** The frame of lists of entries, all about a centre in px; null where the centre is not a number. */
  frame(lists: Iterable<Uint32Array>, row: number, col: number): PolarFrame | null {
    if (!isPlaced(row, col)) return null;
    const { reach, steps } = this.#grid;
    const side = 2 * reach + 1;
    const table = this.#table(phaseOf(row, col, steps));
    const from = (reach - cellOf(row, steps)) * side + reach - cellOf(col, steps);
    const [firstRow, firstCol] = [cellOf(row, steps) - reach, cellOf(col, steps) - reach];
    const width = this.#width;
    let [n, direct] = [0, 0];
    for (const list of lists)
      for (let i = 0; i < list.length; i++) {
        const pixel = list[i] & PIXEL;
        const counts = list[i] >>> COUNTS;
        const r = Math.floor(pixel / width);
        const c = pixel - r * width;
        if (r < firstRow || r >= firstRow + side || c < firstCol || c >= firstCol + side) continue;
        const bin = table[from + r * side + c] >> 2;
        if (bin === DIRECT) direct += counts;
        else if (bin < BINS) {
          if (n + counts > this.#scratch.length) this.#grow(n + counts);
          for (let k = 0; k < counts; k++) this.#scratch[n++] = bin;
        }
      }
    return { bins: this.#scratch.slice(0, n), direct, area: this.#area(row, col, table, from) };
  }

  #grow(least: number): void {
    const more = new Uint16Array(2 * least);
    more.set(this.#scratch);
    this.#scratch = more;
  }

  #table(phase: number): Uint16Array {
    let table = this.#tables.get(phase);
    if (!table) {
      table = new Uint16Array(this.#grid.entries);
      fillTable(this.#setup, this.#grid, phase, table);
      this.#tables.set(phase, table);
    }
    return table;
  }

  #area(row: number, col: number, table: Uint16Array, from: number): Float32Array {
    const { reach, steps } = this.#grid;
    const side = 2 * reach + 1;
    const [firstRow, firstCol] = [cellOf(row, steps) - reach, cellOf(col, steps) - reach];
    const key = `${firstRow} ${firstCol} ${phaseOf(row, col, steps)}`;
    const known = this.#areas.get(key);
    if (known) return known;
    const area = new Float32Array(BINS + 1);
    for (let r = Math.max(0, firstRow); r < Math.min(this.#height, firstRow + side); r++)
      for (let c = Math.max(0, firstCol); c < Math.min(this.#width, firstCol + side); c++) {
        if (this.#mask !== null && this.#mask[r * this.#width + c] !== 0) continue;
        const bin = table[from + r * side + c] >> 2;
        if (bin <= DIRECT) area[bin]++;
      }
    if (this.#areas.size === MOST_AREAS) this.#areas.clear();
    this.#areas.set(key, area);
    return area;
  }
}
