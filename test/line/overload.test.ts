import fc from "fast-check";
import t from "tap";
import { Again } from "../../src/line/again.js";
import { catchUpSeconds } from "../../src/line/catch-up.js";
import { Later } from "../../src/line/later.js";
import { featuresStep, MAX_LEVEL, measuresStep, Overload, onGrid, workShare } from "../../src/line/overload.js";
import { SegmentLedger } from "../../src/line/segment-ledger.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { REF, SlabReader, SlabWriter, slabControl } from "../../src/line/slab.js";
import { aScan, played } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY } from "./stand.js";

t.test("grids are regular, and each is part of the coarser ones", async (t) => {
  for (let step = 0; step <= featuresStep(MAX_LEVEL); step++) {
    const side = 2 ** Math.ceil(step / 2 + 1);
    let count = 0;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const on = onGrid(step, row, column);
        if (on) count++;
        if (on && step > 0) t.ok(onGrid(step - 1, row, column), `step ${step} ${row} ${column}`);
        t.equal(on, onGrid(step, row + side, column + 3 * side), "the same everywhere");
      }
    t.equal(count, side ** 2 / 2 ** step, `one in ${2 ** step}`);
  }
  for (let level = 1; level <= MAX_LEVEL; level++) {
    t.ok(workShare(level) < workShare(level - 1));
    t.ok(featuresStep(level) >= measuresStep(level), "features only where there are measures");
  }
  t.equal(workShare(0), 1);
});

t.test("the level follows the work that waits, and does not flutter", async (t) => {
  const overload = new Overload(1);
  t.notOk(overload.look(0.9));
  t.equal(overload.level, 0);
  t.ok(overload.look(1.1));
  t.equal(overload.level, 1);
  t.notOk(overload.look(1.1), "not again for the same");
  overload.look(10);
  t.ok(10 * workShare(overload.level) <= 1, "the newest line is behind by no more than was allowed");
  t.ok(10 * workShare(overload.level - 1) > 1, "and no more is put off than that takes");
  const { level } = overload;
  t.notOk(overload.look(9), "a little less is not enough to go back");
  overload.look(5);
  t.equal(overload.level, level);
  t.ok(overload.look(0.2));
  t.equal(overload.level, 0);
  overload.look(2);
  t.notOk(overload.look(0, true), "not while memory is full");
  overload.look(1e9);
  t.equal(overload.level, MAX_LEVEL);
  t.ok(overload.end());
  t.notOk(overload.end());
  overload.look(2);
  overload.look(0);
  t.equal(overload.level, 0);
  t.ok(overload.end(), "something was put off, and its end is told though the level fell before");
});

t.test("what was put off comes newest line first, each image once", async (t) => {
  const later = new Later();
  t.equal(later.take(10), null);
  later.put(0, [1, 2, 3]);
  later.put(1, []);
  later.put(2, [7, 8]);
  t.equal(later.count, 5);
  t.same(later.take(1), { line: 2, images: [7] });
  later.put(3, [9]);
  t.same(later.take(5), { line: 3, images: [9] });
  t.same(later.take(5), { line: 2, images: [8] });
  t.same(later.take(2), { line: 0, images: [1, 2] });
  t.same(later.drop(), [3]);
  t.equal(later.count, 0);
});

function aSlab() {
  const control = slabControl();
  const reader = new SlabReader(control);
  const writer = new SlabWriter({
    control,
    limitBytes: 4096,
    keepBytes: 0,
    segmentBytes: 1024,
    onBuffer: (slot, b) => reader.adopt(slot, b),
  });
  const ref = new Int32Array(REF.width);
  const append = (): Int32Array | null => (writer.append(new Uint8Array(1000), ref, 0) ? ref.slice() : null);
  return { reader, append };
}

t.test("the segments of a series are held at once, or none of them", async (t) => {
  const { reader, append } = aSlab();
  const ledger = new SegmentLedger();
  const refs = [10, 0, 20].map((image) => {
    const ref = append() as Int32Array;
    ledger.add(ref[REF.slot] as number, ref[REF.serial] as number, image);
    return ref;
  });
  for (const ref of refs) reader.release(ref[REF.slot] as number);
  const held = ledger.hold(15, reader) as ReadonlyMap<number, number>;
  t.same(
    [...held],
    refs.slice(0, 2).map((r) => [r[REF.slot], r[REF.serial]]),
    "those with an image below 15",
  );
  const third = append();
  t.equal(third?.[REF.slot], refs[2]?.[REF.slot], "the one that is not held is used again");
  t.ok(append(), "the backlog grows to its limit");
  t.equal(append(), null, "and the held ones stay");
  for (const slot of held.keys()) reader.release(slot);
  t.equal(ledger.hold(21, reader), null, "one of them is gone");
  const after = append() as Int32Array;
  t.equal(after[REF.slot], refs[0]?.[REF.slot], "and the others are let go");
  ledger.add(after[REF.slot] as number, after[REF.serial] as number, 30);
  t.equal(ledger.hold(11, reader), null, "image 10 was in a segment that later images lie in now");
  t.same(ledger.hold(0, reader)?.size, 0);
});

t.test("lines are measured again in order, without what was put off or came since", async (t) => {
  const { reader, append } = aSlab();
  const old = append() as Int32Array;
  const young = append() as Int32Array;
  const source = {
    measured: (i: number) => i % 3 !== 0,
    ref(i: number, out: Int32Array, at: number): boolean {
      out.set(i === 5 ? young : old, at);
      return i !== 7;
    },
  };
  const again = new Again(source as ConstructorParameters<typeof Again>[0], reader);
  reader.hold(old[REF.slot] as number, old[REF.serial] as number);
  again.begin(2, 12, new Map([[old[REF.slot] as number, old[REF.serial] as number]]));
  t.equal(again.left, 10);
  t.same(again.take(2), [2, 4], "3 was put off");
  t.same(again.take(9), [8, 10, 11], "5 lies elsewhere, 7 is not to be had");
  t.equal(again.left, 0);
  again.stop();
  again.stop();
  for (const ref of [old, young]) reader.release(ref[REF.slot] as number);
  t.ok(append() && append() && append() && append(), "nothing is held any more");
});

t.test("the time to catch up", async (t) => {
  const facts = { work: 1000, done: 1000, received: 500, expected: null };
  t.equal(catchUpSeconds({ ...facts, work: 100 }), 0, "that much is always under way");
  t.equal(catchUpSeconds(facts), 2);
  t.equal(catchUpSeconds({ ...facts, received: 1500 }), null);
  t.equal(catchUpSeconds({ ...facts, received: 1500, expected: 3000 }), 4, "after the scan");
  t.equal(catchUpSeconds({ ...facts, received: 1500, expected: 0 }), 1, "the scan is over");
  t.equal(catchUpSeconds({ ...facts, done: 0 }), null);
  t.equal(catchUpSeconds({ ...facts, work: 0, done: 0 }), 0);
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e5), fc.nat(1e5), fc.option(fc.nat(1e6)), (work, done, received, expected) => {
      const s = catchUpSeconds({ work, done, received, expected });
      return s === null || s >= 0;
    }),
  );
});

t.test("frames faster than the lanes: the newest lines stay live on a grid, and everything is on the maps in the end", async (t) => {
  const [rows, columns] = [80, 80];
  const few = aScan({ rows: 4, columns: 4, size: 512, electrons: 20_000, descan: 0 });
  const repeat = <T>(list: readonly T[]): T[] => Array.from({ length: rows * columns }, (_, i) => list[i % list.length] as T);
  const scan = { ...few, rows, columns, payloads: repeat(few.payloads), frames: repeat(few.frames) };
  const stand = await aStand({
    receiver: "fast",
    scan: { shape: [rows, columns] },
    settings: { "lanes.pixel": 1, "lanes.most_lag_s": 0.05, "memory.backlog_mb": 512, ...MEASURES_ONLY },
  });
  let [most, coarsest, plain] = [0, 1, 0];
  let broken = "";
  const watch = setInterval(() => {
    const { overload } = stand.line.stats();
    most = Math.max(most, overload.waiting_measures);
    coarsest = Math.max(coarsest, overload.measured_one_in);
    plain = Math.max(plain, overload.waiting_features);
    const maps = stand.line.maps.latest();
    const [tier, status] = [maps?.layer("tier")?.value, maps?.layer("frame_status")?.value];
    // Whatever is put off in lines that were worked on, positions of the coarsest grid are not.
    const finished = stand.line.newest()?.work?.measures.finishedLines ?? 0;
    for (let at = 0; tier && status && at < finished * columns; at++) {
      const row = Math.floor(at / columns);
      if (status[at] === 1 && tier[at] === 0 && onGrid(measuresStep(MAX_LEVEL), row, at % columns)) broken = `row ${row}`;
    }
  }, 5);
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  clearInterval(watch);
  const run = stand.over[0] as SeriesRun;
  const codes = stand.line.events().map((e) => e.code);
  t.ok(codes.includes("overload"), "told");
  t.equal(codes.filter((c) => c.startsWith("overload")).at(-1), "overload-over", "and that it is over");
  t.ok(most > 0, `${most} frames waited`);
  t.ok(plain > 0, `${plain} frames were measured and waited for their features`);
  t.ok(coarsest > 1, `one in ${coarsest} measured at once`);
  t.equal(broken, "");
  t.same(run.work?.waiting, { level: 0, measures: 0, features: 0, again: 0 });
  t.match(run.account.account(), { placed: rows * columns, received: rows * columns, lost: 0, malformed: 0 });
  const layer = (name: string): number[] => Array.from(run.maps.layer(name)?.value ?? []);
  t.notOk(layer("tier").includes(0));
  t.ok(
    layer("projections").every((value) => !Number.isNaN(value)),
    "features too",
  );
  const sums = few.frames.map((f) => (f as Uint16Array).reduce((a, b) => a + b, 0));
  t.same(
    layer("sum"),
    layer("sum").map((_, i) => sums[i % sums.length]),
  );
  const mean = await stand.line.summary(run.id, "mean");
  t.ok(mean !== "none");
  const total = mean === "none" ? 0 : Array.from(mean.pixels).reduce((a, b) => a + b, 0);
  t.ok(Math.abs(total / (sums.reduce((a, b) => a + b, 0) / sums.length) - 1) < 1e-5, "every frame is in the mean pattern once");
  await stand.close();
});
