import type { SeriesInfo } from "../../src/core/series.js";

/** `<date>_<scan>_<map>_<rows>of<rows>_<provisional|final>`, only characters that every file system takes. */
export function exportName(series: SeriesInfo, layer: string, now: Date): string {
  const rows = series.shape[0];
  const parts = [
    now.toISOString().slice(0, 10),
    series.id,
    layer,
    `${Math.min(rows, series.newest_row + 1)}of${rows}`,
    series.settled_rows >= rows ? "final" : "provisional",
  ];
  return parts.join("_").replace(/[^\w.-]+/g, "-");
}
