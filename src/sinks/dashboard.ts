import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Packr } from "msgpackr";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { LineView, MapsView, SeriesView } from "../core/sink.js";
import type { ServerMessage } from "../core/wire.js";
import type { Log } from "../telemetry/logger.js";
import type { Metrics } from "../telemetry/metrics.js";
import { type Client, createClient, type Press, type Told } from "./client.js";
import { type Run, tileOf } from "./feed.js";
import { isRefusal, readHello } from "./hello.js";

const MAX_CLIENTS = 64;
/** A hello is a few hundred bytes. */
const MAX_MESSAGE = 16 * 1024;
const HELLO_MS = 10_000;
const PING_MS = 15_000;
/** Messages of a client within one ping interval; more is a flood. */
const MAX_MESSAGES = 100;
/** How long a client may take to answer a close. */
const CLOSE_MS = 1_000;
/** Clients that are due within this time are served together, from the same packed tiles. ms. */
const TOGETHER_MS = 2;

export interface DashboardOptions {
  readonly maps: MapsView;
  readonly line: LineView;
  readonly metrics: Pick<Metrics, "wsClients">;
  readonly log: Log;
  /** ms between pings, and for the first hello; for tests. */
  readonly pingMs?: number;
  readonly helloMs?: number;
}

export interface Dashboard {
  /** Takes over a connection that has passed the guard. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  clients(): number;
  close(): Promise<void>;
}

/** Packs what several clients get only once. Tiles are kept for one pass, a series until it changes. */
function createPress(): Press & { changed(series: string): void; clear(): void } {
  const packr = new Packr({ useRecords: false });
  const pack = (m: ServerMessage): Uint8Array => packr.pack(m);
  const tiles = new Map<string, Uint8Array>();
  const known = new Map<string, { series: SeriesView; told: Told }>();

  function tell(series: SeriesView): Told {
    const info = series.info();
    const { seq: _, ...rest } = info;
    let whole: string | undefined;
    let packed: Uint8Array | undefined;
    return {
      urgent: JSON.stringify([info.state, info.reason, info.shape, info.shape_from, info.layers.map((l) => l.name)]),
      whole: () => (whole ??= JSON.stringify(rest)),
      packed: () => (packed ??= pack({ t: "series", ...info })),
    };
  }
  return {
    tile(series: SeriesView, run: Run) {
      const key = `${series.id} ${run.layer.name} ${run.row} ${run.rows} ${run.seq} ${run.snapshot}`;
      const made = tiles.get(key) ?? pack(tileOf(series.id, run));
      tiles.set(key, made);
      return made;
    },
    message: pack,
    series(series) {
      const before = known.get(series.id);
      if (before?.series === series) return before.told;
      const told = tell(series);
      known.set(series.id, { series, told });
      return told;
    },
    changed: (id) => void known.delete(id),
    clear: () => tiles.clear(),
  };
}

/** WebSocket `/ws` (contract §6). Reads the store and never holds it up: what a client cannot take stays where it is. */
export function openDashboard(o: DashboardOptions): Dashboard {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE, clientTracking: false });
  const clients = new Set<Client>();
  const press = createPress();
  let soon: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;

  // After the store update, not inside it: several updates of one turn make one pass, and the writer never waits for us.
  const schedule = (): void => {
    if (clients.size > 0) soon ??= setImmediate(pass);
  };

  function pass(): void {
    soon = undefined;
    clearTimeout(timer);
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const c of clients) next = Math.min(next, c.pump(now + TOGETHER_MS, press));
    press.clear();
    if (next < Number.POSITIVE_INFINITY) timer = setTimeout(pass, Math.max(1, next - now));
  }

  const off = [
    o.maps.onChange((series) => {
      press.changed(series.id);
      for (const c of clients) c.mark(series.id);
      schedule();
    }),
    o.line.onEvent(schedule),
    o.line.onStats(() => {
      for (const c of clients) c.stats();
      schedule();
    }),
  ];

  function refuse(socket: WebSocket, code: number, reason: string): void {
    o.log.debug({ code, reason }, "a dashboard was turned away");
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CLOSE_MS).unref();
  }

  function attend(socket: WebSocket): void {
    const client = createClient({ socket, maps: o.maps, line: o.line, drained: schedule });
    clients.add(client);
    o.metrics.wsClients(clients.size);
    let alive = true;
    let messages = 0;
    const late = setTimeout(() => {
      if (!client.greeted) refuse(socket, 1008, "no hello");
    }, o.helloMs ?? HELLO_MS);
    const beat = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      messages = 0;
      socket.ping();
    }, o.pingMs ?? PING_MS);
    socket.on("pong", () => {
      alive = true;
    });
    socket.on("message", (data: RawData, binary: boolean) => {
      if (socket.readyState !== socket.OPEN) return;
      if (++messages > MAX_MESSAGES) return refuse(socket, 1008, "too many messages");
      if (!binary) return refuse(socket, 1002, "messages are binary");
      const hello = readHello(new Uint8Array(data as Buffer));
      if (isRefusal(hello)) return refuse(socket, hello.code, hello.reason);
      client.hello(hello);
      schedule();
    });
    socket.on("error", (e) => o.log.debug({ err: e }, "a dashboard's connection failed"));
    socket.on("close", () => {
      clearTimeout(late);
      clearInterval(beat);
      clients.delete(client);
      o.metrics.wsClients(clients.size);
    });
  }

  return {
    upgrade(request, socket, head) {
      server.handleUpgrade(request, socket, head, (ws) => {
        if (clients.size >= MAX_CLIENTS) refuse(ws, 1013, `${MAX_CLIENTS} dashboards are connected`);
        else attend(ws);
      });
    },
    clients: () => clients.size,
    async close() {
      for (const stop of off) stop();
      clearTimeout(timer);
      clearImmediate(soon);
      soon = undefined;
      await Promise.all(
        [...clients].map(({ socket }) => {
          const gone = new Promise((done) => socket.once("close", done));
          refuse(socket, 1001, "the daemon stops");
          return gone;
        }),
      );
      server.close();
    },
  };
}
