import type { StreamScan } from "../core/detector.js";
import { SCAN_ORDERS } from "../core/scan.js";
import { isCount } from "./check-frame.js";
import { toPlain } from "./plain.js";
import { Problem } from "./problem.js";
import { field, isObject, type JsonObject, parseText, readJson } from "./read-json.js";

/** Positions that a stream may ask for: what it says must not decide how much memory we take. */
const MAX_STREAM_POSITIONS = 1 << 26;
const MAX_NAME = 256;

/**
 * What user data says about the scan (contract section 3): `{"scan": {...}}` as a map, as text that holds JSON, or as
 * bytes of such a text. Anything else, and any field that does not fit, is dropped: user data is the user's.
 */
export function streamScan(userData: unknown): StreamScan {
  const data = unwrap(userData);
  const scan = isObject(data) ? field(data, "scan") : undefined;
  if (!isObject(scan)) return {};
  const order = SCAN_ORDERS.find((o) => o === field(scan, "order"));
  const shape = pair(field(scan, "shape"));
  const origin = pair(field(scan, "origin"));
  const at = field(scan, "line_skip_at");
  const step = field(scan, "step_nm");
  const parent = field(scan, "parent");
  return {
    ...(shape && shape[0] > 0 && shape[1] > 0 && shape[0] * shape[1] <= MAX_STREAM_POSITIONS ? { shape } : {}),
    ...(order ? { order } : {}),
    ...skip(scan, "line_skip", "lineSkip"),
    ...(at === "start" || at === "end" ? { lineSkipAt: at } : {}),
    ...skip(scan, "skip_start", "skipStart"),
    ...(typeof step === "number" && Number.isFinite(step) && step > 0 ? { stepNm: step } : {}),
    ...(typeof parent === "string" && parent !== "" && parent.length <= MAX_NAME ? { parent } : {}),
    ...(origin ? { origin } : {}),
  };
}

/** Text inside text happens: an appendix that was quoted twice. */
function unwrap(userData: unknown): unknown {
  let value = userData instanceof Uint8Array ? readJson(userData, "user data") : toPlain(userData);
  for (let layers = 0; layers < 2 && typeof value === "string"; layers++) value = parseText(value, "user data");
  return value instanceof Problem ? undefined : value;
}

function pair(value: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [a, b] = value as unknown[];
  return isCount(a) && isCount(b) ? [a, b] : undefined;
}

const skip = <K extends string>(scan: JsonObject, key: string, name: K): { [k in K]?: number } => {
  const n = field(scan, key);
  return isCount(n) && n <= MAX_STREAM_POSITIONS ? ({ [name]: n } as { [k in K]: number }) : {};
};
