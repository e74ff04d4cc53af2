import { Packr } from "msgpackr";
import t from "tap";
import { WebSocket } from "ws";
import { startCommand } from "../fixtures/daemon.js";

const packr = new Packr({ useRecords: false });

/** A dashboard that says hello; `raw` is its socket. */
async function aViewer(url: string): Promise<WebSocket> {
  const ws = new WebSocket(`${url.replace("http", "ws")}ws`);
  await new Promise((done, fail) => {
    ws.once("open", done);
    ws.once("error", fail);
  });
  ws.send(packr.pack({ t: "hello", v: 1, layers: [], max_rate_hz: 30 }));
  return ws;
}

t.test("a browser that stands still and one that goes away do not touch the scan", { timeout: 240_000 }, async (t) => {
  const demo = startCommand([
    "demo",
    "--once",
    "--scan",
    "64x64",
    "--size",
    "96",
    "--fps",
    "2000",
    "--http",
    "127.0.0.1:0",
    "--log-level",
    "warn",
  ]);
  const [, url] = (await demo.printed(/dashboard\s+(http\S+)/)) as unknown as [string, string];
  const still = await aViewer(url);
  still.once("message", () => still.pause());
  const leaving = await aViewer(url);
  leaving.once("message", () => leaving.terminate());
  const watching = await aViewer(url);
  const seen = new Set<string>();
  let newest = -1;
  watching.on("message", (data: Buffer) => {
    const m = packr.unpack(data) as { t: string; layer?: string; seq?: number };
    seen.add(m.t);
    if (m.t === "tile") newest = Math.max(newest, m.seq ?? 0);
  });
  t.equal(await demo.ended, 0, demo.text());
  t.match(demo.text(), /"placed":4096,"duplicate":0/);
  for (const kind of ["series", "tile", "stats"]) t.ok(seen.has(kind), `${kind} came`);
  t.ok(newest > 0);
  still.terminate();
});
