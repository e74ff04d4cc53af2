import t from "tap";
import { FRAME_STATUS } from "../../src/core/map-layer.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { PROJECTIONS } from "../../src/stages/projections.js";
import { aScan, played } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY } from "./stand.js";

t.test("the beam is found and followed, and the measures are about it", async (t) => {
  const scan = aScan({ rows: 24, columns: 24, electrons: 800, descan: 4 });
  const stand = await aStand({ scan: { shape: [24, 24] }, settings: MEASURES_ONLY });
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
  const { layers, beam } = run.maps.info();
  t.same(layers.find((l) => l.name === "projections")?.parts, PROJECTIONS);
  const { radius } = beam as { radius: number };
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
  const mean2 = await stand.line.summary(run.id, "mean");
  t.ok(
    mean2 !== "none" && Math.abs((mean2.pixels as Float32Array).reduce((x, y) => x + y, 0) - 800) < 1e-2,
    "the mean pattern holds all counts",
  );
  const pattern = await stand.line.pattern(run.id, 3, 5, "raw");
  t.ok(pattern !== "none" && pattern !== "gone");
  t.same([...(pattern as { pixels: Uint16Array }).pixels], [...(scan.frames[3 * 24 + 5] as Uint16Array)], "the raw pattern is untouched");
  t.ok(run.maps.layer("frame_status")?.value.every((v) => v === FRAME_STATUS.received));
  await stand.close();
});

t.test("another grid: kept frames are placed again", async (t) => {
  const scan = aScan({ rows: 6, columns: 10 });
  const stand = await aStand({ scan: { shape: [10, 6] }, settings: MEASURES_ONLY });
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

t.test("several frames of one position are averaged, whatever lane they went through", async (t) => {
  const scan = aScan({ rows: 4, columns: 10, electrons: 300 });
  const stand = await aStand({ scan: { shape: [4, 5], framesPerPosition: 2 }, settings: { ...MEASURES_ONLY, "lanes.pixel": 2 } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.match(run.account.account(), { expected: 40, placed: 40 });
  const total = (i: number): number => (scan.frames[i] as Uint16Array).reduce((a, b) => a + b, 0);
  t.same(
    Array.from(run.maps.layer("sum")?.value ?? []),
    Array.from({ length: 20 }, (_, at) => Math.fround((total(2 * at) + total(2 * at + 1)) / 2)),
  );
  t.ok(run.maps.layer("com_row")?.value.every((v) => Number.isFinite(v)));
  t.type(await stand.line.pattern(run.id, 0, 4, "raw"), Object);
  await stand.close();
});

t.test("a given centre and radius are used as they are", async (t) => {
  const scan = aScan({ rows: 6, columns: 6 });
  const stand = await aStand({
    scan: { shape: [6, 6] },
    settings: { ...MEASURES_ONLY, "calibration.beam_center": [20, 21], "calibration.bf_radius_px": 7 },
  });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.same([...new Set(run.maps.layer("centre")?.value)], [20, 21]);
  t.match(run.maps.info().beam, { row: 20, col: 21, radius: 7 });
  await stand.close();
});

t.test("nothing to see: an empty scan ends well", async (t) => {
  const dark = aScan({ rows: 4, columns: 4, electrons: 0 });
  const stand = await aStand({ scan: { shape: [4, 4] }, settings: MEASURES_ONLY });
  await stand.send(played(dark, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.ok(run.maps.layer("sum")?.value.every((v) => v === 0));
  t.ok(
    run.maps.layer("com_row")?.value.every((v) => Number.isNaN(v)),
    "no counts, no centre of mass",
  );
  t.ok(stand.line.events().some((e) => e.code === "beam-not-found"));
  await stand.close();
});

t.test("a second client of the detector is named", async (t) => {
  const scan = aScan({ rows: 8, columns: 24 });
  const stand = await aStand({ scan: { shape: [8, 24] }, settings: MEASURES_ONLY });
  await stand.send(
    played(
      scan,
      "dectris-v2",
      {},
      [...scan.payloads.keys()].filter((i) => i % 2 === 1),
    ),
  );
  await stand.until(1);
  t.match(stand.line.events().find((e) => e.code === "second-client")?.message, /every 2nd image/);
  await stand.close();
});

t.test("a hot pixel is found, and the rows before are measured again without it", async (t) => {
  const clean = aScan({ rows: 24, columns: 24, electrons: 800 });
  const hot = 5 * clean.size + 7;
  const frames = clean.frames.map((f) => {
    const g = Uint16Array.from(f);
    g[hot] = 40;
    return g;
  });
  const stand = await aStand({ scan: { shape: [24, 24] }, settings: { ...MEASURES_ONLY, "lanes.pixel": 2 } });
  await stand.send(played({ ...clean, frames, payloads: frames.map((f) => encodeBslz4(f, 2)) }, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.equal(run.maps.info().hot_pixels, 1);
  t.same(
    Array.from(run.maps.layer("sum")?.value ?? []),
    clean.frames.map((f, at) => (f as Uint16Array).reduce((a, b) => a + b, 0) - ((clean.frames[at] as Uint16Array)[hot] as number)),
    "every position, the first as well",
  );
  t.ok((run.maps.revision[0] ?? 0) > 2, "with a higher revision");
  const mean = await stand.line.summary(run.id, "mean");
  t.ok(mean !== "none" && Number.isNaN(mean.pixels[hot]), "it has no mean");
  const all = mean === "none" ? 0 : (mean.pixels as Float32Array).reduce((x, y) => x + (Number.isNaN(y) ? 0 : y), 0);
  t.ok(Math.abs(all - 800) < 1, `each frame is summed up once: ${all}`);
  await stand.close();
});
