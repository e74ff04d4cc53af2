import type { MapsView, SeriesView } from "../core/sink.js";
import { type Reply, refuse } from "./reply.js";
import type { Ask, Handler } from "./route-table.js";

export const SERIES = "api/v1/series/:id";

/** The series of a request, or the answer why there is none. */
export function withSeries(maps: MapsView, handle: (series: SeriesView, ask: Ask) => Reply | Promise<Reply>): Handler {
  return (ask) => {
    const id = ask.part.id ?? "";
    const series = id === "latest" ? maps.latest() : maps.get(id);
    if (series === "gone") return refuse(410, "series_gone", `series ${id} is no longer kept; [memory] keep_series says how many are`);
    if (!series) return refuse(404, "no_series", id === "latest" ? "no series has begun yet" : `no series is called ${id}`);
    return handle(series, ask);
  };
}

/** A row or column as written in a path, or -1. */
const whole = (s: string | undefined): number => (s !== undefined && /^\d{1,9}$/.test(s) ? Number(s) : -1);

/** The position of a request, or the answer why it is none of the series. */
export function positionOf(
  series: SeriesView,
  { part }: Ask,
): { readonly row: number; readonly column: number } | { readonly refusal: Reply } {
  const [row, column] = [whole(part.row), whole(part.column)];
  if (row < 0 || column < 0) return { refusal: refuse(400, "bad_request", "row and column must be whole numbers from 0") };
  const [rows, columns] = series.info().shape;
  if (row >= rows || column >= columns) return { refusal: refuse(404, "outside_scan", `the scan has ${rows} rows and ${columns} columns`) };
  return { row, column };
}

export const noComponents = ({ off }: { readonly off: string }): Reply =>
  refuse(409, "components_off", `components of this series are not looked for: ${off}`);
export const noClass = (row: number, column: number): Reply => refuse(404, "no_class", `row ${row}, column ${column} has no class yet`);
