import t from "tap";
import { angleField } from "../../src/components/angle-field.js";
import {
  type AngleMoments,
  type AnglePart,
  findStep,
  isStep,
  joinMoments,
  LEAST_STEP,
  momentsOf,
} from "../../src/components/angle-steps.js";
import { ComponentScan } from "../../src/components/component-scan.js";
import { grainGroups } from "../../src/components/grain-groups.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import { LabelMap } from "../../src/components/label-map.js";
import type { PolarFrame } from "../../src/components/polar-events.js";
import { SumBuilder } from "../../src/components/region-sum.js";
import { RegionTiles } from "../../src/components/region-tiles.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { aPolarFrame, aScale, fourFold, ratesOf } from "../fixtures/polar-specimens.js";

const DEGREE = Math.PI / 180;
const SECTOR = (2 * Math.PI) / 128;

/** Angles in degrees on a field of tiles; each is known to within `sigma` degrees. Noise of that size, the same every time. */
function aField(rows: number, columns: number, sigma: number, degrees: (row: number, column: number) => number): AnglePart[] {
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [3 * Math.floor(i / columns) + 1, 3 * (i % columns) + 1];
    const information = 1 / (sigma * DEGREE) ** 2;
    const noise = sigma * Math.sqrt(2) * Math.sin(1 + 12.9898 * i);
    return { row, column, electrons: 2000, information, score: information * DEGREE * (degrees(row, column) + noise) };
  });
}

const halves = (parts: readonly AnglePart[]): [AngleMoments, AngleMoments] => [
  momentsOf(parts.filter((p) => p.column < 12)),
  momentsOf(parts.filter((p) => p.column >= 12)),
];

t.test("moments of a whole are those of its parts joined, in any order", async (t) => {
  const parts = aField(5, 8, 0.2, (row, column) => 0.1 * row - 0.05 * column);
  const [whole, [a, b]] = [momentsOf(parts), halves(parts)];
  for (const joined of [joinMoments(a, b), joinMoments(b, a)])
    for (const key of ["electrons", "information", "angle", "row", "column"] as const)
      t.ok(Math.abs(joined[key] - whole[key]) <= 1e-9 * Math.abs(whole[key]), key);
  const joined = joinMoments(a, b);
  for (const [i, v] of [...whole.spread, ...whole.lean].entries())
    t.ok(Math.abs(([...joined.spread, ...joined.lean][i] as number) - v) <= 1e-6 * whole.spread[0]);
  t.ok(Math.abs(whole.row - 7) + Math.abs(whole.column - 11.5) < 1e-9);
});

t.test("a step is told from nothing, from a small one and from a crystal that bends", async (t) => {
  const stepOf = (sigma: number, degrees: (row: number, column: number) => number): boolean =>
    isStep(...halves(aField(5, 8, sigma, degrees)));
  t.ok(stepOf(0.2, (_, c) => (c < 12 ? 0 : 1)));
  t.ok(
    stepOf(0.2, (r, c) => (c < 12 ? 0 : -1) + 0.01 * r),
    "and with a slight bend",
  );
  t.notOk(stepOf(0.2, () => 0));
  t.notOk(
    stepOf(0.02, (_, c) => (c < 12 ? 0 : 0.4)),
    "significant, but less than a low-angle boundary",
  );
  t.notOk(
    stepOf(2, (_, c) => (c < 12 ? 0 : 1)),
    "less than the noise",
  );
  t.notOk(
    stepOf(0.2, (_, c) => c / 12),
    "a plane, whose halves are as far apart",
  );
  const nothing = { ...momentsOf([]), angle: 1 };
  t.notOk(isStep(momentsOf(aField(5, 8, 0.2, () => 0)), nothing));
  t.notOk(isStep(nothing, momentsOf(aField(5, 8, 0.2, () => 0))));
});

t.test("areas of one row of tiles bend along it only", async (t) => {
  const line = (degrees: (column: number) => number): boolean => isStep(...halves(aField(1, 8, 0.05, (_, c) => degrees(c))));
  t.ok(line((c) => (c < 12 ? 0 : 1)));
  t.notOk(line((c) => c / 12));
});

t.test("a region is cut where its angle has a step", async (t) => {
  const slanted = (row: number, column: number): number => (row + column < 18 ? 0 : 1);
  const parts = aField(6, 6, 0.15, slanted);
  const side = findStep(parts, 4) as Int8Array;
  const own = parts.map((p) => slanted(p.row, p.column));
  const agree = own.filter((s, i) => s === side[i]).length / own.length;
  t.ok(Math.max(agree, 1 - agree) > 0.9);
  t.equal(
    findStep(
      aField(6, 6, 0.15, (r, c) => (r + c) / 18),
      4,
    ),
    null,
    "bent",
  );
  t.equal(
    findStep(
      aField(6, 6, 0.15, () => 0),
      4,
    ),
    null,
  );
  t.equal(
    findStep(
      aField(6, 6, 0.15, (r, c) => (r + c < 18 ? 0 : 0.4)),
      4,
    ),
    null,
    "too little",
  );
  t.equal(
    findStep(
      aField(2, 3, 0.15, (_, c) => (c < 4 ? 0 : 1)),
      4,
    ),
    null,
    "too few parts",
  );
  t.equal(findStep([], 4), null);
});

t.test("regions at a step are grains of their own, and what is unsure goes to the nearer one", async (t) => {
  const member = (id: number, degrees: number, frames: number, neighbours: number[]) => ({
    id,
    class: 1,
    angle: degrees * DEGREE,
    alike: 4,
    frames,
    neighbours,
  });
  // 3 is small and touches both; across the end of the period, as 0.2 and 89.3 degrees are.
  const members = [member(1, 0.2, 90, [2, 3]), member(2, 89.3, 80, [1, 3]), member(3, 89.6, 5, [1, 2])];
  const sigma = new Map([
    [1, 0.05],
    [2, 0.05],
    [3, 0.8],
  ]);
  const momentsAt = (id: number): AngleMoments => momentsOf(aField(3, 3, 3 * (sigma.get(id) as number), () => 0));
  t.same(grainGroups(members, momentsAt), [[0], [1, 2]]);
  t.same(grainGroups(members), [[0, 1, 2]], "where nobody tells steps");
  const asked: number[] = [];
  grainGroups([member(1, 0.2, 90, [2]), member(2, 0.2 + 0.9 * (LEAST_STEP / DEGREE), 80, [1])], (id) => {
    asked.push(id);
    return momentsAt(id);
  });
  t.same(asked, [], "nothing is asked of what is less apart than a step");
});

/** A scan of a crystal that is turned by so many degrees at each position. */
function aTurnedScan(rows: number, columns: number, degrees: (row: number, column: number) => number) {
  const rates = new Map<number, Float64Array>();
  const frames = Array.from({ length: rows * columns }, (_, p): PolarFrame => {
    const turn = (degrees(Math.floor(p / columns), p % columns) * DEGREE) / SECTOR;
    const known = rates.get(turn) ?? ratesOf(fourFold, turn);
    rates.set(turn, known);
    return aPolarFrame(known, p + 1);
  });
  return { rows, columns, frames };
}

t.test("parts of a region have the angles that their frames are turned by", async (t) => {
  const [rows, columns] = [12, 12];
  const { frames } = aTurnedScan(rows, columns, (_, c) => (c < 6 ? -0.5 : 0.5));
  const scan = new ScanEvents(columns, aScale);
  const labels = new LabelMap(columns);
  labels.grow(rows);
  for (let row = 0; row < rows; row++) scan.append((c) => frames[row * columns + c] ?? null);
  const building = new SumBuilder(scan);
  for (let p = 0; p < rows * columns; p++) {
    labels.set(Math.floor(p / columns), p % columns, 7);
    building.add(Math.floor(p / columns), p % columns);
  }
  const core = building.build();
  const parts = angleField(scan, core, new RegionTiles(scan, labels, 7));
  t.equal(parts.length, 16);
  t.same([parts[0]?.row, parts[0]?.column, parts[15]?.row, parts[15]?.column], [1, 1, 10, 10]);
  const [a, b] = [momentsOf(parts.filter((p) => p.column < 6)), momentsOf(parts.filter((p) => p.column >= 6))];
  const sigma = Math.sqrt(1 / a.information + 1 / b.information);
  t.ok(sigma < 0.2 * DEGREE);
  t.ok(Math.abs(b.angle - a.angle - DEGREE) < 3 * sigma, `${(b.angle - a.angle) / DEGREE} degrees`);
  const spread = parts.filter((p) => p.column < 6).map((p) => ((p.score / p.information - a.angle) ** 2 * p.information) as number);
  const chi = spread.reduce((x, y) => x + y) / (spread.length - 1);
  t.ok(chi > 0.1 && chi < 3, "the information is what the angles scatter by");
});

t.test("two grains that are turned by a degree are found, one that bends by as much is one", async (t) => {
  const grainsOf = (degrees: (row: number, column: number) => number): Int32Array => {
    const { rows, columns, frames } = aTurnedScan(18, 24, degrees);
    const found = new ComponentScan({ columns, rows, scale: aScale, library: null, joined: new JoinedClasses() });
    for (let row = 0; row < rows; row++) found.takeRow((c) => frames[row * columns + c] ?? null);
    return Int32Array.from(found.finish().grain);
  };
  const two = grainsOf((_, c) => (c < 12 ? 20 : 21));
  t.equal(new Set(two).size, 2);
  const left = two[0];
  const right = two[23];
  t.not(left, right);
  const wrong = two.filter((g, p) => g !== (p % 24 < 12 ? left : right)).length;
  t.ok(wrong < 0.05 * two.length, `${wrong} positions`);
  t.equal(new Set(grainsOf((_, c) => 20 + Math.round(c / 2) / 6)).size, 1);
});
