/** A printed table: numbers where a cell is one. */
export interface PrintedTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

const cellOf = (text: string): string | number => (Number.isFinite(Number(text)) ? Number(text) : text);

/**
 * The tables in what a benchmark printed: headings parted by two spaces or more, then rows of as many words, up to an empty line.
 * Lines of prose are passed over.
 */
export function readTables(lines: readonly string[]): readonly PrintedTable[] {
  const tables: { columns: readonly string[]; rows: Record<string, string | number>[] }[] = [];
  let columns: readonly string[] = [];
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    const headings = line.trim().split(/\s{2,}/);
    if (words[0] === "") columns = [];
    else if (columns.length > 1 && words.length === columns.length)
      tables.at(-1)?.rows.push(Object.fromEntries(words.map((word, i) => [columns[i], cellOf(word)])));
    else {
      columns = headings;
      if (headings.length > 1) tables.push({ columns, rows: [] });
    }
  }
  return tables.filter(({ rows }) => rows.length > 0);
}
