import t from "tap";
import type { Image, PatternAnswer } from "../../src/core/sink.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { PROJECTIONS } from "../../src/stages/projections.js";
import { aScan, played, type ScanFixture } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY } from "./stand.js";

const [RINGS, SECTORS, RADIUS, CENTRE] = [32, 64, 4.8, [24.3, 22.6]] as const;

const rounded = (x: number): number => Math.round(2304 * x) / 2304;

/** The projections of a frame by their definition: counts in eight bands, then sums of rounded cosines and sines of order 1, 2, 4 and 6. */
function expected(
  frame: ArrayLike<number>,
  size: number,
  [ratio, axis]: readonly [number, number],
  turn: (row: number, col: number) => [number, number],
) {
  const outer = size / 2 - 2;
  const inner = Math.min(1.3 * RADIUS, outer / 2);
  const out = new Float64Array(16);
  const quarter = (x: number): number => Math.floor(4 * x + 0.5) / 4;
  for (let p = 0; p < frame.length; p++) {
    const n = frame[p] as number;
    const [dr, dc] = [Math.floor(p / size) - quarter(CENTRE[0]), (p % size) - quarter(CENTRE[1])];
    // Along and across the major axis, with the ellipse undone and its area kept.
    const along = (dc * Math.cos(axis) + dr * Math.sin(axis)) / Math.sqrt(ratio);
    const across = (-dc * Math.sin(axis) + dr * Math.cos(axis)) * Math.sqrt(ratio);
    const [x, y] = [along * Math.cos(axis) - across * Math.sin(axis), along * Math.sin(axis) + across * Math.cos(axis)];
    const distance = Math.hypot(x, y);
    if (n === 0 || distance < inner || distance >= outer) continue;
    const ring = Math.floor(((distance - inner) / (outer - inner)) * RINGS);
    const sector = Math.floor((((Math.atan2(y, x) / (2 * Math.PI) + 1) % 1) * SECTORS) % SECTORS);
    const sent = ((sector + 0.5) / SECTORS) * 2 * Math.PI;
    const [row, col] = turn(Math.sin(sent), Math.cos(sent));
    const angle = Math.atan2(row, col);
    out[ring >> 2] = (out[ring >> 2] as number) + n;
    [1, 2, 4, 6].forEach((m, i) => {
      out[8 + 2 * i] = (out[8 + 2 * i] as number) + n * rounded(Math.cos(m * angle));
      out[9 + 2 * i] = (out[9 + 2 * i] as number) + n * rounded(Math.sin(m * angle));
    });
  }
  return out;
}

/** Of position (1, 2) of the last scan. */
let polar: PatternAnswer = "none";

async function projectionsOf(scan: ScanFixture, settings: Record<string, unknown>): Promise<Float32Array> {
  const stand = await aStand({
    scan: { shape: [scan.rows, scan.columns] },
    settings: { "calibration.beam_center": CENTRE, "calibration.bf_radius_px": RADIUS, ...MEASURES_ONLY, ...settings },
  });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const layer = run.maps.layer("projections")?.value as Float32Array;
  polar = await stand.line.pattern(run.id, 1, 2, "polar");
  await stand.close();
  return layer;
}

const straight = (row: number, col: number): [number, number] => [row, col];

t.test("projections of every position are what their definition says, sparse and dense", async (t) => {
  t.equal(PROJECTIONS.length, 16);
  for (const [electrons, type] of [
    [60, "uint8"],
    [3000, "uint16"],
    [300, "int32"],
    // Some with more counts in a bin than a byte holds.
    [20_000, "uint8"],
  ] as const) {
    const scan = aScan({ rows: 6, columns: 13, electrons, type });
    const found = await projectionsOf(scan, {});
    let worst = 0;
    scan.frames.forEach((frame, at) => {
      expected(frame, scan.size, [1, 0], straight).forEach((value, k) => {
        worst = Math.max(worst, Math.abs((found[16 * at + k] as number) - value));
      });
    });
    t.ok(worst < 1e-7 * electrons, `${type}: off by ${worst} of ${electrons}`);
    const { height, width, pixels } = polar as Image;
    t.same([height, width], [RINGS, SECTORS]);
    for (let band = 0; band < 8; band++)
      t.equal(
        Array.from(pixels.subarray(4 * band * SECTORS, 4 * (band + 1) * SECTORS)).reduce((a, b) => a + b, 0),
        found[16 * (scan.columns + 2) + band],
        "the polar counts that they were made from",
      );
  }
});

t.test("the ellipse is undone, and angles are those of the mounted detector", async (t) => {
  const scan = aScan({ rows: 3, columns: 8, electrons: 400 });
  const cases: [Record<string, unknown>, readonly [number, number], (row: number, col: number) => [number, number]][] = [
    [{ "calibration.ellipse": [1.2, 0.7] }, [1.2, 0.7], straight],
    [{ "detector.flip_rows": true }, [1, 0], (r, c) => [-r, c]],
    [{ "detector.flip_cols": true, "detector.transpose": true }, [1, 0], (r, c) => [-c, r]],
  ];
  for (const [settings, ellipse, turn] of cases) {
    const found = await projectionsOf(scan, settings);
    const off = scan.frames.map((frame, at) =>
      expected(frame, scan.size, ellipse, turn).reduce(
        (worst, value, k) => Math.max(worst, Math.abs((found[16 * at + k] as number) - value)),
        0,
      ),
    );
    t.ok(Math.max(...off) < 0.01, `${JSON.stringify(settings)}: off by ${Math.max(...off)}`);
  }
});
