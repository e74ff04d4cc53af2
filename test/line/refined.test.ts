import t from "tap";
import { TIER } from "../../src/core/map-layer.js";
import type { Image } from "../../src/core/sink.js";
import { Denoiser } from "../../src/denoise/denoiser.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { PROJECTIONS, projectionWeights } from "../../src/stages/projections.js";
import { theKernels } from "../fixtures/lanes.js";
import { aScan, played, type ScanFixture } from "../fixtures/scan.js";
import { aStand, type Stand } from "./stand.js";

const WIDTH = PROJECTIONS.length;
const [RADIUS, CENTRE] = [4.8, [24.3, 22.6]] as const;
const GIVEN = { "calibration.beam_center": CENTRE, "calibration.bf_radius_px": RADIUS };
const weights = projectionWeights((row, col) => [row, col]);

interface Refined {
  readonly projections: Float32Array;
  readonly neighbours: Float32Array;
  readonly tier: Uint8Array;
}

/** The layers that are live after a scan. */
async function live(
  scan: ScanFixture,
  settings: Record<string, unknown>,
  lost: ReadonlySet<number>,
  look?: (run: SeriesRun, stand: Stand) => Promise<void>,
) {
  const stand = await aStand({ scan: { shape: [scan.rows, scan.columns] }, settings: { ...GIVEN, ...settings } });
  const order = [...scan.payloads.keys()].filter((i) => !lost.has(i));
  await stand.send(played(scan, "dectris-v2", {}, order));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const of = (name: string): Float32Array => Float32Array.from(run.maps.layer(name)?.value ?? []);
  const found: Refined = { projections: of("projections"), neighbours: of("neighbours"), tier: Uint8Array.from(of("tier")) };
  await look?.(run, stand);
  await stand.close();
  return found;
}

/** The same by the denoiser alone. */
function alone({ rows, columns, size, frames }: ScanFixture, lost: ReadonlySet<number>): Float32Array {
  const denoiser = new Denoiser({
    columns,
    height: size,
    width: size,
    newEstimator: (setup) => createWasmEstimator(theKernels, setup),
    products: instantiateKernels(theKernels),
    features: { ellipse: [1, 0], weights },
  });
  const out = new Float32Array(rows * columns * WIDTH);
  const centre = Float64Array.from({ length: 2 * columns }, (_, i) => CENTRE[i % 2] as number);
  const answered = [];
  for (let row = 0; row < rows; row++) {
    const at = (column: number): Uint16Array[] => {
      const i = row * columns + column;
      return lost.has(i) ? [] : [frames[i] as Uint16Array];
    };
    answered.push(...denoiser.takeRow(row, at, 65533, { centre, radius: RADIUS }).estimates);
  }
  answered.push(...denoiser.finish());
  for (const { row, features } of answered.filter((a) => a.final)) out.set(features, row * columns * WIDTH);
  return out;
}

const scan = aScan({ rows: 9, columns: 13, electrons: 300 });
const lost = new Set([0, 40, 41, 116]);

t.test("live projections are those of the denoiser alone, for any number of lanes", async (t) => {
  const expected = alone(scan, lost);
  for (const lanes of [1, 3]) {
    const { projections, neighbours, tier } = await live(scan, { "lanes.pixel": lanes }, lost);
    t.same(projections, expected, `${lanes} lanes`);
    for (let at = 0; at < tier.length; at++) {
      t.equal(tier[at], lost.has(at) ? TIER.none : TIER.refined);
      t.equal(Number.isNaN(neighbours[at]), lost.has(at));
    }
  }
});

t.test("averages of polar counts can be looked at, and the raw ones are kept", async (t) => {
  let checked = 0;
  await live(scan, {}, lost, async (run, stand) => {
    const layer = run.maps.layer("projections")?.value as Float32Array;
    const at = 4 * scan.columns + 6;
    const rings = async (kind: "polar" | "polar_denoised"): Promise<number[]> => {
      const { height, pixels } = (await stand.line.pattern(run.id, 4, 6, kind)) as Image;
      const band = pixels.length / 8;
      t.equal(height, 32);
      return Array.from({ length: 8 }, (_, b) => Array.from(pixels.subarray(b * band, (b + 1) * band)).reduce((a, v) => a + v, 0));
    };
    const [raw, denoised] = [await rings("polar"), await rings("polar_denoised")];
    t.ok(raw.every(Number.isInteger), "counts");
    const off = denoised.map((v, b) => Math.abs(v - (layer[at * WIDTH + b] as number)));
    t.ok(Math.max(...off) < 0.3 * Math.max(...denoised), `the newest weights make much the same: off by ${Math.max(...off)}`);
    t.equal(await stand.line.pattern(run.id, 3, 1, "polar_denoised"), "none", "no frame came");
    checked++;
  });
  t.equal(checked, 1);
});

t.test("where the beam is measured again, refined values follow", async (t) => {
  const wandering = aScan({ rows: 24, columns: 24, electrons: 300, descan: 5 });
  const stand = await aStand({ scan: { shape: [24, 24] } });
  await stand.send(played(wandering, "dectris-v2"));
  await stand.until(1);
  t.ok(stand.line.events().some((e) => e.code === "measured-again"));
  const run = stand.over[0] as SeriesRun;
  t.ok(run.maps.layer("tier")?.value.every((v) => v === TIER.refined));
  const { value } = run.maps.layer("projections") as { value: Float32Array };
  t.notOk(value.every(Number.isInteger), "not the raw counts that were measured again");
  t.equal(run.work?.refining, 0);
  await stand.line.reshape(run.id, 12, 48);
  await stand.until(2);
  t.ok(
    run.maps.layer("tier")?.value.every((v) => v === TIER.refined),
    "on another grid too",
  );
  t.notOk(Array.from(run.maps.layer("projections")?.value ?? [Number.NaN]).some(Number.isNaN));
  await stand.close();
});

t.test("several frames of a position, and listed positions", async (t) => {
  const stand = await aStand({ scan: { shape: [4, 6], framesPerPosition: 2 }, settings: GIVEN });
  await stand.send(played(aScan({ rows: 4, columns: 12, electrons: 100 }), "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.ok(run.maps.layer("tier")?.value.every((v) => v === TIER.refined));
  await stand.close();
});
