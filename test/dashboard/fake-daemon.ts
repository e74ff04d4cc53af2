import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { Packr, Unpackr } from "msgpackr";
import { type WebSocket, WebSocketServer } from "ws";
import { NOT_DENOISED } from "../../src/core/denoise.js";
import type { LogEvent, Stats } from "../../src/core/wire.js";
import { type FakeAnswer, FakeComponents } from "./fake-components.js";
import { expectedOf, type FakeScan, infoOf, layerValue, patternOf, statusOf, tilesOf } from "./fake-scan.js";
import { statsOf } from "./fake-stats.js";
import { npyFile } from "./npy-file.js";

/** What a test may do to the pretended daemon. */
export interface FakeDaemon {
  readonly url: string;
  readonly scan: FakeScan;
  /** Hello messages received so far. */
  readonly hellos: unknown[];
  readonly asked: string[];
  /** Measures this many more rows and tells everybody. */
  grow(rows: number): void;
  /** Changes what it says of the scan. */
  say(change: Partial<FakeScan>): void;
  begin(change: Partial<FakeScan>): void;
  /** So many rows come too fast: positions off the grid of one in 2^step wait. */
  burst(rows: number, step: number): void;
  /** Measures what waits, newest row first: down to this row. */
  catchUp(row: number): void;
  /** Rows above these have a causal, a refined estimate. */
  refine(causal: number, refined: number): void;
  /** Denoised patterns are answered when this is called again with false. */
  hold(back: boolean): void;
  event(level: LogEvent["level"], code: string, message: string): void;
  raw(bytes: Uint8Array): void;
  readonly components: FakeComponents;
  /** Drops every socket; refuses new ones until `false`. */
  away(gone: boolean): void;
  forget(retained: boolean): void;
  close(): Promise<void>;
}

const CSP = "default-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'";
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

const scanOf = (n: number): FakeScan => ({
  id: `20261121T02330${n % 10}Z-${n}`,
  rows: 128,
  cols: 128,
  done: 0,
  state: "waiting",
  reason: null,
  guessed: false,
  seq: 0,
  begun: `2026-11-21T02:33:0${n % 10}Z`,
  burst: null,
  projections: false,
  labels: false,
  denoise: { ...NOT_DENOISED },
  causal: 0,
  refined: 0,
});

const CONFIG = [
  ["source.protocol", "dectris-v2", "default", "dectris-v2", "Wire protocol of the detector", ""],
  ["source.endpoint", "tcp://127.0.0.1:31001", "flag", "tcp://127.0.0.1:31001", "ZeroMQ endpoint to connect to", ""],
  ["scan.shape", [128, 128], "file", null, "Rows and columns of the scan", ""],
  ["scan.step_nm", 2, "file", null, "Step between positions", "nm"],
  ["memory.backlog_mb", 1024, "default", 1024, "Received and not yet processed", "MB"],
  ["memory.keep_series", 6, "environment", 4, "Finished series that stay queryable", ""],
] as const;

async function textOf(req: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of req) body += String(chunk);
  return body;
}

/** Starts a daemon that only pretends, on a free loopback port, serving the dashboard of `root` under the real policy. */
export async function startFakeDaemon(root: string): Promise<FakeDaemon> {
  let number = 1;
  let scan = scanOf(number);
  const scans = [scan];
  let gone = false;
  let retained = true;
  let held: (() => void)[] | null = null;
  let tick = 0;
  let newest: number | null = null;
  const found = new FakeComponents();
  const hellos: unknown[] = [];
  const asked: string[] = [];
  const events: LogEvent[] = [];
  /** With the layers that each asked for; none: all. */
  const clients = new Map<WebSocket, readonly string[]>();
  const send = (s: WebSocket, m: unknown): void => s.send(packr.pack(m));
  const all = (m: unknown): void => {
    for (const c of clients.keys()) send(c, m);
  };
  const tiles = (to: WebSocket, from: number, end: number, snapshot: boolean, but: readonly string[] = []): void => {
    const wanted = clients.get(to) ?? [];
    for (const t of tilesOf(scan, from, end, snapshot))
      if ((wanted.length === 0 || wanted.includes(t.layer)) && !but.includes(t.layer)) send(to, t);
  };
  const tilesToAll = (from: number, end: number, snapshot = false): void => {
    for (const c of clients.keys()) tiles(c, from, end, snapshot);
  };
  const stats = (): Stats => statsOf(scan, clients.size, newest === null ? null : (Date.now() - newest) / 1000, tick);
  const find = (id: string): FakeScan | undefined => (id === "latest" ? scan : scans.find((s) => s.id === id));

  const json = (res: ServerResponse, status: number, body: unknown): void => {
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const array = (
    res: ServerResponse,
    shape: number[],
    data: Uint16Array | Int32Array | Float32Array,
    headers: Record<string, string> = {},
  ): void => {
    res.writeHead(200, { "content-type": "application/octet-stream", ...headers }).end(npyFile(shape, data));
  };
  const reply = (res: ServerResponse, { status, body, shape }: FakeAnswer): void =>
    body instanceof Float32Array ? array(res, shape ?? [], body) : json(res, status, body);
  function summary(): Float32Array {
    const out = new Float32Array(96 * 96);
    for (let r = 4; r < 128; r += 24)
      for (let c = 4; c < 128; c += 24)
        for (const [i, v] of patternOf(r, c).entries()) out[i] = (out[i] as number) + (v === 65535 ? Number.NaN : v / 36);
    return out;
  }
  function denoised(res: ServerResponse, s: FakeScan, row: number, col: number): void {
    if (s.denoise.method === "off")
      json(res, 409, { error: { code: "denoise_off", message: "this series is not denoised: its pixels are no counts" } });
    else if (held) held.push(() => denoised(res, s, row, col));
    else {
      const { method, variant } = s.denoise;
      array(res, [96, 96], expectedOf(row, col), { "x-denoise-method": method, "x-denoise-variant": variant, "x-denoise-final": "false" });
    }
  }
  function ofSeries(res: ServerResponse, id: string, rest: string, kind: string | null): void {
    const s = find(id);
    const at = /^patterns\/(\d+)\/(\d+)\.npy$/.exec(rest);
    const [row, col] = [Number(at?.[1]), Number(at?.[2])];
    const explained = /^explanations\/(\d+)\/(\d+)$/.exec(rest);
    const layer = /^layers\/(\w+)\.npy$/.exec(rest)?.[1];
    if (!s) json(res, 410, { error: { code: "series_gone", message: `${id} is no longer kept` } });
    else if (at && !retained) json(res, 410, { error: { code: "pattern_not_retained", message: "not kept" } });
    else if (at && (row >= s.done || statusOf(row, col) === 2))
      json(res, 404, { error: { code: "no_frame", message: "nothing came for this position" } });
    else if (at && kind === "denoised") denoised(res, s, row, col);
    else if (at && kind === "match" && !s.labels) json(res, 404, { error: { code: "no_class", message: "no class yet" } });
    else if (at && kind === "match") array(res, [96, 96], expectedOf(row, col));
    else if (explained) reply(res, found.explanation(s, Number(explained[1]), Number(explained[2])));
    else if (at) array(res, [96, 96], patternOf(row, col));
    else if (rest.startsWith("summary/")) array(res, [96, 96], summary());
    else if (/^(components|grains|dendrogram|component_images\.npy)$/.test(rest)) reply(res, found.answer(s, rest));
    else if (!layer) json(res, 404, { error: { code: "not_found", message: rest } });
    else {
      const ids = layer === "label" || layer === "grain";
      const none = ids ? -1 : Number.NaN;
      const value = (i: number) => (Math.floor(i / s.cols) < s.done ? layerValue(layer, Math.floor(i / s.cols), i % s.cols) : none);
      array(
        res,
        [s.rows, s.cols],
        new (ids ? Int32Array : Float32Array)(s.rows * s.cols).map((_, i) => value(i)),
      );
    }
  }
  async function reshape(req: IncomingMessage, res: ServerResponse, id: string): Promise<void> {
    const { shape } = JSON.parse(await textOf(req)) as { shape: [number, number] };
    const s = find(id);
    if (!s || shape[0] * shape[1] > 1e6) {
      json(res, 400, { error: { code: "bad_shape", message: "too large" } });
      return;
    }
    Object.assign(s, { rows: shape[0], cols: shape[1], guessed: false, seq: s.seq + 1, done: Math.min(s.done, shape[0]) });
    all({ t: "series", ...infoOf(s) });
    if (s.done > 0) tilesToAll(0, s.done, true);
    json(res, 200, infoOf(s));
  }
  async function asset(path: string, res: ServerResponse): Promise<void> {
    const file = join(root, normalize(path === "/" ? "/index.html" : path));
    try {
      const body = await readFile(file);
      res.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": CSP }).end(body);
    } catch {
      res.writeHead(404).end();
    }
  }
  const server = createServer((req, res) => {
    const { pathname: path, searchParams } = new URL(req.url ?? "/", "http://x");
    asked.push(`${req.method} ${req.url}`);
    const series = /^\/api\/v1\/series\/([^/]+)\/(.+)$/.exec(path);
    const component = req.method === "PATCH" ? /^components\/(\d+)$/.exec(series?.[2] ?? "") : null;
    if (gone) res.destroy();
    else if (series?.[2] === "shape" && req.method === "POST") void reshape(req, res, series[1] as string);
    else if (series?.[2] === "components/merge") void textOf(req).then((body) => reply(res, found.join(find(series[1] as string), body)));
    else if (series?.[2] === "dendrogram/cut") {
      const of = find(series[1] as string) as FakeScan;
      void textOf(req).then((body) =>
        json(res, 200, { cell: 1, clusters: found.cut(of, (JSON.parse(body) as { distance: number }).distance) }),
      );
    } else if (/^cluster_(images|maps)\.npy$/.test(series?.[2] ?? ""))
      reply(res, found.pictures(find(series?.[1] ?? "") as FakeScan, Number(searchParams.get("distance"))));
    else if (component) void textOf(req).then((body) => reply(res, found.patch(find(series?.[1] ?? ""), Number(component[1]), body)));
    else if (series) ofSeries(res, series[1] as string, series[2] as string, searchParams.get("kind"));
    else if (path === "/api/v1/series") json(res, 200, { series: scans.map(infoOf) });
    else if (path === "/api/v1/events") json(res, 200, { events });
    else if (path === "/api/v1/session") json(res, 200, {});
    else if (path === "/api/v1/config")
      json(res, 200, { fields: CONFIG.map(([key, value, origin, d, about, unit]) => ({ key, value, origin, default: d, about, unit })) });
    else if (path === "/api/v1/about")
      json(res, 200, { name: "braggstream", version: "0.1.0", licence: "MIT", node: process.version, documentation: "README.md" });
    else void asset(path, res);
  });
  const sockets = new WebSocketServer({ server, path: "/ws", verifyClient: () => !gone });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => {
      const hello = unpackr.unpack(data as Buffer) as { layers: string[] };
      const had = clients.get(socket) ?? [];
      hellos.push(hello);
      clients.set(socket, hello.layers);
      for (const s of scans) if (had.length === 0) send(socket, { t: "series", ...infoOf(s) });
      if (scan.done > 0) tiles(socket, 0, scan.done, true, had);
      if (had.length > 0) return;
      send(socket, { t: "stats", ...stats() });
    });
    socket.on("close", () => clients.delete(socket));
  });
  const timer = setInterval(() => {
    tick++;
    all({ t: "stats", ...stats() });
  }, 1000);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));

  const tell = (): void => {
    all({ t: "series", ...infoOf(scan) });
    all({ t: "stats", ...stats() });
  };
  const daemon: FakeDaemon = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get scan() {
      return scan;
    },
    hellos,
    asked,
    components: found,
    grow(rows) {
      const to = Math.min(scan.rows, scan.done + rows);
      const from = scan.done;
      Object.assign(scan, { done: to, seq: scan.seq + 1, state: "live" });
      newest = Date.now();
      if (to > from) tilesToAll(from, to);
      all({ t: "series", ...infoOf(scan) });
    },
    say(change) {
      Object.assign(scan, change);
      all({ t: "series", ...infoOf(scan) });
    },
    begin(change) {
      scan = { ...scanOf(++number), ...change };
      scans.push(scan);
      all({ t: "series", ...infoOf(scan) });
    },
    burst(rows, step) {
      scan.burst = { from: scan.done, to: scan.done + rows, step };
      daemon.grow(rows);
      tell();
    },
    catchUp(row) {
      const from = Math.max(row, scan.burst?.from ?? 0);
      Object.assign(scan, { seq: scan.seq + 1, burst: scan.burst && from > scan.burst.from ? { ...scan.burst, to: from } : null });
      tilesToAll(from, scan.done);
      tell();
    },
    refine(causal, refined) {
      Object.assign(scan, { causal, refined, seq: scan.seq + 1 });
      Object.assign(scan.denoise, { waiting: (scan.done - refined) * scan.cols });
      tilesToAll(0, scan.done);
      tell();
    },
    hold(back) {
      const waiting = held ?? [];
      held = back ? waiting : null;
      if (!back) for (const answer of waiting) answer();
    },
    event(level, code, message) {
      const e: LogEvent = { id: events.length + 1, at: Date.now(), level, code, message, series: scan.id };
      events.push(e);
      all({ t: "event", ...e });
    },
    raw(bytes) {
      for (const c of clients.keys()) c.send(bytes);
    },
    away(now) {
      gone = now;
      if (now) for (const c of clients.keys()) c.terminate();
    },
    forget(now) {
      retained = !now;
    },
    async close() {
      clearInterval(timer);
      for (const c of clients.keys()) c.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return daemon;
}
