import { isUtf8 } from "node:buffer";
import { Problem } from "./problem.js";

/** A JSON object of the wire. Look up fixed names only, and with `field`: keys are foreign. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Bytes of one JSON part. */
export const MAX_JSON = 1 << 22;
/** Levels of a JSON part: what is read is also walked. */
const MAX_DEPTH = 32;

/** Parses one part as JSON. `what` names it in the problem. */
export function readJson(part: Uint8Array, what: string): unknown {
  if (part.length > MAX_JSON) return new Problem("too-large", `${what}: ${part.length} bytes of JSON, at most ${MAX_JSON} are accepted`);
  if (!isUtf8(part)) return new Problem("bad-envelope", `${what} is not UTF-8`);
  return parseText(Buffer.from(part.buffer, part.byteOffset, part.length).toString("utf8"), what);
}

/** Parses a text as JSON of bounded depth, or says why it is none. */
export function parseText(text: string, what: string): unknown {
  if (text.length > MAX_JSON) return new Problem("too-large", `${what}: ${text.length} characters of JSON`);
  if (deeperThan(text, MAX_DEPTH)) return new Problem("bad-envelope", `${what} is nested too deeply`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return new Problem("bad-envelope", `${what} is not JSON`);
  }
}

/** Brackets open at once, those inside of texts included: an upper bound of the depth that costs one pass. */
function deeperThan(text: string, limit: number): boolean {
  // few brackets, as in every real part, cannot be deep
  if (!opensMore(text, limit)) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > limit) return true;
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
  return false;
}

/** More than so many opening brackets, also inside of texts. */
function opensMore(text: string, limit: number): boolean {
  let left = limit;
  // both kinds differ in one bit
  for (let i = 0; i < text.length && left >= 0; i++) if ((text.charCodeAt(i) | 0x20) === 0x7b) left--;
  return left < 0;
}

/** Parses one part that must be a JSON object. */
export function readObject(part: Uint8Array, what: string): JsonObject | Problem {
  const value = readJson(part, what);
  if (value instanceof Problem) return value;
  return isObject(value) ? value : new Problem("bad-envelope", `${what} is not a JSON object`);
}

export const isObject = (v: unknown): v is JsonObject =>
  typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof Problem);

/** A key of a foreign object: own keys only. */
export const field = (o: JsonObject, key: string): unknown => (Object.hasOwn(o, key) ? o[key] : undefined);
