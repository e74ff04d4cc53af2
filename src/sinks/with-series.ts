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
