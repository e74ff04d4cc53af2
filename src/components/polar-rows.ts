import { GRID, type PolarFrame, type PolarRow } from "./polar-events.js";

type Columns = Omit<PolarRow, "areas">;

/** Room for a row of so many events in shared memory, the widest numbers first. */
export function rowColumns(columns: number, events: number): Columns {
  const counts = GRID.rings + 1;
  const buffer = new SharedArrayBuffer(8 * counts + 10 * columns + 2 * events);
  const ends = 8 * counts;
  const table = ends + 8 * columns;
  return {
    counts: new Float64Array(buffer, 0, counts),
    ends: new Uint32Array(buffer, ends, columns),
    direct: new Uint32Array(buffer, ends + 4 * columns, columns),
    table: new Int16Array(buffer, table, columns),
    events: new Uint16Array(buffer, table + 2 * columns, events),
  };
}

/** Adds the electrons of a row to the counts of their rings. */
export function countRings({ events, direct, counts }: Columns): void {
  for (let i = 0; i < events.length; i++) counts[events[i] >> SHIFT]++;
  for (let c = 0; c < direct.length; c++) counts[GRID.rings] = counts[GRID.rings] + direct[c];
}
const SHIFT = Math.log2(GRID.sectors);

/** Makes rows of frames; a live area gets a number when it is first met. */
export class PolarRows {
  readonly #columns: number;
  readonly #tables = new Map<Float32Array, number>();

  constructor(columns: number) {
    this.#columns = columns;
  }

  of(frames: (column: number) => PolarFrame | null): PolarRow {
    const of = Array.from({ length: this.#columns }, (_, c) => frames(c));
    const row = rowColumns(
      this.#columns,
      of.reduce((n, f) => n + (f?.bins.length ?? 0), 0),
    );
    const areas: Float32Array[] = [];
    let end = 0;
    for (const [c, frame] of of.entries()) {
      row.table[c] = -1;
      if (frame !== null) {
        row.events.set(frame.bins, end);
        end += frame.bins.length;
        row.direct[c] = frame.direct;
        row.table[c] = this.#tables.get(frame.area) ?? this.#open(frame.area, areas);
      }
      row.ends[c] = end;
    }
    countRings(row);
    return { ...row, areas };
  }

  #open(area: Float32Array, areas: Float32Array[]): number {
    areas.push(area);
    this.#tables.set(area, this.#tables.size);
    return this.#tables.size - 1;
  }
}
