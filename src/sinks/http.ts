import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { isLoopback } from "../config/index.js";
import { Fault } from "../core/fault.js";
import type { LineView, MapsView, SinkRun } from "../core/sink.js";
import type { Log } from "../telemetry/logger.js";
import type { Metrics } from "../telemetry/metrics.js";
import { componentRoutes } from "./component-routes.js";
import { openDashboard } from "./dashboard.js";
import { detectorRoutes } from "./detector-routes.js";
import { frameRoutes } from "./frame-routes.js";
import { createGuard, type Guard } from "./guard.js";
import { type Reply, refuse } from "./reply.js";
import { createRouter, parseTarget } from "./route-table.js";
import { seriesRoutes } from "./series-routes.js";
import { readStaticFiles, type StaticFiles } from "./static-files.js";
import { type SystemSources, systemRoutes } from "./system-routes.js";

export interface HttpOptions extends Omit<SystemSources, "guard"> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token?: string;
  readonly allowedHosts: readonly string[];
  readonly maps: MapsView;
  readonly line: LineView;
  readonly metrics: Pick<Metrics, "text" | "contentType" | "wsClients">;
  /** Folder of the built dashboard; null: none is served. */
  readonly dashboardRoot: string | null;
  readonly log: Log;
}

export interface HttpRun extends SinkRun {
  readonly url: string;
  readonly port: number;
  /** Connected dashboards. */
  clients(): number;
}

const LIMITS = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 10_000 };
/** A reader that takes nothing for so long is cut off, ms. */
const IDLE_MS = 60_000;
const MAX_CONNECTIONS = 512;
/** Fetched before there is a session: health, the page itself (see `StaticFiles`), and the login. */
const OPEN = new Set(["healthz", "readyz", "api/v1/session"]);
const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

interface Rooms {
  readonly guard: Guard;
  readonly files: StaticFiles;
  readonly route: ReturnType<typeof createRouter>;
}

async function answer({ guard, files, route }: Rooms, request: IncomingMessage): Promise<Reply> {
  const method = request.method ?? "GET";
  const reads = method === "GET" || method === "HEAD";
  const target = parseTarget(request.url ?? "");
  const path = target?.segments.join("/") ?? "";
  const refusal = guard.check(request, { open: OPEN.has(path) || (reads && files.has(path)), changes: !reads });
  if (refusal) return refusal;
  if (!target) return refuse(400, "bad_request", "the path cannot be read");
  const file = reads ? files.get(path) : undefined;
  if (file) return file;
  const found = route(method, target.segments);
  return "status" in found ? found : await found.handle({ request, part: found.part, query: target.query });
}

function write(response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, {
    ...SECURITY_HEADERS,
    "content-type": reply.type,
    "content-length": body.byteLength,
    ...reply.headers,
  });
  response.end(body);
}

/** An answer on a connection that never became a request of ours. */
function writeRaw(socket: Duplex, reply: Reply): void {
  const head = [`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ""}`, `content-type: ${reply.type}`, "connection: close"];
  for (const [k, v] of Object.entries(reply.headers ?? {})) head.push(`${k}: ${v}`);
  const body = Buffer.from(reply.body);
  socket.end(`${head.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n${body.toString()}`);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (e: NodeJS.ErrnoException) => {
      const at = `${host}:${port}`;
      if (e.code === "EADDRINUSE") reject(new Fault("port-taken", at, `another program listens on ${at}`, e));
      else reject(new Fault("bad-endpoint", at, `cannot listen on ${at}: ${e.message}`, e));
    });
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Serves the interface of contract §5 and the WebSocket of §6. Faults: bad-config, port-taken, bad-endpoint, no-dashboard. */
export async function openHttp(o: HttpOptions): Promise<HttpRun> {
  if (!isLoopback(o.host) && !o.token)
    throw new Fault("bad-config", "http.token", `listening on ${o.host} lets others in: set a token, or listen on 127.0.0.1`);
  let port = o.port;
  const guard = createGuard({ host: o.host, port: () => port, token: o.token || undefined, allowedHosts: o.allowedHosts });
  const rooms: Rooms = {
    guard,
    files: o.dashboardRoot === null ? new Map() : dashboardFiles(o.dashboardRoot),
    route: createRouter([
      ...systemRoutes({ ...o, guard }),
      ...seriesRoutes(o),
      ...frameRoutes(o),
      ...componentRoutes(o),
      ...detectorRoutes(o),
    ]),
  };
  const server = createServer(LIMITS, (request, response) => {
    answer(rooms, request)
      .catch((e: unknown) => {
        o.log.error({ err: e, url: request.url }, "a request failed");
        return refuse(500, "internal", "the daemon failed to answer; see its log");
      })
      .then((reply) => write(response, reply));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_MS;
  server.on("clientError", (_, socket) => {
    if (socket.writable) writeRaw(socket, refuse(400, "bad_request", "this is not HTTP, or more than we read"));
    else socket.destroy();
  });
  port = await listen(server, o.host, o.port);
  const dashboard = openDashboard(o);
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refusal =
      guard.check(request, { open: false, changes: true }) ??
      (parseTarget(request.url ?? "")?.segments.join("/") === "ws" ? null : refuse(404, "not_found", "the WebSocket is at /ws"));
    if (refusal) writeRaw(socket, refusal);
    else dashboard.upgrade(request, socket, head);
  });
  return {
    url: `http://${o.host.includes(":") ? `[${o.host}]` : o.host}:${port}/`,
    port,
    clients: () => dashboard.clients(),
    async close() {
      const closed = new Promise((done) => server.close(done));
      await dashboard.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function dashboardFiles(root: string): StaticFiles {
  try {
    return readStaticFiles(root);
  } catch (e) {
    throw new Fault("no-dashboard", root, `the built dashboard is not in ${root}`, e);
  }
}
