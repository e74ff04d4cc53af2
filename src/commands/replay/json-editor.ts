import { Problem } from "../../wire/problem.js";
import { field, type JsonObject, readObject } from "../../wire/read-json.js";
import { jsonPart } from "../../wire/write-json.js";
import { type Change, type MessageEditor, type MessageKind, OTHER } from "./message-editor.js";

const KINDS: ReadonlyMap<unknown, MessageKind["kind"]> = new Map([
  ["dheader-1.0", "begin"],
  ["dimage-1.0", "image"],
  ["dseries_end-1.0", "end"],
  ["array-1.0", "image"],
]);
const count = (value: unknown): number | null => (typeof value === "number" && Number.isSafeInteger(value) ? value : null);

/** DECTRIS v1, array-1.0 and sls: a JSON part first. Only parts that change are written anew. */
export const jsonEditor: MessageEditor = {
  kindOf(parts) {
    const o = objectOf(parts[0]);
    if (!o) return OTHER;
    const kind = KINDS.get(field(o, "htype"));
    if (kind) return { kind, series: count(field(o, "series")), uniqueId: null };
    if (field(o, "frameIndex") === undefined) return OTHER;
    return { kind: field(o, "data") === 0 ? "end" : "image", series: null, uniqueId: null };
  },
  edit(parts, change) {
    const o = objectOf(parts[0]);
    if (!o) return parts;
    const edited = parts.slice();
    edited[0] = jsonPart(firstPart(o, change));
    const config = field(o, "htype") === "dheader-1.0" && field(o, "header_detail") !== "none" ? objectOf(parts[1]) : null;
    if (config && change.images !== undefined) edited[1] = jsonPart(announcing(config, change.images));
    return edited;
  },
};

function objectOf(part: Uint8Array | undefined): JsonObject | null {
  const o = part && readObject(part, "message");
  return !o || o instanceof Problem ? null : o;
}

function firstPart(o: JsonObject, { series, image }: Change): JsonObject {
  const out: Record<string, unknown> = { ...o };
  if (series !== undefined && "series" in out) out.series = series;
  for (const key of ["frame", "frameIndex"]) if (image !== undefined && key in out) out[key] = image;
  return out;
}

/** Modes with one image per trigger announce by triggers, all others by images. */
function announcing(config: JsonObject, images: number): JsonObject {
  const mode = field(config, "trigger_mode");
  return mode === "exte" || mode === "inte" ? { ...config, nimages: 1, ntrigger: images } : { ...config, nimages: images, ntrigger: 1 };
}
