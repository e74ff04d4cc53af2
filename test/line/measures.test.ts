import t from "tap";
import { FRAME_STATUS } from "../../src/core/map-layer.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, played } from "../fixtures/scan.js";
import { aStand } from "./stand.js";

t.test("the beam is found and followed, and the measures are about it", async (t) => {
  const scan = aScan({ rows: 24, columns: 24, electrons: 800, descan: 4 });
  const stand = await aStand({ scan: { shape: [24, 24] } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const centre = run.maps.layer("centre")?.value as Float32Array;
  let worst = 0;
  let mean = 0;
  for (let p = 0; p < centre.length; p++) {
    const d = Math.abs((centre[p] as number) - (scan.centre[p] as number));
    worst = Math.max(worst, d);
    mean += d / centre.length;
  }
  t.ok(mean < 0.5, `mean error of the centre ${mean.toFixed(2)} px`);
  t.ok(worst < 1.6, `largest error of the centre ${worst.toFixed(2)} px`);
  const { radius } = run.maps.info().beam as { radius: number };
  t.ok(Math.abs(radius - scan.radius) < 1, `radius ${radius.toFixed(2)}, true ${scan.radius}`);
  const [sum, bf, adf] = ["sum", "bf", "adf"].map((n) => run.maps.layer(n)?.value as Float32Array) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { size } = scan;
  for (const p of [0, 100, 575]) {
    const cy = centre[2 * p] as number;
    const cx = centre[2 * p + 1] as number;
    let [s, b, a] = [0, 0, 0];
    for (let i = 0; i < size * size; i++) {
      const v = scan.frames[p]?.[i] as number;
      const d = Math.hypot(Math.floor(i / size) - cy, (i % size) - cx);
      s += v;
      if (d <= radius) b += v;
      if (d > 1.1 * radius) a += v;
    }
    t.equal(sum[p], s, "sum");
    // The centre is kept as float32: pixels on the very edge may fall to either side.
    t.ok(Math.abs((bf[p] as number) - b) <= 12, `bf ${bf[p]} ${b}`);
    t.ok(Math.abs((adf[p] as number) - a) <= 12, `adf ${adf[p]} ${a}`);
  }
  const mean2 = await run.summary("mean");
  t.ok(
    mean2 !== "none" && Math.abs((mean2.pixels as Float32Array).reduce((x, y) => x + y, 0) - 800) < 1e-2,
    "the mean pattern holds all counts",
  );
  const pattern = await run.pattern(3, 5);
  t.ok(pattern !== "none" && pattern !== "gone");
  t.same([...(pattern as { pixels: Uint16Array }).pixels], [...(scan.frames[3 * 24 + 5] as Uint16Array)], "the raw pattern is untouched");
  t.ok(run.maps.layer("frame_status")?.value.every((v) => v === FRAME_STATUS.received));
  await stand.close();
});

t.test("another grid: kept frames are placed again", async (t) => {
  const scan = aScan({ rows: 6, columns: 10 });
  const stand = await aStand({ scan: { shape: [10, 6] } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const before = run.maps.layer("sum")?.maxRevision as number;
  await stand.line.reshape(run.id, 6, 10);
  await stand.until(2);
  t.same(run.maps.info().shape, [6, 10]);
  t.equal(run.maps.info().shape_from, "operator");
  const sum = run.maps.layer("sum");
  t.same(
    Array.from(sum?.value ?? []),
    scan.frames.map((f) => (f as Uint16Array).reduce((a, b) => a + b, 0)),
  );
  t.ok((sum?.maxRevision as number) > before, "revisions only grow");
  t.equal(run.account.account().placed, 60);
  await t.rejects(stand.line.reshape(run.id, 0, 3), { code: "bad-usage" });
  await stand.close();
});
