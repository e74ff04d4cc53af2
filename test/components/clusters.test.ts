import t from "tap";
import { clustersAt } from "../../src/components/clusters.js";
import type { ClassRecord } from "../../src/components/library.js";
import { type ClassMap, occupancyOf, shiftOf } from "../../src/components/map-shift.js";
import { BINS } from "../../src/components/polar-events.js";
import { apart, Rotation } from "../../src/components/rotation.js";
import { aScale, ratesOf, type Specimen, sixFold as six, symmetricSpots } from "../fixtures/polar-specimens.js";

const two: Specimen = {
  spots: symmetricSpots(2, [
    [40, 0, 0.08],
    [56.6, 45, 0.05],
  ]),
};
const rotation = new Rotation(aScale);
const record = (id: number, rate: Float64Array, frames: number) => ({ id, rate, frames }) as unknown as ClassRecord;

/** Blobs of an L shape at some places; -1 elsewhere. */
function aScan(rows: number, columns: number, blobs: readonly (readonly [id: number, row: number, column: number])[], scale = 1): ClassMap {
  const label = new Int32Array(rows * columns).fill(-1);
  const shape = [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 1],
  ];
  for (const [id, row, column] of blobs)
    for (const [r, c] of shape as [number, number][])
      for (let i = 0; i < scale * scale; i++)
        label[(row + r * scale + Math.floor(i / scale)) * columns + column + c * scale + (i % scale)] = id;
  return { rows, columns, label };
}

t.test("the shift between two maps is that of their cross-correlation", async (t) => {
  const scan = aScan(20, 24, [
    [1, 3, 4],
    [2, 9, 17],
  ]);
  const [a, b] = [occupancyOf(scan, 1), occupancyOf(scan, 2)];
  t.same(shiftOf(a, b), { rows: 6, columns: 13, alike: 1 });
  t.same(shiftOf(b, a), { rows: -6, columns: -13, alike: 1 });
  t.same(shiftOf(a, a), { rows: 0, columns: 0, alike: 1 });
  t.same(shiftOf(a, occupancyOf(scan, 7)), { rows: 0, columns: 0, alike: 0 }, "nothing there");
});

t.test("shifts of large scans are known to a cell", async (t) => {
  const scan = aScan(
    200,
    150,
    [
      [1, 12, 20],
      [2, 92, 60],
    ],
    8,
  );
  const a = occupancyOf(scan, 1);
  t.match(a, { height: 50, width: 38, cell: 4 });
  t.equal(
    a.values.reduce((sum, v) => sum + v, 0),
    (4 * 64) / 16,
  );
  t.same(shiftOf(a, occupancyOf(scan, 2)), { rows: 80, columns: 40, alike: 1 });
});

t.test("clusters of a cut: turned as the one of most frames lies, and moved there", async (t) => {
  const records = [
    record(3, ratesOf(two, 20), 50),
    record(5, ratesOf(six), 100),
    record(8, ratesOf(two, 5), 200),
    record(9, ratesOf(six, 3), 0),
  ];
  const scan = aScan(16, 16, [
    [3, 8, 9],
    [5, 1, 12],
    [8, 2, 3],
  ]);
  t.same(
    clustersAt(rotation, records, 0, scan).map((c) => c.members.map((m) => m.id)),
    [[3], [5], [8], [9]],
  );
  const found = clustersAt(rotation, records, 0.3, scan);
  t.same(
    found.map((c) => c.members.map((m) => m.id)),
    [
      [3, 8],
      [5, 9],
    ],
  );
  const [{ members, rate, map } = { members: [], rate: [], map: null }] = found;
  t.ok(apart((members[0]?.turn as number) % 64, 15) < 0.5, `turned by ${members[0]?.turn} sectors`);
  t.same(
    [members[0]?.shift, members[1]?.shift],
    [
      { rows: 6, columns: 6, alike: 1 },
      { rows: 0, columns: 0, alike: 1 },
    ],
  );
  const expected = ratesOf(two, 5);
  const away = expected.reduce((sum, v, b) => sum + Math.abs(v - (rate[b] as number)), 0) / expected.reduce((sum, v) => sum + v, 0);
  t.ok(away < 0.1, `as the larger one lies, to ${away}`);
  t.equal(rate.length, BINS + 1);
  t.same(
    [...(map?.values ?? [])].flatMap((v, i) => (v > 0 ? [[Math.floor(i / 16), i % 16, v]] : [])),
    [
      [2, 3, 1],
      [3, 3, 1],
      [4, 3, 1],
      [4, 4, 1],
    ],
    "both in one place",
  );
  t.same(found[1]?.members[1]?.shift, { rows: 0, columns: 0, alike: 0 }, "a class that is nowhere");
});
