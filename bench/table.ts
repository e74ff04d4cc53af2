// Tables that people read and `braggstream bench --json` takes apart: headings parted by two spaces or more, then rows of as many words.

export interface Table {
  /** Prints the headings; called once, before the first row. */
  head(): void;
  row(cells: readonly (string | number)[]): void;
}

const LEAST = 7;

/** Numbers are printed with three digits or more. */
const text = (cell: string | number): string => {
  if (typeof cell === "string") return cell;
  const size = Math.abs(cell);
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
};

export function createTable(headings: readonly string[]): Table {
  const widths = headings.map((h) => Math.max(LEAST, h.length) + 2);
  const line = (cells: readonly string[]): void => console.log(cells.map((c, i) => c.padStart(widths[i] as number)).join(""));
  return { head: () => line(headings), row: (cells) => line(cells.map(text)) };
}
