import t from "tap";
import type { SeriesBegin } from "../../src/core/detector.js";
import { type EndFacts, endedNormally, endReason } from "../../src/line/ending.js";
import { mapBytes } from "../../src/line/map-memory.js";
import { orientation } from "../../src/line/mount.js";
import { MAX_GUESS, planScan, type ScanSettings } from "../../src/line/scan-plan.js";
import { combineMasks, countLimits } from "../../src/line/series-options.js";

const aBegin = (o: Partial<SeriesBegin> = {}): SeriesBegin => ({
  key: "1",
  wireSeries: 1,
  wireUniqueId: null,
  expected: 100,
  channels: ["a"],
  channel: "a",
  height: null,
  width: null,
  type: null,
  mask: null,
  flatfield: null,
  saturation: null,
  errorValue: null,
  scan: {},
  meta: {},
  implied: false,
  ...o,
});
const NONE: ScanSettings = {
  shape: null,
  shapeByFlag: false,
  order: "raster",
  skipStart: 0,
  lineSkip: 0,
  lineSkipAt: "start",
  framesPerPosition: 1,
  mostMapBytes: 2 ** 32,
  step: 0,
  positions: null,
};
const shape = (p: ReturnType<typeof planScan>): unknown => [p.grid.rows, p.grid.columns, p.from];

t.test("a scan whose maps do not fit into memory: the rows that do, and a word about the rest", async (t) => {
  const shape = [4096, 4096] as const;
  const whole = planScan({ ...NONE, shape }, aBegin({ expected: 4096 ** 2 }), null);
  t.same([whole.grid.rows, whole.expected, whole.notes], [4096, 4096 ** 2, []]);
  t.ok(mapBytes(whole.grid) < 190 * 4096 ** 2, "about 185 bytes per position");
  const most = 100 * 2 ** 20;
  for (const [framesPerPosition, order] of [
    [1, "raster"],
    [3, "serpentine"],
  ] as const) {
    const settings = { ...NONE, shape, framesPerPosition, order, mostMapBytes: most };
    const cut = planScan(settings, aBegin({ expected: framesPerPosition * 4096 ** 2 }), null);
    t.ok(cut.grid.rows > 1 && mapBytes(cut.grid) <= most, `${cut.grid.rows} rows`);
    t.ok(mapBytes({ ...cut.grid, rows: cut.grid.rows + 1 }) > most, "as many as fit");
    t.equal(cut.expected, cut.grid.rows * 4096 * framesPerPosition);
    t.match(cut.notes[0], /maps_mb allows 100 MiB: rows from \d+ on are counted as beyond/);
  }
  t.equal(planScan({ ...NONE, shape: [10, 60_000], mostMapBytes: 1 }, aBegin({ expected: 600_000 }), null).grid.rows, 1, "one at least");
});

t.test("the shape of the scan, by precedence", async (t) => {
  const stream = aBegin({ scan: { shape: [5, 20] } });
  t.same(shape(planScan({ ...NONE, shape: [10, 10], shapeByFlag: true }, stream, null)), [10, 10, "flag"]);
  t.same(shape(planScan({ ...NONE, shape: [10, 10] }, stream, null)), [5, 20, "stream"]);
  t.same(shape(planScan({ ...NONE, shape: [10, 10] }, aBegin(), null)), [10, 10, "config"]);
  t.same(shape(planScan(NONE, aBegin(), null)), [10, 10, "guess"]);
  t.same(shape(planScan({ ...NONE, shape: [10, 10], shapeByFlag: true }, stream, [4, 25])), [4, 25, "operator"]);
});

t.test("contradictions are told, with both sources", async (t) => {
  t.match(planScan({ ...NONE, shape: [10, 10] }, aBegin({ scan: { shape: [5, 20] } }), null).notes, [
    /5 x 20 \(the stream\).*configuration says 10 x 10/,
  ]);
  t.match(planScan({ ...NONE, shape: [10, 10] }, aBegin({ expected: 90 }), null).notes, [/needs 100 images, the detector announced 90/]);
  t.same(planScan({ ...NONE, shape: [10, 10] }, aBegin(), null).notes, []);
  t.match(planScan(NONE, aBegin({ scan: { shape: [60000, 60000] } }), null).notes, [/is not used/]);
});

t.test("how many images are expected", async (t) => {
  t.equal(planScan({ ...NONE, shape: [10, 10] }, aBegin({ expected: null }), null).expected, 100);
  t.equal(
    planScan({ ...NONE, shape: [10, 10] }, aBegin({ expected: 100_000 }), null).expected,
    100,
    "software often announces far too many",
  );
  t.equal(planScan(NONE, aBegin({ expected: null }), null).expected, null);
  t.same(shape(planScan(NONE, aBegin({ expected: null }), null)), [64, 64, "guess"]);
  t.same(shape(planScan(NONE, aBegin({ expected: null }), null, 36)), [6, 6, "guess"]);
  t.same(shape(planScan({ ...NONE, lineSkip: 1 }, aBegin({ expected: 72 }), null)), [8, 8, "guess"], "settling images are no positions");
});

t.test("a guess claims no memory for what nobody will send", async (t) => {
  t.same(shape(planScan(NONE, aBegin({ expected: 1e9 }), null)), [64, 64, "guess"], "such a number is no count");
  const { grid } = planScan(NONE, aBegin({ expected: null }), null, 1e12);
  t.ok(grid.rows * grid.columns <= MAX_GUESS);
});

t.test("listed positions, and the stream's own words", async (t) => {
  const positions = [
    [0, 1],
    [1, 0],
    [5, 0],
  ] as const;
  const listed = { ...NONE, order: "positions" as const, positions, shape: [2, 2] as const };
  t.match(planScan(listed, aBegin({ scan: { order: "raster" } }), null).grid, {
    order: "positions",
    positions: Int32Array.from([1, 2, -1]),
  });
  t.same(planScan(listed, aBegin(), [6, 3]).grid.positions, Int32Array.from([1, 3, 15]), "in the columns of the grid that is really used");
  const { grid } = planScan(
    NONE,
    aBegin({ scan: { shape: [2, 3], order: "serpentine", lineSkip: 1, lineSkipAt: "end", skipStart: 2, stepNm: 4 } }),
    null,
  );
  t.match(grid, { order: "serpentine", lineSkip: 1, lineSkipAt: "end", skipStart: 2, step: 4 });
});

const facts = (o: Partial<EndFacts> = {}): EndFacts => ({
  how: "end",
  expected: 1000,
  highest: 999,
  missing: 0,
  longest: 0,
  complete: false,
  implied: false,
  ...o,
});
t.test("what is a normal end", async (t) => {
  t.ok(endedNormally(facts({ how: "superseded", complete: true })));
  t.ok(endedNormally(facts()), "the last image came");
  t.ok(endedNormally(facts({ highest: 998 })), "one image short");
  t.notOk(endedNormally(facts({ highest: 900 })), "a tenth short without any other loss is an abort");
  t.ok(endedNormally(facts({ highest: 994, missing: 300, longest: 4 })), "a tail like the losses before it");
  t.ok(endedNormally(facts({ highest: 950, missing: 60, longest: 60 })), "a tail no longer than a gap before it");
  t.notOk(endedNormally(facts({ highest: -1 })), "nothing came");
  t.notOk(endedNormally(facts({ highest: 980, missing: 30, longest: 2 })), "a tail far longer than chance");
  t.notOk(endedNormally(facts({ how: "silence" })));
  t.ok(endedNormally(facts({ how: "silence", implied: true, expected: null })));
  t.notOk(endedNormally(facts({ how: "silence", implied: true, expected: null, highest: -1 })));
  t.ok(endedNormally(facts({ expected: null })));
});
t.test("its reason in words", async (t) => {
  t.match(endReason(facts({ how: "superseded" }), false), /new series began/);
  t.match(endReason(facts({ how: "stopped" }), false), /stopped/);
  t.match(endReason(facts({ how: "silence" }), false), /no message/);
  t.match(endReason(facts({ how: "silence" }), true), /no end message/);
  t.match(endReason(facts({ how: "count" }), true), /all images came/);
  t.match(endReason(facts(), false), /early/);
  t.equal(endReason(facts(), true), null);
});

t.test("which counts are data", async (t) => {
  const plain = { saturation: null, errorValue: null };
  t.same(countLimits("uint8", plain), { low: 0, high: 254 });
  t.same(countLimits("uint16", plain), { low: 0, high: 65533 });
  t.same(countLimits("int16", { saturation: 32766, errorValue: -32768 }), { low: -32767, high: 32765 });
  t.same(countLimits("uint32", { saturation: 1000, errorValue: 900 }), { low: 0, high: 899 });
  t.same(countLimits("float32", { saturation: 10, errorValue: 1 }), { low: -Number.MAX_VALUE, high: Number.MAX_VALUE });
});

t.test("masks of stream and operator together", async (t) => {
  const frame = { height: 1, width: 3 };
  const stream = Uint8Array.from([1, 0, 0]);
  const given = { ...frame, pixels: Uint8Array.from([0, 0, 1]) };
  t.same(combineMasks(frame, stream, given), { mask: Uint8Array.from([1, 0, 1]), problem: null });
  t.same(combineMasks(frame, null, given).mask, given.pixels);
  t.same(combineMasks(frame, stream, null).mask, stream);
  t.match(combineMasks(frame, stream, { height: 3, width: 3, pixels: new Uint8Array(9) }), {
    mask: stream,
    problem: /3 x 3.*1 x 3.*not used/,
  });
  t.match(combineMasks(frame, new Uint8Array(9), null), { mask: null, problem: /9 pixels/ });
});

t.test("flips come before the transpose", async (t) => {
  t.same(orientation({ flipRows: false, flipCols: false, transpose: false })(1, 2), [1, 2]);
  t.same(orientation({ flipRows: true, flipCols: false, transpose: true })(1, 2), [2, -1]);
  t.same(orientation({ flipRows: false, flipCols: true, transpose: false })(1, 2), [1, -2]);
});
