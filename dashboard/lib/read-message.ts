import { ARCHIVE_STATES, type ArchiveInfo, type ArchiveStats } from "../../src/core/archive.js";
import {
  DENOISE_METHODS,
  DENOISE_VARIANTS,
  type DenoiseStats,
  EXECUTION_PROVIDERS,
  MADE_HEADERS,
  PATTERNS_WANTED,
  type PatternMade,
} from "../../src/core/denoise.js";
import { LAYER_CLAIMS, LAYER_KINDS } from "../../src/core/map-layer.js";
import { SHAPE_SOURCES } from "../../src/core/scan.js";
import { type FrameAccount, type LayerInfo, SERIES_STATES, type SeriesChurn, type SeriesInfo } from "../../src/core/series.js";
import type { SeriesDetector } from "../../src/core/virtual-detector.js";
import type { EventLevel, LogEvent, ServerMessage, StageStats, Stats, Tile, TileDtype } from "../../src/core/wire.js";
import { type Fields, isFields, list, number, numberOrNull, oneOf, pairOrNull, part, text, textOrNull } from "./read-fields.js";

/** Largest map that the page holds, in positions. */
export const MAX_POSITIONS = 4096 * 4096;
/** Most channels of a layer. */
export const MAX_CHANNELS = 64;
const BYTES: Readonly<Record<TileDtype, number>> = { uint8: 1, uint16: 2, int32: 4, float32: 4 };
const DTYPES = Object.keys(BYTES) as TileDtype[];
const LEVELS: readonly EventLevel[] = ["info", "warn", "error"];

export function readAccount(raw: unknown): FrameAccount {
  const o = isFields(raw) ? raw : {};
  return {
    expected: numberOrNull(o, "expected"),
    received: number(o, "received"),
    placed: number(o, "placed"),
    duplicate: number(o, "duplicate"),
    skipped: number(o, "skipped"),
    beyond: number(o, "beyond"),
    malformed: number(o, "malformed"),
    out_of_order: number(o, "out_of_order"),
    lost: number(o, "lost"),
    not_sent: number(o, "not_sent"),
  };
}

function readLayer(raw: unknown): LayerInfo | null {
  if (!isFields(raw) || text(raw, "name") === "") return null;
  return {
    name: text(raw, "name"),
    kind: oneOf(raw, "kind", LAYER_KINDS, "intensity"),
    claim: oneOf(raw, "claim", LAYER_CLAIMS, "exploratory"),
    dtype: oneOf(raw, "dtype", ["float32", "int32", "uint8"], "float32"),
    shape: list(raw, "shape").filter((n): n is number => typeof n === "number"),
    unit: text(raw, "unit"),
    revision: number(raw, "revision"),
    about: text(raw, "about"),
    ...(text(raw, "title") === "" ? {} : { title: text(raw, "title") }),
    ...readParts(raw),
  };
}

/** Names of the channels: of all of them, or of none. */
function readParts(raw: Fields): Pick<LayerInfo, "parts"> {
  const parts = list(raw, "parts").filter((p): p is string => typeof p === "string" && p !== "");
  const shape = list(raw, "shape");
  // Of some layers the channels come first.
  return parts.length > 0 && parts.length <= MAX_CHANNELS && shape.length === 3 && [shape[0], shape[2]].includes(parts.length)
    ? { parts }
    : {};
}

const readSeriesDetector = (raw: Fields): SeriesDetector => ({
  id: text(raw, "id"),
  name: text(raw, "name"),
  from_line: number(raw, "from_line"),
  bins: number(raw, "bins"),
});

const readArchive = (raw: unknown): ArchiveInfo | null =>
  isFields(raw)
    ? {
        path: text(raw, "path"),
        state: oneOf(raw, "state", ARCHIVE_STATES, "writing"),
        reason: textOrNull(raw, "reason"),
        bytes: number(raw, "bytes"),
      }
    : null;
const readArchiveStats = (raw: unknown): ArchiveStats | null =>
  isFields(raw)
    ? {
        directory: text(raw, "directory"),
        free_bytes: numberOrNull(raw, "free_bytes"),
        waiting_bytes: number(raw, "waiting_bytes"),
        newest: readArchive(raw.newest),
      }
    : null;

/** A series as the daemon tells it (contract §5), or null where it has no id or no usable shape. */
export function readSeries(raw: unknown): SeriesInfo | null {
  if (!isFields(raw)) return null;
  const id = text(raw, "id");
  const shape = pairOrNull(raw, "shape");
  if (id === "" || shape === null || shape[0] * shape[1] > MAX_POSITIONS) return null;
  const beam = part(raw, "beam");
  const calibration = part(raw, "calibration");
  return {
    id,
    source: text(raw, "source"),
    protocol: text(raw, "protocol"),
    wire_series: numberOrNull(raw, "wire_series"),
    wire_unique_id: textOrNull(raw, "wire_unique_id"),
    parent: textOrNull(raw, "parent"),
    state: oneOf(raw, "state", SERIES_STATES, "waiting"),
    reason: textOrNull(raw, "reason"),
    shape,
    shape_from: oneOf(raw, "shape_from", SHAPE_SOURCES, "guess"),
    frames: readAccount(raw.frames),
    layers: list(raw, "layers")
      .map(readLayer)
      .filter((l) => l !== null),
    seq: number(raw, "seq"),
    order: text(raw, "order", "raster"),
    step_nm: numberOrNull(raw, "step_nm"),
    frame_shape: pairOrNull(raw, "frame_shape"),
    frame_type: textOrNull(raw, "frame_type"),
    channel: text(raw, "channel"),
    begun: text(raw, "begun"),
    ended: textOrNull(raw, "ended"),
    newest_row: number(raw, "newest_row", -1),
    settled_rows: number(raw, "settled_rows"),
    beam: isFields(raw.beam) ? { row: number(beam, "row"), col: number(beam, "col"), radius: number(beam, "radius") } : null,
    denoise: readDenoise(raw),
    virtual_detectors: list(raw, "virtual_detectors").filter(isFields).map(readSeriesDetector),
    churn: readChurn(raw.churn),
    archive: readArchive(raw.archive),
    hot_pixels: number(raw, "hot_pixels"),
    ways: { measured: number(part(raw, "ways"), "measured"), sparse: number(part(raw, "ways"), "sparse") },
    calibration: {
      pixel_size_inv_angstrom: numberOrNull(calibration, "pixel_size_inv_angstrom"),
      energy_kev: numberOrNull(calibration, "energy_kev"),
    },
  };
}

function readChurn(raw: unknown): SeriesChurn | null {
  if (!isFields(raw)) return null;
  const corrected = (of: Fields) => ({ label: number(of, "label"), grain: number(of, "grain") });
  const most = (of: Fields) => (isFields(of.most) ? corrected(of.most) : null);
  const known = part(raw, "known");
  return {
    ...corrected(raw),
    updates: number(raw, "updates"),
    most: most(raw),
    known: { ...corrected(known), most: most(known) },
    waiting: number(raw, "waiting"),
  };
}

export function readEvent(raw: unknown): LogEvent | null {
  if (!isFields(raw)) return null;
  const id = numberOrNull(raw, "id");
  if (id === null) return null;
  return {
    id,
    at: number(raw, "at"),
    level: oneOf(raw, "level", LEVELS, "info"),
    code: text(raw, "code"),
    message: text(raw, "message"),
    series: textOrNull(raw, "series"),
  };
}

function readDenoise(raw: Fields): DenoiseStats {
  const denoise = part(raw, "denoise");
  const patterns = part(denoise, "patterns");
  return {
    method: oneOf(denoise, "method", DENOISE_METHODS, "off"),
    variant: oneOf(denoise, "variant", DENOISE_VARIANTS, "full"),
    provider: oneOf(denoise, "provider", EXECUTION_PROVIDERS, "cpu"),
    waiting: number(denoise, "waiting"),
    models: list(denoise, "models")
      .filter(isFields)
      .map((m) => ({ epoch: number(m, "epoch"), checksum: text(m, "checksum"), row: number(m, "row"), gain: number(m, "gain") })),
    adapting: isFields(denoise.adapting) ? { rounds: number(denoise.adapting, "rounds"), gain: number(denoise.adapting, "gain") } : null,
    patterns: {
      wanted: oneOf(patterns, "wanted", PATTERNS_WANTED, "asked"),
      final: number(patterns, "final"),
      provisional: number(patterns, "provisional"),
      waiting: number(patterns, "waiting"),
      gone: number(patterns, "gone"),
    },
  };
}

const readStage = (raw: unknown): StageStats | null =>
  isFields(raw)
    ? {
        name: text(raw, "name", "?"),
        rate: number(raw, "rate"),
        depth: number(raw, "depth"),
        capacity: number(raw, "capacity"),
        us_per_frame: number(raw, "us_per_frame"),
      }
    : null;

export function readStats(raw: unknown): Stats | null {
  if (!isFields(raw)) return null;
  const source = part(raw, "source");
  const memory = part(raw, "memory");
  const overload = part(raw, "overload");
  return {
    at: number(raw, "at"),
    uptime_s: number(raw, "uptime_s"),
    source: {
      protocol: text(source, "protocol"),
      endpoint: text(source, "endpoint"),
      state: oneOf(source, "state", ["connecting", "connected", "disconnected"], "connecting"),
    },
    frames_in_hz: number(raw, "frames_in_hz"),
    frames_done_hz: number(raw, "frames_done_hz"),
    bytes_in_hz: number(raw, "bytes_in_hz"),
    newest_frame_age_s: numberOrNull(raw, "newest_frame_age_s"),
    backlog: number(raw, "backlog"),
    lag_rows: number(raw, "lag_rows"),
    overload: {
      measured_one_in: number(overload, "measured_one_in", 1),
      features_one_in: number(overload, "features_one_in", 1),
      waiting_measures: number(overload, "waiting_measures"),
      waiting_features: number(overload, "waiting_features"),
      catch_up_s: numberOrNull(overload, "catch_up_s"),
    },
    denoise: readDenoise(raw),
    archive: readArchiveStats(raw.archive),
    stages: list(raw, "stages")
      .map(readStage)
      .filter((s) => s !== null),
    memory: {
      rss_mb: number(memory, "rss_mb"),
      slab_mb: number(memory, "slab_mb"),
      slab_limit_mb: number(memory, "slab_limit_mb"),
      reserved_mb: number(memory, "reserved_mb"),
    },
    loop_lag_ms: number(raw, "loop_lag_ms"),
    clients: number(raw, "clients"),
    orphan: number(raw, "orphan"),
    foreign: number(raw, "foreign"),
    other: number(raw, "other"),
    account: isFields(raw.account) ? readAccount(raw.account) : null,
  };
}

/** A tile whose sizes agree with its data, or what is wrong with it. */
export function readTile(raw: Fields): Tile | string {
  const layer = text(raw, "layer");
  const where = `tile of ${layer || "no layer"}`;
  const dtype = DTYPES.find((d) => d === raw.dtype);
  if (layer === "" || text(raw, "series") === "") return `${where}: no series or layer`;
  if (dtype === undefined) return `${where}: unknown dtype ${String(raw.dtype)}`;
  const [row, col, rows, cols] = ["row", "col", "rows", "cols"].map((k) => number(raw, k, -1)) as [number, number, number, number];
  if (![row, col, rows, cols].every(Number.isInteger) || row < 0 || col < 0 || rows < 1 || cols < 1) return `${where}: bad place or size`;
  const data = raw.data;
  if (!(data instanceof Uint8Array)) return `${where}: data is no bin`;
  const plane = rows * cols * BYTES[dtype];
  if (data.byteLength === 0 || data.byteLength % plane !== 0)
    return `${where}: ${data.byteLength} bytes do not fill ${rows} x ${cols} ${dtype}`;
  return {
    t: "tile",
    series: text(raw, "series"),
    layer,
    seq: number(raw, "seq"),
    revision: number(raw, "revision"),
    row,
    col,
    rows,
    cols,
    dtype,
    scale: number(raw, "scale", 1),
    offset: number(raw, "offset"),
    data,
    ...(raw.snapshot === true ? { snapshot: true } : {}),
  };
}

/** One message of the daemon after unpacking, checked, or a sentence that says what is wrong with it. */
export function readMessage(raw: unknown): ServerMessage | string {
  if (!isFields(raw)) return "message is no map";
  switch (raw.t) {
    case "tile":
      return readTile(raw);
    case "series": {
      const s = readSeries(raw);
      return s ? { t: "series", ...s } : "series message without id or shape";
    }
    case "event": {
      const e = readEvent(raw);
      return e ? { t: "event", ...e } : "event without id";
    }
    case "stats": {
      const s = readStats(raw);
      return s ? { t: "stats", ...s, ...(raw.reduced_rate === true ? { reduced_rate: true } : {}) } : "stats is no map";
    }
    default:
      return `unknown message ${String(raw.t)}`;
  }
}

/** How a pattern was denoised, from the headers of its answer; null: it was not. */
export function readMade(header: (name: string) => string | null): PatternMade | null {
  const told = { method: header(MADE_HEADERS.method), variant: header(MADE_HEADERS.variant) };
  if (told.method === null) return null;
  const checksum = header(MADE_HEADERS.model);
  return {
    method: oneOf(told, "method", DENOISE_METHODS, "off"),
    variant: oneOf(told, "variant", DENOISE_VARIANTS, "full"),
    final: header(MADE_HEADERS.final) === "true",
    model: checksum === null ? null : { epoch: Number(header(MADE_HEADERS.epoch)), checksum },
  };
}
