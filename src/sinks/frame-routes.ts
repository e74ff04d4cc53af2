import type { LineView, MapsView, SeriesView } from "../core/sink.js";
import { bytes, json, type Reply, refuse } from "./reply.js";
import type { Ask, Handler, Route } from "./route-table.js";
import { SERIES, withSeries } from "./with-series.js";

interface Sources {
  readonly maps: MapsView;
  readonly line: LineView;
}

const TYPE = "application/octet-stream";
const whole = (s: string | null | undefined): number => (typeof s === "string" && /^\d{1,9}$/.test(s) ? Number(s) : -1);

const noFrame = (series: SeriesView): Reply => refuse(404, "no_frame", `series ${series.id} has no frame yet`);

function about({ line }: Sources, series: SeriesView): Reply {
  const found = line.frames(series.id);
  return found === "none" ? noFrame(series) : json(found);
}

/** Length of the JSON as uint32, JSON, payloads. */
function row({ line }: Sources, series: SeriesView, ask: Ask): Reply {
  const [at, from] = [whole(ask.part.row), whole(ask.query.get("from") ?? "0")];
  if (at < 0 || from < 0) return refuse(400, "bad_request", "row and from must be whole numbers from 0");
  const [rows, columns] = series.info().shape;
  if (at >= rows || from >= columns) return refuse(404, "outside_scan", `the scan has ${rows} rows and ${columns} columns`);
  const kept = line.keptRow(series.id, at, from);
  if (kept === "none") return noFrame(series);
  const { payloads, ...head } = kept;
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return bytes(TYPE, Buffer.concat([length, text, payloads]));
}

/** Frames that are kept, for programs that work on a scan by themselves. */
export function frameRoutes(from: Sources): Route[] {
  const get = (path: string, handle: Handler): Route => ({ method: "GET", path, handle });
  return [
    get(
      `${SERIES}/frames`,
      withSeries(from.maps, (s) => about(from, s)),
    ),
    get(
      `${SERIES}/frames/:row`,
      withSeries(from.maps, (s, ask) => row(from, s, ask)),
    ),
  ];
}
