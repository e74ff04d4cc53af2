import fc from "fast-check";
import t from "tap";
import { MEASURES } from "../../dashboard/lib/history.js";
import { applyBand, createLayerImage, MASK, scanMask, updateMask, waitingIn } from "../../dashboard/lib/layer-image.js";
import { nearby } from "../../dashboard/lib/nearby.js";
import { overloadNotice } from "../../dashboard/lib/overload-words.js";
import { readStats } from "../../dashboard/lib/read-message.js";
import type { OverloadStats, Stats } from "../../src/core/wire.js";
import { featuresStep, MAX_LEVEL, onGrid } from "../../src/line/overload.js";

const someStats = (overload: Partial<OverloadStats>, over: Record<string, unknown> = {}): Stats =>
  readStats({ overload: { catch_up_s: 0, ...overload }, memory: { slab_mb: 300, slab_limit_mb: 1000 }, backlog: 5, ...over }) as Stats;

t.test("on a regular grid what waits is drawn with a nearest position that has a value", async () => {
  const size = 128;
  fc.assert(
    fc.property(fc.nat(featuresStep(MAX_LEVEL)), fc.nat(63), fc.nat(63), (step, row, col) => {
      const has = (r: number, c: number): boolean => r < size && c < size && onGrid(step, r, c);
      const at = nearby(has, row, col);
      if (!at || !has(...at)) return false;
      const far = (r: number, c: number): number => Math.hypot(r - row, c - col);
      const side = 2 ** Math.ceil(step / 2);
      let best = Number.POSITIVE_INFINITY;
      for (let r = row - side; r <= row + side; r++)
        for (let c = col - side; c <= col + side; c++) if (r >= 0 && c >= 0 && has(r, c)) best = Math.min(best, far(r, c));
      return far(...at) === best;
    }),
    { numRuns: 500 },
  );
});

t.test("nothing is borrowed from far away", async (t) => {
  t.equal(
    nearby((r) => r >= 64, 20, 20),
    null,
  );
  t.same(
    nearby((r, c) => r === 3 && c === 3, 3, 3),
    [3, 3],
    "a value of its own comes first",
  );
});

t.test("what waits is counted, row by row", async (t) => {
  const band = { series: "s", layer: "x", rows: 2, cols: 3, channels: 1, row: 0, count: 2 };
  const status = createLayerImage("frame_status", 2, 3, 1, 0);
  const tier = createLayerImage("tier", 2, 3, 1, 0);
  const mask = scanMask(3, 2);
  applyBand(status, { ...band, data: new Float32Array([1, 1, 2, 1, 0, 1]) }, true);
  applyBand(tier, { ...band, data: new Float32Array([1, 0, 0, 0, 0, 0]) }, true);
  updateMask(mask, status, tier, 0, 2);
  t.same([...mask.values], [MASK.present, MASK.pending, MASK.lost, MASK.pending, MASK.unknown, MASK.pending]);
  t.equal(waitingIn(mask), 3);
  applyBand(tier, { ...band, row: 1, count: 1, data: new Float32Array([1, 0, 1]) }, true);
  updateMask(mask, status, tier, 1, 1);
  t.equal(waitingIn(mask), 1);
});

t.test("the notice is there while something is put off or behind, and only then", async (t) => {
  t.equal(overloadNotice(someStats({}), true), null);
  t.equal(overloadNotice(someStats({}, { backlog: 900 }), true), null, "frames on their way are no overload");
  for (const some of [{ measured_one_in: 2 }, { features_one_in: 2 }, { waiting_measures: 1 }, { waiting_features: 1 }, { catch_up_s: 1 }])
    t.ok(overloadNotice(someStats(some), true), JSON.stringify(some));
  t.ok(overloadNotice(someStats({ catch_up_s: null }), true));
  t.equal(overloadNotice(someStats({ measured_one_in: 4, features_one_in: 16 }), false), null, "the grid of a scan that is over");
  t.match(overloadNotice(someStats({}), true, true), { headline: /Caught up/, forecast: "" }, "its end is told");
});

t.test("it says what is measured at once", async (t) => {
  const head = (o: Partial<OverloadStats>, scanning = true): string | undefined => overloadNotice(someStats(o), scanning)?.headline;
  t.match(head({ measured_one_in: 4, features_one_in: 32 }), /1 in 4 positions live, features of 1 in 32/);
  t.notMatch(head({ measured_one_in: 4 }), /features/);
  t.match(head({ features_one_in: 4 }), /every position live, features of 1 in 4/);
  t.match(head({ waiting_features: 9 }), /Catching up: every position live, .* newest first/);
  t.match(head({ waiting_features: 9, features_one_in: 4 }, false), /after the scan: .* newest first/);
  t.match(head({ waiting_measures: 9, measured_one_in: 4 }, false), /after the scan: 1 in 4 positions first, then the rest/);
  t.match(head({ catch_up_s: 3 }), /behind the detector/);
});

t.test("it says how much waits, in how much memory", async (t) => {
  const facts = (o: Partial<OverloadStats>, over?: Record<string, unknown>): string => {
    const n = overloadNotice(someStats({ catch_up_s: 2, ...o }, over), true);
    return `${n?.waiting}; ${n?.memory}`.replaceAll("\u2009", "");
  };
  t.equal(facts({}, { backlog: 1 }), "1 frame waits to be measured; memory 30 % full (300 of 1000 MB)");
  t.match(
    facts({ waiting_measures: 12_000, waiting_features: 1 }, { backlog: 12_400 }),
    /^12400 frames wait to be measured, 1 for features;/,
  );
  t.match(facts({}, { memory: { slab_mb: 990, slab_limit_mb: 1000 } }), /99 % full.*; when it is full, frames are lost/);
  t.match(overloadNotice(someStats({ catch_up_s: 1 }, { memory: { slab_mb: 990, slab_limit_mb: 1000 } }), true), {
    tight: true,
  });
  t.match(overloadNotice(someStats({ catch_up_s: 1 }, { memory: {} }), true), { tight: false });
});

t.test("it says when everything is on the maps, or that it will not be while frames come like this", async (t) => {
  const when = (o: Partial<OverloadStats>, over: Record<string, unknown> = {}, scanning = true): string | undefined =>
    overloadNotice(someStats({ measured_one_in: 2, ...o }, over), scanning)?.forecast;
  t.match(when({ catch_up_s: null }), /after the scan, not at this rate/);
  t.equal(when({ catch_up_s: null }, {}, false), "No forecast yet");
  t.equal(when({ catch_up_s: 0 }), "Nearly caught up");
  t.equal(when({ catch_up_s: 12 }, { frames_in_hz: 500, frames_done_hz: 900 }), "All on the maps in about 12 s");
  t.equal(when({ catch_up_s: 12 }, { frames_in_hz: 900, frames_done_hz: 500 }), "All on the maps in about 12 s, after the scan");
  t.equal(when({ catch_up_s: 12 }, {}, false), "All on the maps in about 12 s");
});

t.test("what is put off has a history", async (t) => {
  const s = someStats({ measured_one_in: 8, features_one_in: 32, waiting_measures: 40, waiting_features: 2 });
  const value = (key: string): number | undefined => MEASURES.find((m) => m.key === key)?.of(s);
  t.same(["put-off", "measured-one-in", "features-one-in", "loop-lag"].map(value), [42, 8, 32, 0]);
});
