import { type Hello, PROTOCOL_VERSION } from "../core/wire.js";
import { PackError, readPack } from "./read-pack.js";

/** A hello that we do not accept: how the connection is closed. */
interface Refusal {
  /** WebSocket close code: 1002 not our protocol, 1008 our protocol, unusable content. */
  readonly code: 1002 | 1008;
  readonly reason: string;
}

const MAX_LAYERS = 256;
const MAX_NAME = 128;
const MAX_RATE_HZ = 60;
const DEFAULT_RATE_HZ = 10;

const protocol = (reason: string): Refusal => ({ code: 1002, reason });
const policy = (reason: string): Refusal => ({ code: 1008, reason });
const isName = (v: unknown): v is string => typeof v === "string" && v.length > 0 && v.length <= MAX_NAME;

function readSince(raw: unknown): Hello["since"] | Refusal {
  if (raw === undefined || raw === null) return undefined;
  const series = raw instanceof Map ? raw.get("series") : undefined;
  const seq = raw instanceof Map ? raw.get("seq") : undefined;
  if (!isName(series)) return policy("since.series must be the id of a series");
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) return policy("since.seq must be a whole number from 0");
  return { series, seq };
}

/** The client's only message. Rates are cut to 60 Hz; without one it is 10 Hz. */
export function readHello(bytes: Uint8Array): Hello | Refusal {
  let raw: unknown;
  try {
    raw = readPack(bytes);
  } catch (e) {
    if (e instanceof PackError) return protocol(`not a MessagePack map: ${e.message}`);
    throw e;
  }
  if (!(raw instanceof Map)) return protocol("not a MessagePack map");
  if (raw.get("t") !== "hello") return protocol("t must be hello");
  if (raw.get("v") !== PROTOCOL_VERSION) return protocol(`protocol version ${PROTOCOL_VERSION} is spoken here`);
  const layers: unknown = raw.get("layers") ?? [];
  if (!Array.isArray(layers) || layers.length > MAX_LAYERS || !layers.every(isName)) return policy("layers must be a list of layer names");
  const rate: unknown = raw.get("max_rate_hz") ?? DEFAULT_RATE_HZ;
  if (typeof rate !== "number" || !(rate > 0)) return policy("max_rate_hz must be above 0");
  const since = readSince(raw.get("since"));
  if (since && "code" in since) return since;
  return { t: "hello", v: PROTOCOL_VERSION, layers, max_rate_hz: Math.min(rate, MAX_RATE_HZ), ...(since ? { since } : {}) };
}

export const isRefusal = (h: Hello | Refusal): h is Refusal => "reason" in h;
