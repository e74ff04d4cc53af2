import { MADE_HEADERS } from "../core/denoise.js";
import { isFault } from "../core/fault.js";
import type { MapLayer } from "../core/map-layer.js";
import { type DenoisedPattern, type LineView, type MapsView, PATTERN_KINDS, type SeriesView, SUMMARY_KINDS } from "../core/sink.js";
import { archivedPattern } from "./archive/read-pattern.js";
import { encodeNpy } from "./npy.js";
import { paint, paletteOf, rangeOf } from "./paint.js";
import { encodePng } from "./png.js";
import { readBody } from "./read-body.js";
import { bytes, json, NPY_TYPE, PNG_TYPE, type Reply, refuse } from "./reply.js";
import type { Ask, Handler, Route } from "./route-table.js";
import { noClass, noComponents, positionOf, SERIES, withSeries } from "./with-series.js";

interface Sources {
  readonly maps: MapsView;
  readonly line: LineView;
}

/** A layer as a file. */
function fileOf(l: MapLayer): Uint8Array {
  const { rows, columns, channels, value } = l;
  if (!l.channelsFirst) return encodeNpy(channels > 1 ? [rows, columns, channels] : [rows, columns], value);
  const positions = rows * columns;
  const out = value.slice();
  for (let k = 0; k < channels; k++) for (let at = 0; at < positions; at++) out[k * positions + at] = value[at * channels + k] as number;
  return encodeNpy([channels, rows, columns], out);
}

/** The layer of a request, or the answer why there is none. */
function withLayer(maps: MapsView, handle: (layer: MapLayer, ask: Ask) => Reply | Promise<Reply>): Handler {
  return withSeries(maps, (series, ask) => {
    const name = ask.part.name ?? "";
    const layer = series.wholeLayer(name);
    if (layer) return handle(layer, ask);
    const known = series.layers().map((l) => l.name);
    return refuse(404, "no_layer", `series ${series.id} has no layer ${name}; it has: ${known.join(", ") || "none yet"}`);
  });
}

/** A number in the query; undefined: not given; NaN: not a number. */
function queryNumber(ask: Ask, name: string): number | undefined {
  const given = ask.query.get(name);
  if (given === null) return undefined;
  const value = given.trim() === "" ? Number.NaN : Number(given);
  return Number.isFinite(value) ? value : Number.NaN;
}

async function picture(layer: MapLayer, ask: Ask): Promise<Reply> {
  const [min, max, channel = 0] = ["min", "max", "channel"].map((name) => queryNumber(ask, name));
  if (Number.isNaN(min) || Number.isNaN(max)) return refuse(400, "bad_request", "min and max must be numbers");
  if (!Number.isInteger(channel) || channel < 0 || channel >= layer.channels)
    return refuse(400, "bad_request", `channel must be a whole number below ${layer.channels}`);
  const robust = rangeOf(layer, channel);
  const index = paint(layer, channel, { min: min ?? robust.min, max: max ?? robust.max });
  return bytes(PNG_TYPE, await encodePng(layer.rows, layer.columns, index, paletteOf(layer)));
}

async function summary({ line }: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const kind = SUMMARY_KINDS.find((k) => k === ask.part.kind);
  if (!kind) return refuse(404, "not_found", `summaries are: ${SUMMARY_KINDS.join(", ")}`);
  const image = await line.summary(series.id, kind);
  if (image === "none") return refuse(404, "no_frame", `series ${series.id} has no frame yet`);
  return bytes(NPY_TYPE, encodeNpy([image.height, image.width], image.pixels));
}

const noFrame = (row: number, column: number): Reply => refuse(404, "no_frame", `no frame has come for row ${row}, column ${column}`);

/** Patterns of the size of frames: binned ones are something else. */
async function fromArchive(series: SeriesView, row: number, column: number): Promise<DenoisedPattern | "gone"> {
  const info = series.info();
  const found = await archivedPattern(info, row, column);
  return found && found.height === info.frame_shape?.[0] && found.width === info.frame_shape[1] ? found : "gone";
}

async function pattern({ line }: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const kind = ask.query.get("kind") ?? "raw";
  const wanted = PATTERN_KINDS.find((k) => k === kind);
  if (!wanted) return refuse(400, "bad_request", `kind must be one of ${PATTERN_KINDS.join(", ")}`);
  const at = positionOf(series, ask);
  if ("refusal" in at) return at.refusal;
  const { row, column } = at;
  const kept = await line.pattern(series.id, row, column, wanted);
  const image = kept === "gone" && wanted === "denoised" ? await fromArchive(series, row, column) : kept;
  if (image === "none") return wanted === "match" ? noClass(row, column) : noFrame(row, column);
  if (image === "gone") return refuse(410, "pattern_not_retained", "the frame is no longer kept; [memory] frames_mb says how many are");
  if ("off" in image)
    return wanted === "match" ? noComponents(image) : refuse(409, "denoise_off", `this series is not denoised: ${image.off}`);
  const { made } = image;
  const how = made
    ? {
        [MADE_HEADERS.method]: made.method,
        [MADE_HEADERS.variant]: made.variant,
        [MADE_HEADERS.final]: String(made.final),
        ...(made.model ? { [MADE_HEADERS.model]: made.model.checksum, [MADE_HEADERS.epoch]: String(made.model.epoch) } : {}),
      }
    : {};
  return bytes(NPY_TYPE, encodeNpy([image.height, image.width], image.pixels), how);
}

function model({ line }: Sources, series: SeriesView): Reply {
  const file = line.model(series.id);
  if (file === "none") return refuse(404, "no_model", `patterns of series ${series.id} are made without a model`);
  return bytes("application/octet-stream", file);
}

/** Largest map, in positions. */
const MAX_POSITIONS = 4096 * 4096;
const isSide = (v: unknown): v is number => typeof v === "number" && Number.isInteger(v) && v >= 1;

async function reshape({ line }: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const body = await readBody(ask.request);
  if ("refusal" in body) return body.refusal;
  const { shape } = body.fields;
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every(isSide))
    return refuse(400, "bad_request", 'shape must be two whole numbers from 1, as in {"shape":[rows,columns]}');
  const [rows = 0, columns = 0] = shape;
  if (rows * columns > MAX_POSITIONS) return refuse(400, "bad_request", `a map has at most ${MAX_POSITIONS} positions`);
  try {
    await line.reshape(series.id, rows, columns);
  } catch (e) {
    if (isFault(e)) return refuse(409, e.code, e.message);
    throw e;
  }
  return json(series.info());
}

/** Everything under /api/v1/series. */
export function seriesRoutes(from: Sources): Route[] {
  const { maps } = from;
  const get = (path: string, handle: Handler): Route => ({ method: "GET", path, handle });
  return [
    get("api/v1/series", () => json({ series: maps.series().map((s) => s.info()) })),
    get(
      SERIES,
      withSeries(maps, (s) => json(s.info())),
    ),
    get(
      `${SERIES}/layers/:name.npy`,
      withLayer(maps, (l) => bytes(NPY_TYPE, fileOf(l))),
    ),
    get(`${SERIES}/layers/:name.png`, withLayer(maps, picture)),
    get(
      `${SERIES}/summary/:kind.npy`,
      withSeries(maps, (s, ask) => summary(from, s, ask)),
    ),
    get(
      `${SERIES}/patterns/:row/:column.npy`,
      withSeries(maps, (s, ask) => pattern(from, s, ask)),
    ),
    get(
      `${SERIES}/model.onnx`,
      withSeries(maps, (s) => model(from, s)),
    ),
    {
      method: "POST",
      path: `${SERIES}/shape`,
      handle: withSeries(maps, (s, ask) => reshape(from, s, ask)),
    },
  ];
}
