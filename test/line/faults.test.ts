import t from "tap";
import { FRAME_STATUS } from "../../src/core/map-layer.js";
import type { FrameAccount } from "../../src/core/series.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aRandom, aScan, messagesOf, played } from "../fixtures/scan.js";
import { aStand, aSuccessor, MEASURES_ONLY, SILENCE, type Stand } from "./stand.js";

const SIDE = 12;
const N = SIDE * SIDE;
const scan = aScan({ rows: SIDE, columns: SIDE, electrons: 200 });
const grid = { scan: { shape: [SIDE, SIDE] as const } };
const WHOLE: FrameAccount = {
  expected: N,
  received: N,
  placed: N,
  duplicate: 0,
  skipped: 0,
  beyond: 0,
  malformed: 0,
  out_of_order: 0,
  lost: 0,
  not_sent: 0,
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const account = (r: SeriesRun | undefined): FrameAccount | undefined => r?.account.account();
const statuses = (r: SeriesRun | undefined): Uint8Array => r?.maps.layer("frame_status")?.value as Uint8Array;

/** A whole series after whatever went before: the next one works. */
async function nextWorks(t: Tap, stand: Stand, series: number): Promise<void> {
  const before = stand.over.length;
  await stand.send(played(scan, "dectris-v2", { series }));
  await stand.until(before + 1);
  t.equal(stand.over.at(-1)?.state, "finished", "the next series works");
  t.same(account(stand.over.at(-1)), WHOLE);
}
type Tap = typeof t;

for (const receiver of ["bound", "fast"] as const) {
  t.test(`five per cent lost (${receiver})`, async (t) => {
    const random = aRandom(3);
    const sent = range(0, N).filter((i) => i === 0 || random() > 0.05);
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    await stand.send(played(scan, "dectris-v2", {}, sent));
    await stand.until(1);
    const run = stand.over[0];
    t.equal(run?.state, "finished", "a normal end with losses is finished");
    t.same(account(run), { ...WHOLE, received: sent.length, placed: sent.length, lost: N - sent.length });
    const has = new Set(sent);
    t.same(
      [...statuses(run)],
      range(0, N).map((i) => (has.has(i) ? FRAME_STATUS.received : FRAME_STATUS.lost)),
      "drawn where they are missing",
    );
    t.ok(Number.isNaN(run?.maps.layer("sum")?.value[range(0, N).find((i) => !has.has(i)) as number]), "no result is NaN");
    await nextWorks(t as Tap, stand, 2);
    await stand.close();
  });

  t.test(`aborted half way (${receiver})`, async (t) => {
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    await stand.send(played(scan, "dectris-v2", {}, range(0, N / 2)));
    await stand.until(1);
    t.equal(stand.over[0]?.state, "aborted");
    t.match(stand.over[0]?.maps.info().reason, /ended the series early/);
    t.same(account(stand.over[0]), { ...WHOLE, received: N / 2, placed: N / 2, not_sent: N / 2 });
    await nextWorks(t as Tap, stand, 2);
    await stand.close();
  });

  t.test(`duplicates, out of order, ids beyond the announced (${receiver})`, async (t) => {
    const order = [1, 0, ...range(2, N), 5, 5];
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    const m = messagesOf(scan, "dectris-v2");
    const more = messagesOf({ ...scan, payloads: [...scan.payloads, ...scan.payloads.slice(0, 3)] }, "dectris-v2");
    await stand.send([m.begin as Uint8Array[], ...order.map((i) => m.image(i)), more.image(N), more.image(N + 1), m.end as Uint8Array[]]);
    await stand.until(1);
    t.same(account(stand.over[0]), { ...WHOLE, received: N + 4, duplicate: 2, beyond: 2, out_of_order: 1 });
    await stand.close();
  });

  t.test(`killed and restarted in mid-series, same number with another unique id (${receiver})`, async (t) => {
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    const first = messagesOf(scan, "dectris-v2", { series: 1, uniqueId: "a" });
    await stand.send([first.begin as Uint8Array[], ...range(0, 40).map((i) => first.image(i))]);
    // What a dead sender had queued would go with it: here all of it has arrived.
    while (stand.line.stats().account?.received !== 40) await new Promise((r) => setTimeout(r, 5));
    await stand.sender.close();
    const again = await aSuccessor(stand, receiver);
    for (const parts of played(scan, "dectris-v2", { series: 1, uniqueId: "b" })) await again.send(parts);
    await stand.until(2);
    const [old, fresh] = [...stand.over].sort((a, b) => a.number - b.number);
    t.equal(old?.state, "aborted");
    t.match(old?.maps.info().reason, /new series began/);
    t.same(account(old), { ...WHOLE, received: 40, placed: 40, not_sent: N - 40 });
    t.equal(fresh?.state, "finished");
    t.same(account(fresh), WHOLE);
    await again.close();
    await stand.close();
  });

  t.test(`killed and never back: silence ends it (${receiver})`, async (t) => {
    const stand = await aStand({ ...grid, receiver, settings: { ...MEASURES_ONLY, ...SILENCE } });
    const m = messagesOf(scan, "dectris-v2");
    await stand.send([m.begin as Uint8Array[], ...range(0, 40).map((i) => m.image(i))]);
    await stand.until(1);
    t.equal(stand.over[0]?.state, "aborted");
    t.match(stand.over[0]?.maps.info().reason, /silence/);
    t.ok(
      stand.line.events().some((e) => e.code === "stalled"),
      "it was stalled first",
    );
    await nextWorks(t as Tap, stand, 2);
    await stand.close();
  });

  t.test(`no end message: the count ends it (${receiver})`, async (t) => {
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    const m = messagesOf(scan, "dectris-v2");
    await stand.send([m.begin as Uint8Array[], ...range(0, N).map((i) => m.image(i))]);
    await stand.until(1);
    t.equal(stand.over[0]?.state, "finished");
    t.same(account(stand.over[0]), WHOLE);
    await nextWorks(t as Tap, stand, 2);
    await stand.close();
  });

  t.test(`late join, foreign images, stale end: of no series, counted (${receiver})`, async (t) => {
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    const old = messagesOf(scan, "dectris-v2", { series: 7 });
    await stand.send([old.image(3), old.image(4), old.end as Uint8Array[]]);
    const m = messagesOf(scan, "dectris-v2", { series: 8 });
    await stand.send([
      m.begin as Uint8Array[],
      ...range(0, 10).map((i) => m.image(i)),
      old.image(5),
      ...range(10, N).map((i) => m.image(i)),
      m.end as Uint8Array[],
    ]);
    await stand.until(1);
    t.same(account(stand.over[0]), WHOLE);
    const { orphan, foreign, other } = stand.line.stats();
    t.same({ orphan, foreign, other }, { orphan: 3, foreign: 1, other: 0 });
    await stand.close();
  });

  t.test(`damaged pixels and damaged messages (${receiver})`, async (t) => {
    const stand = await aStand({ ...grid, receiver, settings: MEASURES_ONLY });
    const m = messagesOf(scan, "dectris-v2");
    const bad = scan.payloads.map((p, i) => (i === 20 ? p.map((b, k) => (k > 16 ? 255 : b)) : p));
    const damaged = messagesOf({ ...scan, payloads: bad }, "dectris-v2");
    const cut = m.image(30).map((p) => p.subarray(0, 120));
    await stand.send([
      m.begin as Uint8Array[],
      ...range(0, N).map((i) => (i === 20 ? damaged.image(20) : i === 30 ? cut : m.image(i))),
      [new Uint8Array()],
      m.end as Uint8Array[],
    ]);
    await stand.until(1);
    const a = account(stand.over[0]) as FrameAccount;
    t.equal(a.received, N + 1);
    t.equal(a.placed, N - 2);
    t.equal(a.malformed, 3);
    t.equal(a.received, a.placed + a.duplicate + a.skipped + a.beyond + a.malformed);
    t.equal(statuses(stand.over[0])[20], FRAME_STATUS.malformed);
    t.ok(Number.isNaN(stand.over[0]?.maps.layer("bf")?.value[20]));
    t.equal(await stand.line.pattern((stand.over[0] as SeriesRun).id, 1, 8, "raw"), "none");
    await nextWorks(t as Tap, stand, 2);
    await stand.close();
  });

  t.test(`serpentine, settling images and a start to skip (${receiver})`, async (t) => {
    const wide = aScan({ rows: 5, columns: 9 });
    const stand = await aStand({
      receiver,
      scan: { shape: [5, 7], order: "serpentine", lineSkip: 1, lineSkipAt: "end", skipStart: 4 },
      settings: MEASURES_ONLY,
    });
    // 4 + 5 * (7 + 1) = 44 of 45 images
    await stand.send(played(wide, "dectris-v2"));
    await stand.until(1);
    t.same(account(stand.over[0]), { ...WHOLE, expected: 44, received: 45, placed: 35, skipped: 9, beyond: 1 });
    const total = (i: number): number => (wide.frames[i] as Uint16Array).reduce((a, b) => a + b, 0);
    const sum = stand.over[0]?.maps.layer("sum")?.value as Float32Array;
    t.equal(sum[0], total(4));
    t.equal(sum[7 + 6], total(4 + 8), "every second row runs backwards");
    t.ok(
      stand.line.events().some((e) => e.code === "scan-contradiction"),
      "the count does not fit, and is told",
    );
    await stand.close();
  });

  t.test(`a count that is no count, and no shape: the guess grows with the images and fits them at the end (${receiver})`, async (t) => {
    const long = aScan({ rows: 70, columns: 70, size: 16, electrons: 20 });
    const m = messagesOf(long, "array-1.0");
    const array = await aStand({ receiver, protocol: "array-1.0", settings: { ...MEASURES_ONLY, ...SILENCE } });
    await array.send(range(0, 4900).map((i) => m.image(i)));
    await array.until(1);
    const run = array.over[0] as SeriesRun;
    t.equal(run.state, "finished", "silence is the end of a protocol without one");
    t.match(run.maps.info(), { shape: [70, 70], shape_from: "guess" });
    t.same(account(run), { ...WHOLE, expected: null, received: 4900, placed: 4900 });
    t.same(
      Array.from(run.maps.layer("sum")?.value ?? []),
      long.frames.map((f) => (f as Uint16Array).reduce((a, b) => a + b, 0)),
    );
    await array.close();
  });

  t.test(`an image number out of this world claims no memory (${receiver})`, async (t) => {
    const stand = await aStand({ receiver, protocol: "array-1.0", settings: { ...MEASURES_ONLY, ...SILENCE } });
    const m = messagesOf(scan, "array-1.0");
    const far = m
      .image(0)
      .map((p, i) => (i === 0 ? new TextEncoder().encode(new TextDecoder().decode(p).replace('"frame":0', '"frame":16000000')) : p));
    await stand.send([m.image(0), far, m.image(1)]);
    await stand.until(2);
    const [first, next] = [...stand.over].sort((a, b) => a.number - b.number);
    t.match(account(first), { received: 2, placed: 1, beyond: 1 });
    t.match(account(next), { received: 1, placed: 1 }, "a number that falls so far begins a series");
    await stand.close();
  });
}
