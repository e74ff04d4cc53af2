/** Classes of a scan, [rows, columns]; -1: none. */
export interface ClassMap {
  readonly rows: number;
  readonly columns: number;
  readonly label: Int32Array;
}

/** How much of each cell of a scan a class has, 0..1: [height, width]. */
export interface Occupancy {
  readonly height: number;
  readonly width: number;
  /** Side of a cell, positions. */
  readonly cell: number;
  readonly values: Float32Array;
}

/** By how much a map lies behind another one, positions, and how well they go together then, 0..1. */
export interface Shift {
  readonly rows: number;
  readonly columns: number;
  readonly alike: number;
}

/** Cells along a side, at most: shifts of larger scans are known to a cell. */
const MOST_CELLS = 64;

export function occupancyOf({ rows, columns, label }: ClassMap, id: number): Occupancy {
  const cell = Math.max(1, Math.ceil(Math.max(rows, columns) / MOST_CELLS));
  const [height, width] = [Math.ceil(rows / cell), Math.ceil(columns / cell)];
  const values = new Float32Array(height * width);
  const area = new Float32Array(height * width);
  for (let r = 0, at = 0; r < rows; r++)
    for (let c = 0; c < columns; c++, at++) {
      const to = Math.floor(r / cell) * width + Math.floor(c / cell);
      area[to]++;
      if (label[at] === id) values[to]++;
    }
  return { height, width, cell, values: values.map((v, i) => v / area[i]) };
}

/** The shift at which the cross-correlation of two maps is highest, of equals the shorter one. */
export function shiftOf(a: Occupancy, b: Occupancy): Shift {
  const { height, width, cell } = a;
  const [spanRows, spanColumns] = [2 * height - 1, 2 * width - 1];
  const products = new Float64Array(spanRows * spanColumns);
  const [own, other] = [occupied(a), occupied(b)];
  for (const p of own)
    for (const q of other) products[(q.row - p.row + height - 1) * spanColumns + q.column - p.column + width - 1] += p.value * q.value;
  const power = (list: typeof own): number => list.reduce((sum, { value }) => sum + value * value, 0);
  let [rows, columns, most] = [0, 0, products[(height - 1) * spanColumns + width - 1]];
  for (let i = 0; i < products.length; i++) {
    const [r, c] = [Math.floor(i / spanColumns) - height + 1, (i % spanColumns) - width + 1];
    if (products[i] > most || (products[i] === most && r * r + c * c < rows * rows + columns * columns))
      [rows, columns, most] = [r, c, products[i]];
  }
  const norm = Math.sqrt(power(own) * power(other));
  return { rows: rows * cell, columns: columns * cell, alike: norm > 0 ? most / norm : 0 };
}

function occupied({ width, values }: Occupancy): { readonly row: number; readonly column: number; readonly value: number }[] {
  const out: { row: number; column: number; value: number }[] = [];
  for (const [i, value] of values.entries()) if (value > 0) out.push({ row: Math.floor(i / width), column: i % width, value });
  return out;
}

/** Adds a part of a map, moved back by its shift, to `out` [height, width]. */
export function addShifted({ height, width, cell, values }: Occupancy, { rows, columns }: Shift, weight: number, out: Float32Array): void {
  const [down, right] = [rows / cell, columns / cell];
  for (let r = Math.max(0, -down); r < Math.min(height, height - down); r++)
    for (let c = Math.max(0, -right); c < Math.min(width, width - right); c++)
      out[r * width + c] += weight * values[(r + down) * width + c + right];
}
