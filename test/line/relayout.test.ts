import t from "tap";
import { FRAME_STATUS } from "../../src/core/map-layer.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, messagesOf, played } from "../fixtures/scan.js";
import { aStand, SILENCE } from "./stand.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

t.test("another grid keeps the mask, the bad images and the account", async (t) => {
  const scan = aScan({ rows: 8, columns: 8, electrons: 200 });
  const bright = 10 * scan.size + 11;
  const mask = new Uint8Array(scan.size * scan.size);
  mask[bright] = 1;
  const frames = scan.frames.map((f) => {
    const g = Uint16Array.from(f);
    g[bright] = 500;
    return g;
  });
  const payloads = frames.map((f, i) => (i === 30 ? encodeBslz4(f, 2).map((b, k) => (k > 16 ? 255 : b)) : encodeBslz4(f, 2)));
  const stand = await aStand({ scan: { shape: [8, 8] } });
  const m = messagesOf({ ...scan, frames, payloads }, "dectris-v2", { mask });
  const cut = m.image(20).map((p) => p.subarray(0, 120));
  await stand.send([
    m.begin as Uint8Array[],
    ...range(0, 64)
      .filter((i) => i !== 40)
      .map((i) => (i === 20 ? cut : m.image(i))),
    m.end as Uint8Array[],
  ]);
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const account = run.account.account();
  t.match(account, { received: 63, placed: 61, malformed: 2, lost: 1 });
  for (const [n, [rows, columns]] of (
    [
      [4, 16],
      [16, 4],
      [8, 8],
    ] as const
  ).entries()) {
    await stand.line.reshape(run.id, rows, columns);
    await stand.until(2 + n);
    t.same(run.account.account(), account, `${rows} x ${columns}`);
    const status = run.maps.layer("frame_status")?.value ?? [];
    t.same(
      [20, 30, 40, 41].map((i) => status[i]),
      [FRAME_STATUS.malformed, FRAME_STATUS.malformed, FRAME_STATUS.lost, FRAME_STATUS.received],
    );
    const sum = run.maps.layer("sum")?.value ?? [];
    const right = (i: number): number => (frames[i] as Uint16Array).reduce((a, b) => a + b, 0) - 500;
    t.same(
      [0, 1, 63].map((i) => sum[i]),
      [0, 1, 63].map(right),
      "masked as before",
    );
  }
  const mean = await stand.line.summary(run.id, "mean");
  t.ok(mean !== "none" && Number.isNaN(mean.pixels[bright]), "and so is the mean");
  t.equal(run.maps.layer("sum")?.maxRevision !== undefined, true);
  await stand.close();
});

t.test("one stray image beyond the scan changes no ending", async (t) => {
  const scan = aScan({ rows: 12, columns: 12, electrons: 50 });
  const longer = messagesOf({ ...scan, payloads: [...scan.payloads, ...scan.payloads] }, "dectris-v2");
  const m = messagesOf(scan, "dectris-v2");
  const stand = await aStand({ scan: { shape: [12, 12] } });
  await stand.send([
    m.begin as Uint8Array[],
    ...range(0, 36).map((i) => m.image(i)),
    longer.image(200),
    ...range(36, 72).map((i) => m.image(i)),
    m.end as Uint8Array[],
  ]);
  await stand.until(1);
  t.equal(stand.over[0]?.state, "aborted");
  t.match(stand.over[0]?.account.account(), { placed: 72, beyond: 1, lost: 0, not_sent: 72, out_of_order: 0 });
  await stand.close();
});

t.test("the padding of a guessed grid is not lost", async (t) => {
  const scan = aScan({ rows: 1, columns: 127, electrons: 20, size: 16 });
  const stand = await aStand({ protocol: "array-1.0", settings: SILENCE });
  await stand.send(played(scan, "array-1.0"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.notOk(run.maps.layer("frame_status")?.value.includes(FRAME_STATUS.lost));
  t.notOk(stand.line.events().some((e) => e.code === "frames-lost"));
  t.match(run.account.account(), { placed: 127, lost: 0 });
  await stand.close();
});

t.test("listed positions on another grid, a repeated one, and several frames each", async (t) => {
  const scan = aScan({ rows: 4, columns: 4, electrons: 50 });
  const total = (i: number): number => (scan.frames[i] as Uint16Array).reduce((a, b) => a + b, 0);
  const positions = [[0, 0], [1, 0], [3, 3], [1, 0], ...range(4, 16).map((i) => [Math.floor(i / 4), i % 4])] as [number, number][];
  for (const lanes of [1, 3]) {
    const stand = await aStand({ scan: { shape: [4, 4], order: "positions", positions }, settings: { "lanes.pixel": lanes } });
    await stand.send(played(scan, "dectris-v2"));
    await stand.until(1);
    const run = stand.over[0] as SeriesRun;
    const sum = run.maps.layer("sum")?.value ?? [];
    t.same([sum[0], sum[4]], [total(0), total(1)], "the first image of a repeated position is the one that is shown");
    await stand.line.reshape(run.id, 2, 8);
    await stand.until(2);
    t.equal(run.maps.layer("sum")?.value[8], total(1), "(1, 0) stays (1, 0) with other columns");
    await stand.close();
  }
});

t.test("a channel that the stream does not have is told", async (t) => {
  const scan = aScan({ rows: 2, columns: 2, electrons: 50 });
  const stand = await aStand({ settings: { "source.channel": "nope" } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  t.match(stand.line.events().find((e) => e.code === "channel-missing")?.message, /nope.*threshold_1 drives/);
  await stand.close();
});
