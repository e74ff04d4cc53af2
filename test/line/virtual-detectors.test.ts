import t from "tap";
import { polarExtent } from "../../src/core/polar.js";
import type { Image } from "../../src/core/sink.js";
import { type DetectorArea, MOST_DETECTORS } from "../../src/core/virtual-detector.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, played, type ScanFixture } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY, type Stand } from "./stand.js";

const [ROWS, COLUMNS, RADIUS, CENTRE] = [8, 13, 4.8, [24.3, 22.6]] as const;
const BEAM = { "calibration.beam_center": CENTRE, "calibration.bf_radius_px": RADIUS };
const scan = aScan({ rows: ROWS, columns: COLUMNS, electrons: 600, type: "uint8" });
const { inner, outer } = polarExtent({ height: 48, width: 48 }, RADIUS, [1, 0]);
const WIDTH = (outer - inner) / 32;
/** Rings from a to b, exactly. */
const rings = (a: number, b: number): DetectorArea => ({ inner: inner + a * WIDTH, outer: inner + b * WIDTH, sector: null });

const standOf = (settings: Record<string, unknown> = {}, shape: readonly [number, number] = [ROWS, COLUMNS]): Promise<Stand> =>
  aStand({ scan: { shape }, settings: { ...BEAM, ...MEASURES_ONLY, ...settings } });
const valuesOf = (run: SeriesRun, layer: string): number[] => Array.from(run.maps.layer(layer)?.value ?? []);
const newest = (stand: Stand): SeriesRun => stand.line.newest() as SeriesRun;

/** Polar counts of every position, [positions, 32, 64]. */
async function polarOf(stand: Stand, run: SeriesRun): Promise<ArrayLike<number>[]> {
  const all: ArrayLike<number>[] = [];
  for (let at = 0; at < ROWS * COLUMNS; at++) {
    const image = await stand.line.pattern(run.id, Math.floor(at / COLUMNS), at % COLUMNS, "polar");
    all.push((image as Image).pixels as Float32Array);
  }
  return all;
}
function sumWhere(polar: ArrayLike<number>, inside: (ring: number, sector: number) => number): number {
  let sum = 0;
  for (let bin = 0; bin < polar.length; bin++) sum += (polar[bin] as number) * inside(bin >> 6, bin & 63);
  return sum;
}

t.test("detectors of the configuration count what lies in them, from the first position on", async (t) => {
  const texts = [`low: ${inner}-${inner + 4 * WIDTH} px`, "sectors: 0-99 px, -45 to 45 deg, 2-fold", "nothing: 0-1 px"];
  for (const [type, electrons] of [
    ["uint8", 600],
    // More in a bin than a byte holds.
    ["uint16", 40_000],
  ] as const) {
    const sent = aScan({ rows: ROWS, columns: COLUMNS, electrons, type });
    const stand = await standOf({ "detector.virtual": texts });
    await stand.send(played(sent, "dectris-v2"));
    await stand.until(1);
    const run = newest(stand);
    const projections = run.maps.layer("projections")?.value as Float32Array;
    t.same(
      valuesOf(run, "virtual_1"),
      Array.from({ length: ROWS * COLUMNS }, (_, at) => projections[16 * at]),
      "the first four rings are the first band",
    );
    const polar = await polarOf(stand, run);
    const within = (_: number, sector: number): number => Number(Math.abs(Math.cos((2 * Math.PI * (sector + 0.5)) / 64)) > Math.SQRT1_2);
    t.same(
      valuesOf(run, "virtual_2"),
      polar.map((p) => sumWhere(p, within)),
      "right and left, but not above and below",
    );
    t.ok(valuesOf(run, "virtual_3").every(Number.isNaN), "where no bin is, nothing is counted, and that is not 0");
    const info = run.maps.info();
    t.same(info.virtual_detectors, [
      { id: "virtual_1", name: "low", from_line: 0, bins: 4 * 64 },
      { id: "virtual_2", name: "sectors", from_line: 0, bins: 32 * 32 },
      { id: "virtual_3", name: "nothing", from_line: 0, bins: 0 },
    ]);
    t.match(
      info.layers.find((l) => l.name === "virtual_1"),
      { title: "low", kind: "intensity", unit: "counts", shape: [ROWS, COLUMNS] },
    );
    await stand.close();
  }
});

t.test("angles are those of the mounted detector", async (t) => {
  const up = "up: 0-99 px, -180 to 0 deg";
  const plain = await standOf({ "detector.virtual": [up] });
  const flipped = await standOf({ "detector.virtual": ["down: 0-99 px, 0 to 180 deg"], "detector.flip_rows": true });
  for (const stand of [plain, flipped]) {
    await stand.send(played(scan, "dectris-v2"));
    await stand.until(1);
  }
  t.same(valuesOf(newest(flipped), "virtual_1"), valuesOf(newest(plain), "virtual_1"));
  t.ok(valuesOf(newest(plain), "virtual_1").some((n) => n > 0));
  await plain.close();
  await flipped.close();
});

/** A scan in whose middle somebody does something: at a moment when `lines` lines were measured. */
async function interrupted(stand: Stand, sent: ScanFixture, series: number, lines: number, act: () => void): Promise<SeriesRun> {
  const messages = [...played(sent, "dectris-v2", { series })];
  const before = 1 + (lines + 1) * sent.columns;
  // Of the next line but one, so that the lines before are closed.
  await stand.send(messages.slice(0, before));
  while ((stand.line.newest()?.work?.measures.finishedLines ?? 0) < lines || newest(stand).begin.wireSeries !== series)
    await new Promise((r) => setTimeout(r, 5));
  // Nothing of it is under way.
  while (newest(stand).queued > 0) await new Promise((r) => setTimeout(r, 5));
  act();
  await stand.send(messages.slice(before));
  await stand.until(series);
  return newest(stand);
}

t.test("placed while a scan runs, it counts from the next line on; removed, its map goes", async (t) => {
  const stand = await standOf();
  const whole = await standOf({ "detector.virtual": [`low: ${inner}-${inner + 4 * WIDTH} px`] });
  await whole.send(played(scan, "dectris-v2"));
  await whole.until(1);
  const first = await interrupted(stand, scan, 1, 3, () => {
    t.match(stand.line.addDetector({ name: "low", what: rings(0, 4) }), { id: "virtual_1" });
  });
  const [detector] = first.maps.info().virtual_detectors;
  const line = detector?.from_line ?? 0;
  t.ok(line >= 4 && line <= 5, `from line ${line}`);
  t.match(
    stand.line.events().find((e) => e.code === "virtual-detectors"),
    { level: "info", series: first.id, message: `virtual detectors from line ${line} on: low` },
  );
  t.same(
    valuesOf(first, "virtual_1"),
    valuesOf(newest(whole), "virtual_1").map((n, at) => (at < line * COLUMNS ? Number.NaN : n)),
    "earlier lines have no result",
  );
  const second = await interrupted(stand, scan, 2, 3, () => {
    t.equal(stand.line.removeDetector("virtual_1"), "done");
    t.equal(stand.line.removeDetector("virtual_1"), "none");
    t.match(stand.line.addDetector({ name: "high", what: rings(28, 32) }), { id: "virtual_2" }, "in the column of the other one");
  });
  t.same(
    second.maps.layers().flatMap((l) => (l.title === undefined ? [] : [[l.name, l.title]])),
    [["virtual_2", "high"]],
  );
  const from = second.maps.info().virtual_detectors[0]?.from_line ?? 0;
  const projections = second.maps.layer("projections")?.value as Float32Array;
  t.same(
    valuesOf(second, "virtual_2"),
    Array.from({ length: ROWS * COLUMNS }, (_, at) => (at < from * COLUMNS ? Number.NaN : projections[16 * at + 7])),
  );
  t.same(valuesOf(first, "projections"), valuesOf(second, "projections"), "nothing else depends on it");
  t.ok(first.maps.layer("virtual_1"), "what is over keeps its map");
  await stand.send(played(scan, "dectris-v2", { series: 3 }));
  await stand.until(3);
  t.ok(valuesOf(newest(stand), "virtual_2").every(Number.isFinite), "the next scan has it whole");
  await stand.close();
  await whole.close();
});

t.test("lines that are measured again keep the detectors that they had, whatever the lanes", async (t) => {
  const clean = aScan({ rows: 24, columns: 24, electrons: 800 });
  const payloads = clean.frames.map((f) => {
    const g = Uint16Array.from(f);
    g[5 * clean.size + 7] = 40;
    return encodeBslz4(g, 2);
  });
  const found: unknown[] = [];
  for (const lanes of [1, 3]) {
    const stand = await standOf({ "lanes.pixel": lanes, "calibration.beam_center": null }, [24, 24]);
    const run = await interrupted(stand, { ...clean, payloads }, 1, 10, () => stand.line.addDetector({ name: "all", what: rings(0, 32) }));
    const line = run.maps.info().virtual_detectors[0]?.from_line ?? 0;
    const projections = run.maps.layer("projections")?.value as Float32Array;
    t.equal(run.maps.info().hot_pixels, 1);
    t.ok((run.maps.revision[0] ?? 0) > 2, "they were measured again");
    t.same(
      valuesOf(run, "virtual_1"),
      Array.from({ length: 24 * 24 }, (_, at) =>
        at < 24 * line ? Number.NaN : projections.subarray(16 * at, 16 * at + 8).reduce((a, b) => a + b, 0),
      ),
    );
    found.push([line, Buffer.from(projections.buffer, projections.byteOffset, projections.byteLength).toString("hex")]);
    await stand.close();
  }
  t.same(found[1], found[0]);
});

t.test("how likely the rings are for a component", async (t) => {
  const stand = await aStand({
    scan: { shape: [20, 20] },
    settings: { ...BEAM, "denoise.method": "off" },
  });
  const sent = aScan({ rows: 20, columns: 20, electrons: 400 });
  await stand.send(played(sent, "dectris-v2"));
  await stand.until(1);
  const run = newest(stand);
  const view = await stand.line.components(run.id);
  const id = "components" in view ? (view.components[0]?.id ?? -1) : -1;
  const profile = await stand.line.profileOf(run.id, id);
  t.ok(typeof profile === "object" && "rings" in profile);
  t.equal(await stand.line.profileOf(run.id, 4711), "none");
  t.match(await stand.line.profileOf("nobody", id), { off: /no longer kept/ });
  // A component alone is like the mean: other weights are made up.
  const weights = Array.from({ length: 32 }, (_, r) => Math.sin(r));
  stand.line.addDetector({ name: "like it", what: { component: id, rings: weights } });
  await stand.send(played(sent, "dectris-v2", { series: 2 }));
  await stand.until(2);
  const image = (await stand.line.pattern(newest(stand).id, 2, 3, "polar")) as Image;
  const exact = sumWhere(image.pixels as Float32Array, (ring) => weights[ring] as number);
  const value = valuesOf(newest(stand), "virtual_1")[43] as number;
  const electrons = sumWhere(image.pixels as Float32Array, () => 1);
  t.ok(Math.abs(value - exact) <= electrons / 64, `${value}, to 1/32 of the largest weight: ${exact}`);
  t.ok(Math.abs(value) > 0);
  await stand.close();
});

t.test("moments of the counts, about the beam and as the detector is mounted", async (t) => {
  const stand = await standOf({ "detector.flip_rows": true });
  const powers = [
    [1, 0],
    [0, 1],
    [2, 0],
    [1, 1],
  ] as const;
  for (const [rows, cols] of powers) stand.line.addDetector({ name: `${rows} ${cols}`, what: { rows, cols } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = newest(stand);
  const polar = await polarOf(stand, run);
  for (const [i, [rows, cols]] of powers.entries()) {
    const found = valuesOf(run, `virtual_${i + 1}`);
    const most = outer ** (rows + cols);
    polar.forEach((p, at) => {
      const exact = sumWhere(p, (ring, sector) => {
        const [r, angle] = [inner + (ring + 0.5) * WIDTH, (2 * Math.PI * (sector + 0.5)) / 64];
        return (-r * Math.sin(angle)) ** rows * (r * Math.cos(angle)) ** cols;
      });
      const electrons = sumWhere(p, () => 1);
      if (Math.abs((found[at] as number) - exact) > (electrons * most) / 64) t.fail(`${rows} ${cols} at ${at}: ${found[at]}, not ${exact}`);
    });
    t.ok(
      found.some((x) => Math.abs(x) > most),
      "it is not nothing",
    );
  }
  await stand.close();
});

t.test("another grid of the same frames has its detectors", async (t) => {
  const stand = await aStand({
    scan: { shape: [ROWS, COLUMNS] },
    settings: { ...BEAM, ...MEASURES_ONLY, "detector.virtual": ["all: 0-99 px"] },
  });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = newest(stand);
  const before = valuesOf(run, "virtual_1");
  await stand.line.reshape(run.id, COLUMNS, ROWS);
  await stand.until(2);
  t.same(valuesOf(run, "virtual_1"), before, "another grid of the same frames");
  await stand.close();
});

t.test("there are only so many at a time", async (t) => {
  const stand = await standOf();
  for (let i = 0; i < MOST_DETECTORS; i++) stand.line.addDetector({ name: `${i}`, what: rings(i, i + 1) });
  t.throws(() => stand.line.addDetector({ name: "one more", what: rings(0, 1) }), /no more at a time: remove one/);
  t.throws(() => stand.line.addDetector({ name: "", what: rings(0, 1) }), /name/);
  t.throws(() => stand.line.addDetector({ name: "odd", what: { inner: 3, outer: 2, sector: null } }), /outer/);
  t.equal(stand.line.removeDetector("virtual_3"), "done");
  t.match(stand.line.addDetector({ name: "one more", what: rings(0, 1) }), { id: "virtual_9" });
  t.equal(stand.line.virtualDetectors().length, MOST_DETECTORS);
  await stand.close();
});
