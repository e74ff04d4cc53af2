import { isUtf8 } from "node:buffer";
import type { SeriesBegin } from "../core/detector.js";
import { isCount } from "./check-frame.js";
import { flatfieldOf, maskOf, unpackHeaderImage } from "./header-arrays.js";
import { ONLY_CHANNEL } from "./implied-series.js";
import { jsonFrame, requireCount, requireText } from "./json-frame.js";
import { type Plain, toPlain } from "./plain.js";
import { Problem, quoted } from "./problem.js";
import { field, type JsonObject, readJson, readObject } from "./read-json.js";
import { streamScan } from "./stream-scan.js";

/** A DECTRIS v1 header message whose first part is good. */
export interface Header {
  readonly series: number;
  readonly detail: "none" | "basic" | "all";
  readonly parts: readonly Uint8Array[];
}

/** @param o the first part, htype dheader-1.0. */
export function readHeader(o: JsonObject, parts: readonly Uint8Array[]): Header | Problem {
  const series = requireCount(o, "series");
  if (series instanceof Problem) return new Problem(series.reason, `header: ${series.detail}`);
  const detail = requireText(o, "header_detail");
  if (detail instanceof Problem) return new Problem(detail.reason, `header of series ${series}: ${detail.detail}`);
  if (detail === "none" || detail === "basic" || detail === "all") return { series, detail, parts };
  return new Problem("bad-field", `header of series ${series}: header_detail ${quoted(detail)}`);
}

interface Extras {
  mask: Uint8Array | null;
  flatfield: Float32Array | null;
  appendix: Uint8Array | null;
}

/**
 * The begin of a series. Everything behind the first part is optional and dropped where it is broken. Size and type are
 * left open: headers of old firmware and of regions of interest announce others than the images have.
 */
export function beginOfHeader({ series, detail, parts }: Header): SeriesBegin {
  const configuration = detail === "none" || !parts[1] ? {} : readObject(parts[1], "configuration");
  const config = configuration instanceof Problem ? {} : configuration;
  const { mask, flatfield, appendix } = extrasOf(parts.slice(detail === "none" ? 1 : 2));
  const userData = appendix === null ? null : appendixValue(appendix);
  const meta: Record<string, unknown> = { ...(toPlain(config) as Record<string, Plain>) };
  if (configuration instanceof Problem) meta.configuration_fault = configuration.detail;
  if (appendix !== null) meta.header_appendix = userData;
  return {
    key: String(series),
    wireSeries: series,
    wireUniqueId: null,
    expected: expectedImages(config),
    channels: [ONLY_CHANNEL],
    channel: ONLY_CHANNEL,
    height: null,
    width: null,
    type: null,
    mask,
    flatfield,
    saturation: null,
    errorValue: null,
    scan: streamScan(userData),
    meta,
    implied: false,
  };
}

/** External and internal enable make one image per trigger; the others make nimages per trigger. */
function expectedImages(config: JsonObject): number | null {
  const images = field(config, "nimages");
  const triggers = field(config, "ntrigger");
  const mode = field(config, "trigger_mode");
  const perTrigger = (mode === "exte" || mode === "inte") && isCount(triggers);
  if (!isCount(images) && !isCount(triggers)) return null;
  const total = (isCount(images) && !perTrigger ? images : 1) * (isCount(triggers) ? triggers : 1);
  return Number.isSafeInteger(total) && total > 0 ? total : null;
}

/** Pairs of description and array, and the appendix; found by what they are: details and appendices vary. */
function extrasOf(parts: readonly Uint8Array[]): Extras {
  const found: Extras = { mask: null, flatfield: null, appendix: null };
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as Uint8Array;
    const o = readObject(part, "header part");
    const htype = o instanceof Problem ? null : field(o, "htype");
    if (o instanceof Problem || typeof htype !== "string" || !ARRAYS.test(htype)) {
      found.appendix ??= part;
      continue;
    }
    const data = parts[++i];
    if (!data) break;
    if (htype.includes("flatfield")) found.flatfield = flatfieldOf(headerImage(o, data));
    else if (htype.includes("mask")) found.mask = maskOf(headerImage(o, data));
  }
  return found;
}

/** `flatfield-1.0` without the d is what some simulators write. */
const ARRAYS = /^d?(?:flatfield|pixelmask|countrate_table)-/;
const RAW = { encoding: "none", element: 0, bigEndian: false } as const;

function headerImage(o: JsonObject, data: Uint8Array): ReturnType<typeof unpackHeaderImage> {
  const shape = jsonFrame(field(o, "shape"), "width first", field(o, "type"), RAW, data);
  return shape instanceof Problem ? null : unpackHeaderImage(shape, data, [shape.height, shape.width]);
}

/** JSON if it is JSON, else text, else a note of its length. */
function appendixValue(part: Uint8Array): Plain {
  const value = readJson(part, "appendix");
  if (!(value instanceof Problem)) return toPlain(value);
  return isUtf8(part) ? toPlain(Buffer.from(part).toString("utf8")) : toPlain(part);
}
