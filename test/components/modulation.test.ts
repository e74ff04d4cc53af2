import t from "tap";
import { LabelMap } from "../../src/components/label-map.js";
import { isSpotted, ModulationMeter } from "../../src/components/modulation.js";
import { BINS } from "../../src/components/polar-events.js";
import { plainKernels } from "../../src/components/polar-kernels.js";
import type { HalfSum } from "../../src/components/region-sum.js";
import { type Region, RegionTable } from "../../src/components/region-table.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { knownBy } from "../../src/components/sure-core.js";
import { anArea, aPolarFrame, aRegionSum, aScale, ratesOf, symmetricSpots } from "../fixtures/polar-specimens.js";

const meter = new ModulationMeter(aScale, plainKernels());
const spots = symmetricSpots(2, [
  [30, 10, 0.05],
  [52, 33, 0.04],
]);
const halo = ratesOf({ halo: { radius: 45, width: 8, peak: 0.012 } });
const crystal = ratesOf({ spots });

t.test("noise does not raise the modulation of a halo, and its standard deviation is known", async (t) => {
  for (const frames of [2, 20, 200]) {
    const found = Array.from({ length: 60 }, (_, seed) => meter.measure(aRegionSum(halo, frames, seed + 1)));
    const mean = found.reduce((sum, m) => sum + m.power / m.noise, 0) / found.length;
    const spread = Math.sqrt(found.reduce((sum, m) => sum + (m.power / m.noise) ** 2, 0) / found.length);
    t.ok(Math.abs(mean) < 0.5, `${frames} frames: ${mean} standard deviations on average`);
    t.ok(spread > 0.7 && spread < 1.4, `${frames} frames: ${spread} standard deviations`);
  }
});

t.test("the power is that of its definition, whatever the number of electrons", async (t) => {
  const counts = crystal.map((v, b) => v * (anArea[b] as number) * 1e4);
  const { power } = meter.measure({ halves: [counts, counts], area: Float64Array.from(anArea, (v) => 2e4 * v), frames: 2e4 });
  t.ok(power > 0.1, `${power}`);
  for (const frames of [40, 400]) {
    const found = Array.from({ length: 20 }, (_, seed) => meter.measure(aRegionSum(crystal, frames, seed + 1)).power);
    const mean = found.reduce((a, b) => a + b, 0) / found.length;
    t.ok(Math.abs(mean - power) < 0.05 * power, `${frames} frames: ${mean} for ${power}`);
  }
  // Rings of two levels, so wide that the blur of half a disk does not reach the middle of either: the mean of squares is 1/4, less at the steps.
  const steps = Float64Array.from({ length: BINS + 1 }, (_, b) => (anArea[b] as number) * (b % 128 < 64 ? 150 : 50));
  const stepped = meter.measure({ halves: [steps, steps], area: Float64Array.from(anArea, (v) => 2 * v), frames: 2 });
  t.ok(stepped.power > 0.2 && stepped.power < 0.25, `${stepped.power}`);
});

t.test("what one half of the frames saw does not count, and where one saw nothing nothing is known", async (t) => {
  const sum = aRegionSum(halo, 200, 1);
  const { power, noise } = meter.measure(sum);
  const spotted = {
    ...sum,
    halves: [sum.halves[0].map((v, b) => v + 20 * (crystal[b] as number) * (anArea[b] as number)), sum.halves[1]] as const,
  };
  t.ok(Math.abs(meter.measure(spotted).power - power) < 4 * noise);
  const none = new Float64Array(BINS + 1);
  for (const halves of [[sum.halves[0], none] as const, [none, none] as const]) {
    const unknown = meter.measure({ ...sum, halves });
    t.same(unknown, { power: 0, noise: Number.POSITIVE_INFINITY });
    t.notOk(isSpotted(unknown));
  }
  t.same(meter.measure({ ...sum, area: none }), { power: 0, noise: Number.POSITIVE_INFINITY });
});

t.test("the core of a halo is told without the positions of something else in it, faint spots stay", async (t) => {
  const [rows, columns] = [15, 45];
  const faint = ratesOf({ spots: spots.map((s) => ({ ...s, peak: s.peak / 9 })) });
  const other = ratesOf({ spots: spots.map((s) => ({ ...s, peak: 8 * s.peak })) });
  const scan = new ScanEvents(columns, aScale);
  // From left to right: a halo with nine positions of a crystal, faint spots, clear ones.
  const rates = (row: number, c: number): Float64Array =>
    c < 15 ? (row > 5 && row < 9 && c > 5 && c < 9 ? other : halo) : c < 30 ? faint : crystal;
  for (let row = 0; row < rows; row++) scan.append((c) => aPolarFrame(rates(row, c), row * columns + c + 1));
  const labels = new LabelMap(columns);
  labels.grow(rows);
  for (let row = 0; row < rows; row++) for (let c = 0; c < columns; c++) labels.set(row, c, Math.floor(c / 15));
  const table = new RegionTable(scan, labels);
  table.update(0, rows);
  const coreOf = (id: number): HalfSum => (table.regions.get(id) as Region).core;
  const whole = [0, 1, 2].map((id) => meter.measure(coreOf(id)));
  t.same(
    whole.map((m) => isSpotted(m)),
    [true, true, true],
    `${whole.map((m) => m.power)}`,
  );
  const { cores } = knownBy(scan, labels, table.regions, meter);
  t.same([...cores.keys()], [0, 1]);
  t.same(
    [...cores.values()].map((core) => isSpotted(meter.measure(core))),
    [false, true],
  );
  for (const [id, core] of cores) t.ok(core.frames < coreOf(id).frames && core.frames > 0.8 * coreOf(id).frames);
});

t.test("large regions are not looked at: a few positions do not matter there, and work is bounded", async (t) => {
  const [rows, columns] = [30, 60];
  const faint = ratesOf({ spots: spots.map((s) => ({ ...s, peak: s.peak / 9 })) });
  const scan = new ScanEvents(columns, aScale);
  for (let row = 0; row < rows; row++) scan.append((c) => aPolarFrame(faint, row * columns + c + 1));
  const labels = new LabelMap(columns);
  labels.grow(rows);
  for (let row = 0; row < rows; row++) for (let c = 0; c < columns; c++) labels.set(row, c, c < 15 ? 0 : 1);
  const table = new RegionTable(scan, labels);
  table.update(0, rows);
  t.same(
    [0, 1].map((id) => isSpotted(meter.measure((table.regions.get(id) as Region).core))),
    [true, true],
  );
  t.same([...knownBy(scan, labels, table.regions, meter).cores.keys()], [0]);
});
