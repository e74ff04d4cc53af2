import t from "tap";
import { ceilingOf } from "../../bench/quality/component-ceiling.js";
import { compareOrders } from "../../bench/quality/component-order.js";
import { fastKernels } from "../../src/components/polar-kernels.js";
import { theKernels } from "../fixtures/lanes.js";
import { aPolarFrame, aScale, ratesOf, type Specimen, symmetricSpots } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [24, 27];
const crystal: Specimen = {
  spots: symmetricSpots(4, [
    [30, 10, 0.05],
    [42, 55, 0.04],
    [60, 10, 0.03],
  ]),
};
const other: Specimen = {
  spots: symmetricSpots(6, [
    [34, 0, 0.05],
    [58.9, 30, 0.04],
  ]),
};
const glass: Specimen = { halo: { radius: 45, width: 8, peak: 0.012 } };

t.test("rows or columns from the other end, and all at once, give the same grains and classes", async (t) => {
  const rates = [ratesOf(crystal), ratesOf(crystal, 11), ratesOf(other, 5), ratesOf(glass)];
  const kind = (p: number): number => {
    const [row, column] = [Math.floor(p / COLUMNS), p % COLUMNS];
    return row + column > 38 ? 3 : column < 12 ? Number(row > 11) : 2;
  };
  const frames = Array.from({ length: ROWS * COLUMNS }, (_, p) => aPolarFrame(rates[kind(p)] as Float64Array, p + 1));
  const scan = { rows: ROWS, columns: COLUMNS, scale: aScale, frame: (p: number) => frames[p] ?? null };
  const grain = frames.map((_, p) => kind(p));
  const truth = { grain, phase: grain, family: grain.map((g) => Math.max(1, g)), angle: null, fold: null, purity: grain.map(() => 1) };
  const ceiling = ceilingOf(scan, truth, fastKernels(theKernels));
  t.ok(ceiling.label > 0.98 && ceiling.grain > 0.98, "true regions stay what they are");
  t.ok(Number.isNaN(ceilingOf(scan, { ...truth, family: null }, fastKernels(theKernels)).label));
  const found = compareOrders(scan, () => fastKernels(theKernels));
  for (const [name, { label, grain }] of Object.entries(found)) {
    t.ok(label >= 0.95, `${name}: classes ${label}`);
    t.ok(grain >= 0.95, `${name}: grains ${grain}`);
  }
});
