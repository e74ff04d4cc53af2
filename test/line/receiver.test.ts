import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import t from "tap";
import type { Line } from "../../src/line/line.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, messagesOf, played } from "../fixtures/scan.js";
import { bytesOf, greetingOf, messageOf } from "../fixtures/zmtp.js";
import { aLine, aStand, aSuccessor, MEASURES_ONLY } from "./stand.js";

const SIDE = 10;
const N = SIDE * SIDE;
const scan = aScan({ rows: SIDE, columns: SIDE });
const grid = { shape: [SIDE, SIDE] as const, shapeByFlag: true };
const settings = { ...MEASURES_ONLY, "memory.backlog_mb": 64, "memory.frames_mb": 64 };

const come = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const codes = (line: Line): string[] => line.events().map((e) => e.code);

async function listening(serve: (s: Socket) => void): Promise<{ endpoint: string; close: () => void }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((s) => {
    sockets.push(s);
    s.on("error", () => undefined);
    serve(s);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const s of sockets) s.destroy();
      server.close();
    },
  };
}

t.test("a sender that leaves and one that comes in its place: links are told, series are whole", async (t) => {
  const stand = await aStand({ receiver: "fast", scan: grid, settings: MEASURES_ONLY });
  await stand.send(played(scan, "dectris-v2", { series: 1 }));
  await stand.until(1);
  t.equal(stand.line.stats().source.state, "connected");
  await stand.sender.close();
  await come(() => stand.line.stats().source.state === "disconnected");
  const again = await aSuccessor(stand, "fast");
  for (const m of played(scan, "dectris-v2", { series: 2 })) await again.send(m);
  await stand.until(2);
  t.same(
    stand.over.map((s) => [s.state, s.account.account().placed]),
    [
      ["finished", N],
      ["finished", N],
    ],
  );
  t.same(
    codes(stand.line).filter((c) => c.startsWith("source-")),
    ["source-connected", "source-disconnected", "source-connected"],
  );
  await again.close();
  await stand.close();
});

t.test("frames that a reader had to put together are copied", async (t) => {
  const stand = await aStand({ receiver: "fast", scan: grid, settings: MEASURES_ONLY });
  const m = messagesOf(scan, "dectris-v2");
  const chunked = (message: Uint8Array, payload: Uint8Array): Uint8Array => {
    const bytes = Buffer.from(message);
    const at = bytes.indexOf(payload);
    // The length of the byte string stands in front of it, in 2 bytes behind 0x59.
    const [a, b] = [payload.subarray(0, 20), payload.subarray(20)];
    const head = Buffer.from([0x59, b.length >> 8, b.length & 255]);
    return bytesOf(bytes.subarray(0, at - 3), [0x5f, 0x54], a, head, b, [0xff], bytes.subarray(at + payload.length));
  };
  await stand.send([m.begin as Uint8Array[]]);
  for (let i = 0; i < N; i++)
    await stand.send([i % 3 ? m.image(i) : [chunked(m.image(i)[0] as Uint8Array, scan.payloads[i] as Uint8Array)]]);
  await stand.send([m.end as Uint8Array[]]);
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.equal(run.account.account().placed, N);
  t.same(
    Array.from(run.maps.layer("sum")?.value ?? []),
    scan.frames.map((f) => (f as Uint16Array).reduce((a, b) => a + b, 0)),
  );
  await stand.close();
});

t.test("a sender too old for the fast receiver: auto goes over to zeromq.js", async (t) => {
  const messages = [...played(scan, "dectris-v2")];
  const old = await listening((s) => {
    // ZMTP 2.0: signature, revision 1, socket type PUSH, an empty identity; then frames as today.
    s.write(bytesOf([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 8, 0, 0]));
    let heard = 0;
    s.on("data", (b: Buffer) => {
      heard += b.length;
      // Its whole greeting and identity have come: it is one that speaks ZMTP 2.
      if (heard === 14) s.write(bytesOf(...messages.map((m) => messageOf(...m))));
    });
  });
  const line = await aLine({ ...settings, "source.endpoint": old.endpoint }, grid);
  const over: SeriesRun[] = [];
  line.onOver((s) => over.push(s));
  await come(() => over.length === 1);
  t.equal(over[0]?.account.account().placed, N);
  t.ok(codes(line).includes("source-refused"), "and that is told");
  await line.close();
  old.close();
});

t.test("a sender that wants encryption: told, counted, tried again", async (t) => {
  const strange = await listening((s) => s.write(greetingOf({ mechanism: "CURVE" })));
  const line = await aLine({ ...settings, "source.endpoint": strange.endpoint });
  await come(() => codes(line).includes("source-refused"));
  t.match(line.events().find((e) => e.code === "source-refused")?.message, /security mechanism "CURVE", only NULL/);
  t.equal(line.stats().source.state, "connecting");
  await line.close();
  strange.close();
});
