/** Web Worker: owns the connection, unpacks and checks messages, puts tiles together, hands row bands to the page. */
import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { type Hello, PROTOCOL_VERSION } from "../../src/core/wire.js";
import { createAssembly } from "../lib/assembly.js";
import { retryDelay, SILENCE_MS } from "../lib/backoff.js";
import { readMessage } from "../lib/read-message.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** The part of a worker's scope that we use. */
interface Scope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((e: MessageEvent<ToWorker>) => void) | null;
}
const scope = self as unknown as Scope;
/** Tiles that arrive close together travel to the page together. ms. */
const FLUSH_MS = 30;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" });
const assembly = createAssembly();

let url = "";
let socket: WebSocket | null = null;
/** Failed tries since the last message. */
let attempt = -1;
let announced = false;
let retry: ReturnType<typeof setTimeout> | undefined;
let flushing: ReturnType<typeof setTimeout> | undefined;
let lastHeard = 0;
let paused = false;
let wanted: readonly string[] = [];
let tiles = 0;

function flush(): void {
  flushing = undefined;
  if (paused) return;
  const bands = assembly.take();
  if (bands.length === 0) return;
  scope.postMessage(
    { k: "bands", bands, tiles, since: assembly.since() ?? null },
    bands.map((b) => b.data.buffer),
  );
}

function take(data: ArrayBuffer): void {
  let raw: unknown;
  try {
    raw = unpackr.unpack(new Uint8Array(data));
  } catch (e) {
    scope.postMessage({ k: "refused", why: `not MessagePack: ${e instanceof Error ? e.message : String(e)}` });
    return;
  }
  const message = readMessage(raw);
  if (typeof message === "string") {
    scope.postMessage({ k: "refused", why: message });
    return;
  }
  if (message.t === "tile") {
    const why = assembly.apply(message);
    if (why !== undefined) scope.postMessage({ k: "refused", why });
    tiles++;
    if (flushing === undefined) flushing = setTimeout(flush, FLUSH_MS);
    return;
  }
  if (message.t === "series") assembly.series(message);
  scope.postMessage({ k: "message", message });
}

/** Also said again when other layers are wanted. */
function greet(to: WebSocket): void {
  const since = assembly.since();
  const hello: Hello = { t: "hello", v: PROTOCOL_VERSION, layers: wanted, max_rate_hz: 10, ...(since ? { since } : {}) };
  to.send(packr.pack(hello) as Uint8Array<ArrayBuffer>);
}

function connect(): void {
  clearTimeout(retry);
  retry = undefined;
  if (socket || url === "") return;
  const mine = new WebSocket(url);
  socket = mine;
  mine.binaryType = "arraybuffer";
  lastHeard = Date.now();
  mine.onopen = () => greet(mine);
  mine.onmessage = (e: MessageEvent) => {
    lastHeard = Date.now();
    if (socket !== mine) return;
    // Connected means that the daemon speaks, not only that the port is open.
    if (!announced) scope.postMessage({ k: "link", connected: true, attempt: 0, retryInMs: null });
    announced = true;
    attempt = -1;
    if (e.data instanceof ArrayBuffer) take(e.data);
  };
  mine.onclose = () => dropped(mine);
}

function dropped(which: WebSocket): void {
  if (socket !== which) return;
  socket = null;
  announced = false;
  attempt++;
  const wait = retryDelay(attempt, Math.random());
  scope.postMessage({ k: "link", connected: false, attempt, retryInMs: wait });
  retry = setTimeout(connect, wait);
}

setInterval(() => {
  const s = socket;
  if (s && Date.now() - lastHeard > SILENCE_MS) {
    dropped(s);
    s.close();
  }
}, 1000);

scope.onmessage = ({ data }) => {
  switch (data.k) {
    case "open":
      url = data.url;
      connect();
      break;
    case "want":
      wanted = data.layers;
      assembly.want(wanted);
      if (socket?.readyState === WebSocket.OPEN) greet(socket);
      break;
    case "wake":
      if (!socket) connect();
      break;
    case "pause":
      paused = data.paused;
      if (!paused) flush();
      break;
  }
};
