import { cellOf, fillTable, isPlaced, type PolarGrid, type PolarSetup, phaseOf, polarGrid } from "../kernels/polar-bins.js";
import { BINS, DIRECT, GRID, type PolarFrame, type PolarRow, type PolarScale } from "./polar-events.js";
import { countRings, rowColumns } from "./polar-rows.js";

/** The bin behind those of the rings: a name of this file, as others are looked up for each entry. */
const BEAM = DIRECT;
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

/** Where the bins of a set-up are: nothing of it depends on frames. */
export class BinTables {
  readonly setup: PolarSetup;
  readonly grid: PolarGrid;
  readonly #tables = new Map<number, Uint16Array>();

  /** Throws RangeError on a set-up that cannot be. */
  constructor({ scale: { inner, outer }, ellipse: [ratio, angle] }: BinnerSetup) {
    this.setup = { ...GRID, inner, outer, ratio, angle, batch: 1 };
    this.grid = polarGrid(this.setup);
  }

  /** Whether another set-up has the same. */
  fits({ scale: { inner, outer }, ellipse: [ratio, angle] }: BinnerSetup): boolean {
    const { setup } = this;
    return setup.inner === inner && setup.outer === outer && setup.ratio === ratio && setup.angle === angle;
  }

  /** Of a phase, made when it is first asked for. */
  of(phase: number): Uint16Array {
    let table = this.#tables.get(phase);
    if (!table) {
      table = new Uint16Array(this.grid.entries);
      fillTable(this.setup, this.grid, phase, table);
      this.#tables.set(phase, table);
    }
    return table;
  }
}

/** A live area, and its number in rows. */
interface Area {
  readonly values: Float32Array;
  number: number;
}

/** What the frames of a position are listed from: entries, and the centre in px. */
export interface PlacedLists {
  readonly lists: Iterable<Uint32Array>;
  readonly row: number;
  readonly col: number;
}

/** Lists electrons by polar bins about the followed centre, with the ellipse undone. */
export class EventBinner {
  readonly #tables: BinTables;
  readonly #height: number;
  readonly #width: number;
  readonly #areas = new Map<string, Area>();
  #mask: Uint8Array | null = null;
  #scratch = new Uint16Array(1024);
  /** Events in it, and electrons of the direct beam of the frame that was listed last. */
  #n = 0;
  #direct = 0;
  /** Live areas in rows so far. */
  #numbers = 0;

  /** `tables`: of the same set-up. Throws RangeError on a set-up that cannot be. */
  constructor(setup: BinnerSetup, tables = new BinTables(setup)) {
    this.#tables = tables;
    this.#height = setup.height;
    this.#width = setup.width;
  }

  /** [height * width], non-zero: no data. null: all pixels have. */
  setMask(mask: Uint8Array | null): void {
    this.#mask = mask;
    this.#areas.clear();
  }

  /** The frame of lists of entries, all about a centre in px; null where the centre is not a number. */
  frame(lists: Iterable<Uint32Array>, row: number, col: number): PolarFrame | null {
    this.#n = 0;
    if (!isPlaced(row, col)) return null;
    this.#list(lists, row, col);
    return { bins: this.#scratch.slice(0, this.#n), direct: this.#direct, area: this.#area(row, col).values };
  }

  /** A row of so many positions, in shared memory; null: one has no frame. */
  row(columns: number, of: (column: number) => PlacedLists | null): PolarRow {
    const [ends, direct, table] = [new Uint32Array(columns), new Uint32Array(columns), new Int16Array(columns).fill(-1)];
    const areas: Float32Array[] = [];
    this.#n = 0;
    for (let c = 0; c < columns; c++) {
      const frame = of(c);
      if (frame && isPlaced(frame.row, frame.col)) {
        this.#list(frame.lists, frame.row, frame.col);
        direct[c] = this.#direct;
        const area = this.#area(frame.row, frame.col);
        if (area.number < 0) {
          area.number = this.#numbers++;
          areas.push(area.values);
        }
        table[c] = area.number;
      }
      ends[c] = this.#n;
    }
    const row = rowColumns(columns, this.#n);
    row.events.set(this.#scratch.subarray(0, this.#n));
    row.ends.set(ends);
    row.direct.set(direct);
    row.table.set(table);
    countRings(row);
    return { ...row, areas };
  }

  /** Appends the events of a frame. */
  #list(lists: Iterable<Uint32Array>, row: number, col: number): void {
    const { reach, steps } = this.#tables.grid;
    const side = 2 * reach + 1;
    const table = this.#tables.of(phaseOf(row, col, steps));
    const [firstRow, firstCol] = [cellOf(row, steps) - reach, cellOf(col, steps) - reach];
    const from = -firstRow * side - firstCol;
    const width = this.#width;
    let scratch = this.#scratch;
    let n = this.#n;
    let direct = 0;
    for (const list of lists)
      for (let i = 0; i < list.length; i++) {
        const pixel = list[i] & PIXEL;
        const counts = list[i] >>> COUNTS;
        const r = (pixel / width) | 0;
        const c = pixel - r * width;
        if (r < firstRow || r >= firstRow + side || c < firstCol || c >= firstCol + side) continue;
        const bin = table[from + r * side + c] >> 2;
        if (bin === BEAM) direct += counts;
        else if (bin < BEAM) {
          if (n + counts > scratch.length) {
            this.#grow(n + counts);
            scratch = this.#scratch;
          }
          for (let k = 0; k < counts; k++) scratch[n++] = bin;
        }
      }
    this.#n = n;
    this.#direct = direct;
  }

  #grow(least: number): void {
    const more = new Uint16Array(2 * least);
    more.set(this.#scratch);
    this.#scratch = more;
  }

  #area(row: number, col: number): Area {
    const { reach, steps } = this.#tables.grid;
    const side = 2 * reach + 1;
    const [firstRow, firstCol] = [cellOf(row, steps) - reach, cellOf(col, steps) - reach];
    const phase = phaseOf(row, col, steps);
    const key = `${firstRow} ${firstCol} ${phase}`;
    const known = this.#areas.get(key);
    if (known) return known;
    const table = this.#tables.of(phase);
    const from = -firstRow * side - firstCol;
    const values = new Float32Array(BINS + 1);
    for (let r = Math.max(0, firstRow); r < Math.min(this.#height, firstRow + side); r++)
      for (let c = Math.max(0, firstCol); c < Math.min(this.#width, firstCol + side); c++) {
        if (this.#mask !== null && this.#mask[r * this.#width + c] !== 0) continue;
        const bin = table[from + r * side + c] >> 2;
        if (bin <= DIRECT) values[bin]++;
      }
    if (this.#areas.size === MOST_AREAS) this.#areas.clear();
    const area = { values, number: -1 };
    this.#areas.set(key, area);
    return area;
  }
}
