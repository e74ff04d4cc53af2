import t from "tap";
import { ACCOUNT_FIELDS } from "../../dashboard/lib/account-fields.js";
import { exportName } from "../../dashboard/lib/export-name.js";
import { MEASURES, NO_HISTORY, remember, sparkline } from "../../dashboard/lib/history.js";
import { applyBand, createLayerImage, filledOf, lastFilledRow, MASK, scanMask, updateMask } from "../../dashboard/lib/layer-image.js";
import { parseNpy } from "../../dashboard/lib/npy.js";
import { readPattern } from "../../dashboard/lib/pattern-stats.js";
import { readAccount, readSeries, readStats } from "../../dashboard/lib/read-message.js";
import { badge, type Situation } from "../../dashboard/lib/wording.js";
import { SERIES_STATES, type SeriesInfo } from "../../src/core/series.js";
import type { Stats } from "../../src/core/wire.js";
import { npyFile } from "./npy-file.js";

const aSeries = (over: Record<string, unknown> = {}): SeriesInfo =>
  readSeries({ id: "20261121T000000Z-1", shape: [4, 3], ...over }) as SeriesInfo;
const someStats = (over: Record<string, unknown> = {}): Stats =>
  readStats({ source: { state: "connected", endpoint: "tcp://x:1" }, backlog: 7, ...over }) as Stats;
const now = (over: Partial<Situation> = {}): Situation => ({
  connected: true,
  offlineFor: null,
  series: aSeries({ state: "live" }),
  stats: someStats(),
  frameAge: 0.2,
  ...over,
});

t.test("every state has its word, and nothing looks live when it is not", async (t) => {
  const words = SERIES_STATES.map((state) => badge(now({ series: aSeries({ state }) })).word);
  t.same(words, ["waiting", "live", "catching up", "stalled", "finished", "aborted"]);
  t.same(
    SERIES_STATES.filter((state) => badge(now({ series: aSeries({ state }) })).tone === "live"),
    ["live"],
  );
  t.match(badge(now({ connected: false })), { word: "offline", stale: true, detail: /connecting/ });
  t.match(badge(now({ connected: false, offlineFor: 4 })).detail, /4\.0 s/);
  t.match(badge(now({ series: null })), { word: "idle", detail: /detector reachable at tcp:\/\/x:1/ });
  t.match(badge(now({ series: null, stats: null })).detail, /waiting for the daemon/);
  t.match(
    badge(now({ series: null, stats: someStats({ source: { state: "disconnected", endpoint: "e" } }) })).detail,
    /e is not reachable/,
  );
  t.match(badge(now({ series: aSeries({ state: "waiting" }), stats: someStats({ source: {} }) })).detail, /connecting to/);
});

t.test("the badge gives reasons, ages and counts", async (t) => {
  const stalled = aSeries({ state: "stalled", reason: "detector armed, not triggered" });
  t.match(badge(now({ series: stalled, frameAge: 12 })), { detail: "no frames for 12 s; detector armed, not triggered", stale: true });
  t.equal(badge(now({ series: aSeries({ state: "stalled" }), frameAge: null })).detail, "no frames");
  t.match(badge(now()).detail, /newest frame 0\.2 s old/);
  t.equal(badge(now({ frameAge: null })).detail, "");
  t.match(badge(now({ series: aSeries({ state: "catching_up" }) })).detail, /7 frames wait/);
  t.match(badge(now({ series: aSeries({ state: "catching_up" }), stats: null })).detail, /0 frames wait/);
  const frames = { expected: 12, placed: 9, lost: 2, malformed: 1 };
  t.equal(badge(now({ series: aSeries({ state: "finished", frames }) })).detail, "9 of 12 placed, 2 lost, 1 malformed");
  t.match(badge(now({ series: aSeries({ state: "aborted", reason: "silence" }) })).detail, /0 of 12 placed, 0 lost; silence/);
});

t.test("every field of the account is explained", async (t) => {
  t.same(ACCOUNT_FIELDS.map((f) => f.key).sort(), Object.keys(readAccount({})).sort());
});

t.test("history keeps the last samples of every measure", async (t) => {
  let h = NO_HISTORY;
  for (let i = 0; i < 5; i++) h = remember(h, someStats({ at: 1000 * i, clients: i }), 3);
  t.same(h.time, [2, 3, 4]);
  t.same(h.columns.get("clients"), [2, 3, 4]);
  for (const m of MEASURES) {
    t.type(m.show(m.of(someStats())), "string");
    t.equal(m.alert(someStats()), false, `${m.key} is calm`);
  }
  const bad = someStats({ account: { lost: 1 }, memory: { slab_mb: 95, slab_limit_mb: 100 } });
  t.same(
    MEASURES.filter((m) => m.alert(bad)).map((m) => m.key),
    ["lost", "memory"],
  );
});

t.test("a sparkline ends at the right, reaches the top, and shows its span only", async (t) => {
  t.same(sparkline([], [], 60, 100, 20), []);
  t.same(sparkline([1], [5], 60, 100, 20), []);
  t.same(sparkline([0, 68, 100], [9, 0, 4], 64, 64, 20), [
    [32, 20],
    [64, 0],
  ]);
});

t.test("bands fill a layer; coverage and the newest row follow", async (t) => {
  const image = createLayerImage("sum", 3, 2, 1);
  t.equal(lastFilledRow(image), -1);
  const band = { series: "s", layer: "sum", rows: 3, cols: 2, channels: 1 };
  applyBand(image, { ...band, row: 1, count: 1, data: new Float32Array([5, Number.NaN]) }, false);
  t.equal(filledOf(image), 1);
  t.equal(lastFilledRow(image), 1);
  t.same([...(image.planes[0]?.rowVersion ?? [])], [1, 2, 1], "only the written row is newer");
  const status = createLayerImage("frame_status", 3, 2, 1, 0);
  applyBand(status, { ...band, row: 0, count: 2, data: new Float32Array([1, 2, 0, 3]) }, true);
  t.equal(filledOf(status), 3, "zero says not yet");
  const vector = createLayerImage("centre", 3, 2, 2);
  applyBand(vector, { ...band, channels: 2, row: 2, count: 1, data: new Float32Array([1, 2, 3, 4]) }, false);
  t.same([...(vector.planes[1]?.values.subarray(4) ?? [])], [3, 4]);
});

t.test("the mask tells not yet, pending, lost and malformed apart", async (t) => {
  const band = { series: "s", layer: "x", rows: 1, cols: 4, channels: 1, row: 0, count: 1 };
  const status = createLayerImage("frame_status", 1, 4, 1, 0);
  applyBand(status, { ...band, data: new Float32Array([0, 1, 2, 3]) }, true);
  const mask = scanMask(4, 1);
  updateMask(mask, status, undefined, 0, 1);
  t.same([...mask.values], [MASK.unknown, MASK.present, MASK.lost, MASK.malformed]);
  const tier = createLayerImage("tier", 1, 4, 1, 0);
  updateMask(mask, status, tier, 0, 1);
  t.same([...mask.values], [MASK.unknown, MASK.pending, MASK.lost, MASK.malformed], "received, not measured");
  t.equal(mask.version, 3);
});

const buffer = (b: Buffer): ArrayBuffer => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength) as ArrayBuffer;

t.test("npy files of every type are read", async (t) => {
  for (const View of [Uint8Array, Uint16Array, Uint32Array, Int16Array, Int32Array, Float32Array]) {
    const got = parseNpy(buffer(npyFile([2, 3], View.from([0, 1, 2, 3, 4, 5]) as Uint16Array)));
    t.same(got.shape, [2, 3]);
    t.ok(got.data instanceof View);
    t.same([...got.data], [0, 1, 2, 3, 4, 5]);
  }
  t.same(parseNpy(buffer(npyFile([2], new Uint8Array([1, 2])))).shape, [2]);
});

t.test("npy of version 2, and data that is not aligned", async (t) => {
  const text = "{'descr': '<u2', 'fortran_order': False, 'shape': (1,), }\n";
  const head = Buffer.concat([Buffer.from([0x93]), Buffer.from("NUMPY"), Buffer.from([2, 0, text.length, 0, 0, 0]), Buffer.from(text)]);
  const odd =
    head.length % 2 === 1 ? head : Buffer.concat([head.subarray(0, 8), Buffer.from([text.length + 1, 0, 0, 0]), Buffer.from(` ${text}`)]);
  t.equal(odd.length % 2, 1);
  t.same([...parseNpy(buffer(Buffer.concat([odd, Buffer.from([7, 1])]))).data], [263]);
});

t.test("broken npy files are named", async (t) => {
  const good = npyFile([2, 2], new Uint16Array(4));
  const text = (from: string, to: string): ArrayBuffer => buffer(Buffer.from(good.toString("latin1").replace(from, to), "latin1"));
  t.throws(() => parseNpy(new ArrayBuffer(3)), /not a .npy file/);
  t.throws(() => parseNpy(buffer(Buffer.from("<!doctype html><html>"))), /not a .npy file/);
  t.throws(() => parseNpy(buffer(good.subarray(0, 40))), /cut short/);
  t.throws(() => parseNpy(buffer(good.subarray(0, good.length - 1))), /7 bytes of data do not fill/);
  t.throws(() => parseNpy(text("'<u2'", "'>u2'")), /type >u2/);
  t.throws(() => parseNpy(text("'descr'", "'descX'")), /type missing/);
  t.throws(() => parseNpy(text("False", "True ")), /Fortran/);
  t.throws(() => parseNpy(text("'shape'", "'shapX'")), /no shape/);
  t.throws(() => parseNpy(text("(2, 2)", "(2,-2)")), /bad shape/);
});

t.test("masked and saturated pixels count for nothing", async (t) => {
  const p = readPattern(2, 2, "uint16", [4, 65_535, 0, 4]);
  t.match(p, { sum: 8, max: 4, invalid: 1, com: { row: 0.5, col: 0.5 } });
  t.ok(Number.isNaN(p.values[1]));
  t.equal(p.mask[1], MASK.masked);
  const hot = readPattern(
    64,
    64,
    "uint16",
    Uint16Array.from({ length: 4096 }, (_, i) => (i === 9 ? 60_000 : i % 8)),
  );
  t.match(hot, { max: 60_000, high: 7 }, "one hot pixel does not darken the rest");
  t.equal(readPattern(64, 64, "uint16", new Uint16Array(4096)).high, 1, "an empty frame");
  t.match(readPattern(1, 2, "int32", [-1, 3]), { sum: 3, invalid: 1 });
  t.match(readPattern(1, 2, "float32", [Number.NaN, -3]), { sum: -3, invalid: 1, com: null });
  t.match(readPattern(1, 2, "uint8", [255, 0]), { sum: 0, invalid: 1, com: null });
});

t.test("export names say what the picture is", async (t) => {
  const at = new Date(Date.UTC(2026, 10, 21));
  t.equal(exportName(aSeries({ newest_row: 1, settled_rows: 0 }), "bf", at), "2026-11-21_20261121T000000Z-1_bf_2of4_provisional");
  t.equal(exportName(aSeries({ id: "a/b c", newest_row: 3, settled_rows: 4 }), "bf", at), "2026-11-21_a-b-c_bf_4of4_final");
});
