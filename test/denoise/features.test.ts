import t from "tap";
import { POLAR, polarExtent } from "../../src/core/polar.js";
import { Denoiser } from "../../src/denoise/denoiser.js";
import type { Estimator, FeatureSetup } from "../../src/denoise/estimator.js";
import { createPlainEstimator } from "../../src/denoise/plain-estimator.js";
import { POLAR_BATCH, type RowBeam, type RowEstimate } from "../../src/denoise/row-estimate.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { countPolar } from "../../src/kernels/count-polar.js";
import { plainTables } from "../../src/kernels/plain-polar.js";
import { polarGrid } from "../../src/kernels/polar-bins.js";
import { FEATURES } from "../../src/kernels/polar-entries.js";
import { apart } from "../fixtures/kernel-memory.js";
import { theKernels } from "../fixtures/lanes.js";
import { aRandom } from "../fixtures/scan.js";
import { type TwoGrains, twoGrains } from "../fixtures/two-grains.js";

const BINS = POLAR.rings * POLAR.sectors;
const NEAR = 1e-5;
const ELLIPSE = [1.1, 0.4] as const;
const random = aRandom(4);
const SETUP: FeatureSetup = { ellipse: ELLIPSE, weights: Float32Array.from({ length: BINS * FEATURES }, () => random() - 0.5) };
const setMaker = {
  wasm: (setup: Parameters<typeof createWasmEstimator>[1]): Estimator => createWasmEstimator(theKernels, setup),
  plain: createPlainEstimator,
};

/** Polar counts of a frame by their definition. */
function polarOf(pixels: Uint8Array, side: number, mask: Uint8Array | null, radius: number, row: number, col: number): Float32Array {
  const setup = { ...polarExtent({ height: side, width: side }, radius, ELLIPSE), batch: 1 };
  const grid = polarGrid(setup);
  const lane = { height: side, width: side, type: "uint8", mask, low: 0, high: 254 } as const;
  const counts = countPolar(pixels, lane, plainTables(setup, grid)(row, col), grid, row, col);
  return Float32Array.from(counts.subarray(0, BINS));
}

/** Features of polar counts by their definition. */
const projected = (counts: Float32Array): Float32Array =>
  Float32Array.from({ length: FEATURES }, (_, k) =>
    counts.reduce((sum, n, bin) => sum + n * (SETUP.weights[bin * FEATURES + k] as number), 0),
  );

/** The polar counts of one seat, and its features. */
function ownOf(e: Estimator, seat: number): { counts: Float32Array; features: Float32Array } {
  const [counts, features] = [new Float32Array(BINS), new Float32Array(FEATURES + 1)];
  e.weigh([seat], 1);
  e.polar(counts, 0);
  e.features(features, 1);
  return { counts, features: features.subarray(1) };
}

for (const kind of ["wasm", "plain"] as const)
  t.test(`polar counts of a frame are those of its own centre, whatever changes under way: ${kind}`, async (t) => {
    const side = 32;
    const s = twoGrains(2000, 3, 1, 2, side);
    const frame = s.frames[0]?.[0] as Uint8Array;
    const e = setMaker[kind]({ height: side, width: side, seats: 3, features: SETUP });
    const denoise = new Denoiser({
      columns: 1,
      height: side,
      width: side,
      newEstimator: () => e,
      products: null,
      features: SETUP,
    });
    const expected = (radius: number, mask: Uint8Array | null, row: number, col: number, what: string): void => {
      const { counts, features } = ownOf(e, 0);
      const own = polarOf(frame, side, mask, radius, row, col);
      t.same(counts, own, what);
      t.ok(apart(projected(own), features) < NEAR, `${what}: features`);
    };
    const beam = (row: number, col: number, radius: number): RowBeam => ({ centre: Float64Array.of(row, col), radius });
    denoise.takeRow(0, () => [frame], 254, beam(15.3, 16.1, 3));
    expected(3, null, 15.3, 16.1, "as it came");
    e.setRadius(5);
    expected(5, null, 15.3, 16.1, "another radius");
    const mask = Uint8Array.from({ length: side * side }, (_, p) => (p % 7 === 0 ? 1 : 0));
    e.setUsed(mask.map((m) => 1 - m));
    expected(5, mask, 15.3, 16.1, "pixels that turned out to be bad");
    e.aim(0, 9, 30.6);
    expected(5, mask, 9, 30.6, "another centre");
    for (const nowhere of [Number.NaN, 1e9]) {
      e.aim(0, nowhere, 16);
      const { counts, features } = ownOf(e, 0);
      t.ok(counts.every((n) => n === 0) && features.every((v) => v === 0), `centre ${nowhere}`);
    }
    t.throws(() => e.aim(2, 1, 1), { message: "seat 2 is empty" });
  });

/** What comes of a scan, with the averages that a consumer was given. */
function denoise(s: TwoGrains, kind: "wasm" | "plain", lost: ReadonlySet<number> = new Set()) {
  const polar = new Map<string, Float32Array>();
  const centre = Float64Array.from({ length: 2 * s.columns }, (_, i) => s.side / 2 + (i % 2 === 0 ? 0.1 : -0.02) * i);
  const denoiser = new Denoiser({
    columns: s.columns,
    height: s.side,
    width: s.side,
    newEstimator: setMaker[kind],
    products: null,
    features: SETUP,
    onPolar({ row, column, positions, final, counts }) {
      for (let i = 0; i < positions; i++) polar.set(`${row} ${column + i} ${final}`, counts.slice(i * BINS, (i + 1) * BINS));
    },
  });
  const at = (row: number, column: number): Uint8Array[] =>
    lost.has(row * s.columns + column) ? [] : [s.frames[row]?.[column] as Uint8Array];
  const beam = { centre, radius: 3 };
  const take = (row: number): RowEstimate[] => denoiser.takeRow(row, (column) => at(row, column), 254, beam).estimates;
  const rows = s.frames.flatMap((_, row) => take(row));
  rows.push(...denoiser.finish());
  return { rows, polar, denoiser, take, at, centre };
}

for (const kind of ["wasm", "plain"] as const)
  t.test(`features are the weights times the averages, of every position at both tiers: ${kind}`, async (t) => {
    const s = twoGrains(150, 5, 6, kind === "wasm" ? POLAR_BATCH + 3 : 9, 16);
    const lost = new Set([3, s.columns + 1, 5 * s.columns + 8]);
    const { rows, polar } = denoise(s, kind, lost);
    t.equal(rows.length, 2 * s.rows);
    t.equal(polar.size, 2 * s.rows * s.columns);
    let worst = 0;
    for (const { row, final, features } of rows)
      for (let c = 0; c < s.columns; c++) {
        const counts = polar.get(`${row} ${c} ${final}`) as Float32Array;
        const own = features.subarray(c * FEATURES, (c + 1) * FEATURES);
        if (lost.has(row * s.columns + c)) t.ok(counts.every(Number.isNaN) && own.every(Number.isNaN), "no frame");
        else worst = Math.max(worst, apart(projected(counts), own));
      }
    t.ok(worst < 20 * NEAR, `off by ${worst}`);
  });

t.test("the counts of a scan are kept, and the kernels answer what plain TypeScript does", async (t) => {
  const s = twoGrains(400, 8, 9, 9, 24);
  const [fast, plain] = [denoise(s, "wasm"), denoise(s, "plain")];
  const total = (counts: Float32Array): number => counts.reduce((a, n) => a + n, 0);
  let [averaged, raw] = [0, 0];
  for (const [row, line] of s.frames.entries())
    for (const [c, frame] of line.entries()) {
      averaged += total(fast.polar.get(`${row} ${c} true`) as Float32Array);
      raw += total(polarOf(frame, s.side, null, 3, fast.centre[2 * c] as number, fast.centre[2 * c + 1] as number));
    }
  t.ok(Math.abs(averaged / raw - 1) < 0.02, `${averaged} of ${raw}`);
  for (const [i, row] of fast.rows.entries()) t.ok(apart(plain.rows[i]?.features as Float32Array, row.features) < 0.02, `row ${row.row}`);
});

t.test("rows may be taken once more: final estimates, with other centres", async (t) => {
  const s = twoGrains(200, 6, 5, 7, 16);
  const { denoiser, take, at, centre } = denoise(s, "wasm");
  const again = s.frames.flatMap((_, row) => take(row));
  t.same(
    again.map((r) => [r.row, r.final]),
    [0, 1, 2].map((row) => [row, true]),
  );
  again.push(...denoiser.finish());
  t.equal(again.length, s.rows);
  const third = [...s.frames.flatMap((_, row) => take(row)), ...denoiser.finish()];
  t.same(third, again, "nothing more is learnt");
  const n = denoiser.weighAt(at, s.rows, 2, 3, 254, (_, c) => [centre[2 * c] as number, centre[2 * c + 1] as number]);
  t.equal(n, again[2]?.neighbours[3]);
  t.same(denoiser.featuresOf(), again[2]?.features.slice(3 * FEATURES, 4 * FEATURES));
  t.ok(apart(projected(denoiser.polarOf()), (again[2] as RowEstimate).features.subarray(3 * FEATURES, 4 * FEATURES)) < 1e-3);
  denoiser.setUsed(new Uint8Array(s.side * s.side).map((_, p) => (p === 3 ? 0 : 1)));
  t.ok(Number.isNaN(denoiser.pattern(at, s.rows, 2, 3, 254)?.[3]), "a mask that comes late");
});

t.test("without a set-up there are no features", async (t) => {
  for (const kind of ["wasm", "plain"] as const) {
    const s = twoGrains(50, 1, 2, 3, 8);
    const denoiser = new Denoiser({ columns: 3, height: 8, width: 8, newEstimator: setMaker[kind], products: null });
    const { estimates } = denoiser.takeRow(0, (c) => [{ list: Uint32Array.of((2 << 25) | c) }], 254, {
      centre: new Float64Array(6),
      radius: 1,
    });
    t.equal(estimates[0]?.features.length, 0);
    t.ok(s.rows > 0);
  }
});
