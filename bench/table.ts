// Tables in Markdown, to be read in a terminal, pasted into a page, and taken apart by `braggstream bench --json`.

export interface Table {
  /** Prints the headings; called once, before the first row. */
  head(): void;
  /** A number that could not be had is NaN and prints as a dash. */
  row(cells: readonly (string | number)[]): void;
}

const LEAST = 7;

/** Numbers are printed with three digits or more. */
function text(cell: string | number): string {
  if (typeof cell === "string") return cell;
  if (Number.isNaN(cell)) return "-";
  const size = Math.abs(cell);
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function createTable(headings: readonly string[], print: (line: string) => void = console.log): Table {
  const widths = headings.map((h) => Math.max(LEAST, h.length));
  const line = (cells: readonly string[]): void => print(`| ${cells.map((c, i) => c.padStart(widths[i] as number)).join(" | ")} |`);
  return {
    head() {
      line(headings);
      print(`|${widths.map((w) => `${"-".repeat(w + 1)}:`).join("|")}|`);
    },
    row: (cells) => line(cells.map(text)),
  };
}
