/** A printed table: numbers where a cell is one. */
export interface PrintedTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

const cellOf = (text: string): string | number => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
const RULE = /^\|[-:| ]+\|$/;

/** The Markdown tables in what a benchmark printed; everything else is prose and passed over. */
export function readTables(lines: readonly string[]): readonly PrintedTable[] {
  const tables: { columns: readonly string[]; rows: Record<string, string | number>[] }[] = [];
  let columns: readonly string[] | null = null;
  for (const line of lines.map((l) => l.trim())) {
    if (!line.startsWith("|")) columns = null;
    else if (!RULE.test(line)) {
      const cells = line
        .slice(1, -1)
        .split("|")
        .map((c) => c.trim());
      if (columns) tables.at(-1)?.rows.push(Object.fromEntries(columns.map((name, i) => [name, cellOf(cells[i] ?? "")])));
      else tables.push({ columns: cells, rows: [] });
      columns ??= cells;
    }
  }
  return tables;
}
