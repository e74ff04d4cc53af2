import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { WebSocket } from "ws";
import type { EventMessage, Hello, SeriesMessage, ServerMessage, StatsMessage, Tile } from "../../src/core/wire.js";

/** What a busy machine does late still comes; what is wrong never does. */
export const PATIENCE_MS = 120_000;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });
export const pack = (value: unknown): Uint8Array => packr.pack(value);

/** A client written from the contract alone: keeps every message, and puts tiles together. */
export interface Viewer {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[];
  readonly tiles: Tile[];
  readonly series: SeriesMessage[];
  readonly events: EventMessage[];
  readonly stats: StatsMessage[];
  /** Newest seq of each series. */
  readonly seq: Map<string, number>;
  /** Values of a layer as in its .npy: last axis channels. Keyed `series/layer`. */
  readonly maps: Map<string, Float64Array>;
  hello(hello?: Partial<Hello>): void;
  /** Waits for a condition that a message may fulfil. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Resolves with code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
}

export const HELLO: Hello = { t: "hello", v: 1, layers: [], max_rate_hz: 60 };

function valuesOf(tile: Tile, dtype: string): { values: Float64Array; channels: number } {
  const v = new DataView(tile.data.buffer, tile.data.byteOffset, tile.data.byteLength);
  const read = {
    uint8: (i: number) => v.getUint8(i),
    uint16: (i: number) => v.getUint16(2 * i, true),
    int32: (i: number) => v.getInt32(4 * i, true),
    float32: (i: number) => v.getFloat32(4 * i, true),
  }[tile.dtype];
  const size = { uint8: 1, uint16: 2, int32: 4, float32: 4 }[tile.dtype];
  const coded = dtype === "float32" && tile.dtype !== "float32";
  const none = tile.dtype === "uint8" ? 255 : 65535;
  const plane = tile.rows * tile.cols;
  const channels = tile.data.byteLength / size / plane;
  const values = new Float64Array(plane * channels);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < plane; i++) {
      const code = read(c * plane + i);
      values[i * channels + c] = !coded ? code : code === none ? Number.NaN : tile.offset + tile.scale * code;
    }
  return { values, channels };
}

export async function connect(base: string, kept?: Viewer, headers: Record<string, string> = {}): Promise<Viewer> {
  const socket = new WebSocket(`${base.replace("http", "ws")}/ws`, { headers, perMessageDeflate: false });
  const waiting = new Set<() => void>();
  const shapes = new Map<string, string>();
  const v: Viewer = {
    socket,
    messages: [],
    tiles: [],
    series: [],
    events: [],
    stats: [],
    seq: new Map(kept?.seq),
    maps: new Map(kept?.maps),
    hello: (hello = {}) => socket.send(pack({ ...HELLO, ...hello })),
    async until(what, condition) {
      const gone = v.closed.then(({ code, reason }) => {
        if (!condition()) throw new Error(`closed with ${code} ${reason} while waiting for ${what}`);
      });
      const come = new Promise<void>((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
      const late = AbortSignal.timeout(PATIENCE_MS);
      const never = new Promise<void>((_, reject) => late.addEventListener("abort", () => reject(new Error(`never: ${what}`))));
      await Promise.race([come, gone, never]);
    },
    closed: new Promise((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }))),
    async close() {
      socket.close();
      await v.closed;
    },
  };
  const take = (m: ServerMessage): void => {
    v.messages.push(m);
    if (m.t === "event") v.events.push(m);
    if (m.t === "stats") v.stats.push(m);
    if (m.t === "series") {
      v.series.push(m);
      const shape = m.shape.join();
      // Another shape: everything starts again.
      if (shapes.has(m.id) && shapes.get(m.id) !== shape) for (const k of v.maps.keys()) if (k.startsWith(`${m.id}/`)) v.maps.delete(k);
      shapes.set(m.id, shape);
    }
    if (m.t === "tile") applyTile(v, m);
  };
  socket.on("message", (data: Buffer) => {
    take(unpackr.unpack(data) as ServerMessage);
    for (const look of [...waiting]) look();
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return v;
}

function applyTile(v: Viewer, tile: Tile): void {
  v.tiles.push(tile);
  const info = v.series.findLast((s) => s.id === tile.series);
  const layer = info?.layers.find((l) => l.name === tile.layer);
  if (!info || !layer) throw new Error(`tile of ${tile.layer} before its series message`);
  const { values, channels } = valuesOf(tile, layer.dtype);
  const [rows, cols] = info.shape;
  const key = `${tile.series}/${tile.layer}`;
  const map = v.maps.get(key) ?? new Float64Array(rows * cols * channels).fill(Number.NaN);
  map.set(values, tile.row * cols * channels);
  v.maps.set(key, map);
  v.seq.set(tile.series, Math.max(v.seq.get(tile.series) ?? 0, tile.seq));
}
