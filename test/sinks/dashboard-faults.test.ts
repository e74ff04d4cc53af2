import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import t, { type Test } from "tap";
import { WebSocket } from "ws";
import { MapStore } from "../../src/maps/store.js";
import { FULL_BYTES } from "../../src/sinks/client.js";
import { type DashboardOptions, openDashboard } from "../../src/sinks/dashboard.js";
import { until } from "./same-maps.js";
import { aLine, aSeries, quiet, writeRow } from "./stand.js";
import { connect, HELLO, pack } from "./viewer.js";

/** The WebSocket sink on a bare server, its sockets in view. */
async function aDashboard(t: Test, options: Partial<DashboardOptions> = {}) {
  const store = new MapStore();
  const line = aLine();
  const dashboard = openDashboard({ maps: store, line, metrics: { wsClients() {} }, log: quiet, ...options });
  const sockets: Duplex[] = [];
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    sockets.push(socket);
    dashboard.upgrade(request, socket, head);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  t.teardown(async () => {
    await dashboard.close();
    server.close();
  });
  return { store, line, dashboard, sockets, base: `http://127.0.0.1:${port}` };
}

t.test("a client that stops reading costs bounded memory, holds up nobody, and ends with the newest maps", async (t) => {
  const { store, line, base, sockets } = await aDashboard(t);
  const rows = 512;
  const { maps } = aSeries(store, "a-1", rows, 512);
  const write = (round: number): void => {
    for (let r = 0; r < rows; r++) writeRow(maps, "sum", r, (i) => i + round + 0.5, round);
    maps.commit();
  };
  const slow = await connect(base);
  slow.hello();
  await slow.until("stats", () => slow.stats.length === 1);
  slow.socket.pause();
  const quick = await connect(base);
  quick.hello();
  let most = 0;
  const rounds = 24;
  for (let round = 1; round <= rounds; round++) {
    write(round);
    for (let e = 0; e < 100; e++) line.tell({ level: "info", code: "noise", message: "x".repeat(1000), series: null });
    line.tick();
    await quick.until(`round ${round}`, () => quick.seq.get("a-1") === round);
    for (const s of sockets) most = Math.max(most, s.writableLength);
  }
  t.ok(most > FULL_BYTES / 2, "the slow client was held back");
  t.ok(most < 3 * FULL_BYTES, `${most} unsent bytes at most, of ${rounds} MB`);
  t.ok(quick.tiles.length >= rounds, "the other got every round");
  slow.socket.resume();
  await slow.until("the newest", () => slow.seq.get("a-1") === maps.seq);
  t.ok(slow.tiles.length < quick.tiles.length, `${slow.tiles.length} tiles instead of ${quick.tiles.length}`);
  t.same(slow.maps.get("a-1/sum"), quick.maps.get("a-1/sum"));
  line.tick();
  await slow.until("the mark", () => slow.stats.some((s) => s.reduced_rate === true));
  t.notOk(quick.stats.some((s) => s.reduced_rate));
  for (const v of [slow, quick]) await v.close();
});

t.test("what is no hello ends the connection with a reason", async (t) => {
  const { base } = await aDashboard(t);
  const send = async (data: string | Uint8Array) => {
    const v = await connect(base);
    v.socket.send(data);
    return v.closed;
  };
  t.match(await send("hello"), { code: 1002, reason: /binary/ });
  t.match(await send(new Uint8Array([0xc1])), { code: 1002, reason: /MessagePack/ });
  t.match(await send(pack({ ...HELLO, v: 2 })), { code: 1002, reason: /version 1/ });
  t.match(await send(pack({ ...HELLO, layers: 7 })), { code: 1008, reason: /layers/ });
  t.match(await send(new Uint8Array(17 * 1024)), { code: 1009 });
});

t.test("no hello in time", async (t) => {
  // Long enough to say hello on a busy machine.
  const { base } = await aDashboard(t, { helloMs: 2000 });
  const polite = await connect(base);
  polite.hello();
  await polite.until("stats", () => polite.stats.length === 1);
  const silent = await connect(base);
  t.match(await silent.closed, { code: 1008, reason: "no hello" });
  t.equal(polite.socket.readyState, WebSocket.OPEN);
  await polite.close();
});

t.test("floods, of hellos or of garbage, end the one connection and not the others", async (t) => {
  const { base, store, dashboard } = await aDashboard(t);
  const witness = await connect(base);
  witness.hello();
  const polite = await connect(base);
  for (let i = 0; i < 500; i++) polite.hello();
  t.match(await polite.closed, { code: 1008, reason: /too many/ });
  const rude = await connect(base);
  for (let i = 0; i < 500; i++) rude.socket.send(Buffer.from(Array.from({ length: 200 }, (_, k) => (i * 31 + k * 17) % 256)));
  t.match(await rude.closed, { code: 1002 });
  const raw = await connect(base);
  raw.socket.on("error", () => {});
  (raw.socket as unknown as { _socket: Duplex })._socket.write(Buffer.alloc(100_000, 0xff));
  await raw.closed;
  const { maps } = aSeries(store, "a-1");
  writeRow(maps, "sum", 0, (i) => i);
  maps.commit();
  await witness.until("the row", () => witness.maps.has("a-1/sum"));
  await until("the others are gone", () => dashboard.clients() === 1);
  await witness.close();
});

t.test("a client that no longer answers is dropped, one that does stays", async (t) => {
  const { base, dashboard } = await aDashboard(t, { pingMs: 1500 });
  const dead = new WebSocket(`${base.replace("http", "ws")}/ws`, { autoPong: false });
  const alive = await connect(base);
  await new Promise((gone) => dead.on("close", gone));
  await until("one is left", () => dashboard.clients() === 1);
  t.equal(alive.socket.readyState, WebSocket.OPEN);
  await alive.close();
});

t.test("so many clients and no more", async (t) => {
  const counts: number[] = [];
  const { base } = await aDashboard(t, { metrics: { wsClients: (n) => void counts.push(n) } });
  const all = await Promise.all(Array.from({ length: 64 }, () => connect(base)));
  const more = await connect(base);
  t.match(await more.closed, { code: 1013, reason: /64/ });
  t.equal(Math.max(...counts), 64);
  await all[0]?.close();
  const next = await connect(base);
  next.hello();
  await next.until("stats", () => next.stats.length === 1);
  for (const v of [...all, next]) v.socket.terminate();
});

t.test("the daemon stops: clients are told, and one that does not listen does not hold it up", async (t) => {
  const { base, dashboard, store } = await aDashboard(t);
  const v = await connect(base);
  v.hello();
  const stuck = await connect(base);
  stuck.socket.pause();
  await dashboard.close();
  t.match(await v.closed, { code: 1001 });
  t.equal(dashboard.clients(), 0);
  aSeries(store, "a-1").maps.commit();
  stuck.socket.terminate();
});
