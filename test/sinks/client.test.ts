import t from "tap";
import type { WebSocket } from "ws";
import { MapStore } from "../../src/maps/store.js";
import { createClient, FULL_BYTES, type Press } from "../../src/sinks/client.js";
import { aLine, aSeries, writeRow } from "./stand.js";
import { HELLO } from "./viewer.js";

/** A socket that takes everything, and says what we want it to say. */
function aSocket() {
  const sent: string[] = [];
  const told: (() => void)[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send(bytes: Uint8Array, done: () => void) {
      sent.push(Buffer.from(bytes).toString());
      told.push(done);
    },
  };
  return { socket, sent, told, ws: socket as unknown as WebSocket };
}

const bytes = (s: string): Uint8Array => Buffer.from(s);
/** A press that writes what it is asked for. */
function aPress(): Press & { changed(whole?: string): void } {
  let n = 0;
  let told = { urgent: "u", whole: () => "w0", packed: () => bytes("series") };
  return {
    tile: (s, run) => bytes(`tile ${s.id} ${run.layer.name} ${run.row}+${run.rows}`),
    message: (m) => bytes(m.t),
    series: () => told,
    changed(whole = `w${++n}`) {
      told = { urgent: "u", whole: () => whole, packed: () => bytes("series") };
    },
  };
}

function aScene() {
  const store = new MapStore();
  const { maps } = aSeries(store, "a", 4, 2);
  const { socket, sent, told, ws } = aSocket();
  let drained = 0;
  const client = createClient({
    socket: ws,
    maps: store,
    line: aLine(),
    drained: () => {
      drained++;
    },
  });
  const press = aPress();
  const change = (row: number): void => {
    writeRow(maps, "sum", row, (i) => i);
    maps.commit();
    client.mark("a");
  };
  return { store, maps, socket, sent, told, client, press, change, drained: () => drained };
}

t.test("the first change after a pause goes at once, the next one when it is due", async (t) => {
  const { client, press, change, sent } = aScene();
  t.equal(client.pump(0, press), Number.POSITIVE_INFINITY, "no hello yet");
  client.hello({ ...HELLO, max_rate_hz: 10 });
  change(0);
  t.equal(client.pump(1000, press), Number.POSITIVE_INFINITY, "nothing is left to do");
  t.same(sent, ["series", "stats", "tile a sum 0+4"]);
  change(1);
  change(2);
  t.equal(client.pump(1050, press), 1100);
  t.equal(client.pump(1100, press), Number.POSITIVE_INFINITY);
  t.same(sent.slice(3), ["tile a sum 1+2"]);
  change(3);
  client.pump(2000, press);
  t.same(sent.slice(4), ["tile a sum 3+1"]);
});

t.test("an account that changes is told four times a second, and the last one is not forgotten", async (t) => {
  const { client, press, sent } = aScene();
  client.hello(HELLO);
  client.pump(1000, press);
  press.changed();
  t.equal(client.pump(1001, press), 1250);
  t.same(sent, ["series", "stats"]);
  t.equal(client.pump(1250, press), Number.POSITIVE_INFINITY);
  t.same(sent, ["series", "stats", "series"]);
  press.changed("w1");
  t.equal(client.pump(2000, press), Number.POSITIVE_INFINITY);
  t.equal(sent.length, 3, "an update that changed no word of it");
});

t.test("a full socket: nothing more is sent, the round goes on when it has room", async (t) => {
  const { client, press, change, sent, socket, told, drained } = aScene();
  client.hello(HELLO);
  client.pump(0, press);
  sent.length = 0;
  told.length = 0;
  change(0);
  socket.bufferedAmount = FULL_BYTES;
  client.pump(100, press);
  t.same(sent, ["tile a sum 0+4"]);
  change(2);
  client.stats();
  t.equal(client.pump(1000, press), Number.POSITIVE_INFINITY, "the socket will say when");
  t.equal(sent.length, 1);
  t.equal(drained(), 0);
  socket.bufferedAmount = 10;
  told[0]?.();
  t.equal(drained(), 1);
  t.ok(client.pump(1001, press) < 1001, "the round was over: the next is due at once");
  client.pump(1002, press);
  t.same(sent.slice(1), ["stats", "tile a sum 2+1"]);
});

t.test("a series that is gone wakes nobody", async (t) => {
  const { client, press, change, store, sent } = aScene();
  client.hello(HELLO);
  client.pump(0, press);
  aSeries(store, "b");
  store.drop("a");
  client.pump(1, press);
  sent.length = 0;
  change(1);
  t.equal(client.pump(1000, press), Number.POSITIVE_INFINITY);
  t.same(sent, []);
});

t.test("nothing goes to a socket that is closing", async (t) => {
  const { client, press, change, socket, sent } = aScene();
  client.hello(HELLO);
  change(0);
  socket.readyState = 2;
  t.equal(client.pump(0, press), Number.POSITIVE_INFINITY);
  t.same(sent, []);
});
