import t from "tap";
import type { PolarFrame } from "../../src/components/polar-events.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { Superpixels } from "../../src/components/superpixels.js";
import { Axis, STEP, STRETCH } from "../../src/components/tiling.js";
import { aPolarFrame, aScale, ratesOf } from "../fixtures/polar-specimens.js";

t.test("an axis has the same cells from either end, and none is much wider or narrower than the others", async (t) => {
  for (let length = 1; length <= 40; length++) {
    const axis = new Axis(length);
    const cells = Array.from({ length }, (_, at) => axis.cellOf(at));
    t.same(
      cells.map((_, at) => axis.cells - 1 - axis.cellOf(length - 1 - at)),
      cells,
      `${length} positions`,
    );
    t.equal(axis.startOf(axis.cells), length);
    t.ok(axis.endsAt(0) && axis.endsAt(length));
    for (let cell = 0; cell < axis.cells; cell++) {
      const [first, end] = [axis.startOf(cell), axis.startOf(cell + 1)];
      t.same(
        cells.flatMap((c, at) => (c === cell ? [at] : [])),
        Array.from({ length: end - first }, (_, i) => first + i),
      );
      t.equal(axis.middleOf(cell), (first + end - 1) / 2);
      t.equal(axis.endsAt(end) && !axis.endsAt(first + 1), end - first > 1);
      if (length > 5)
        t.ok(Math.abs(end - first - STEP) <= (cell === 0 || cell === axis.cells - 1 ? STRETCH : 0), `${length}: ${end - first}`);
    }
    t.equal(axis.startOf(-2), 0);
  }
});

t.test("an axis of a length that is not known, or that goes on", async (t) => {
  const open = new Axis(0);
  t.equal(open.cells, Number.POSITIVE_INFINITY);
  t.same(
    [0, 1, 2, 3, 3000].map((at) => open.cellOf(at)),
    [0, 0, 0, 1, 1000],
  );
  t.equal(open.startOf(7), 7 * STEP);
  t.notOk(open.endsAt(4));
  const short = new Axis(7);
  t.same(
    [6, 7, 9, 10].map((at) => short.cellOf(at)),
    [2, 3, 3, 4],
  );
  t.same(
    [3, 4].map((cell) => short.startOf(cell)),
    [7, 10],
  );
});

const matter = [0, 13, 40].map((turn) => ratesOf({ spots: [0, 45, 90, 135].map((a) => ({ radius: 40, angle: a + turn, peak: 0.05 })) }));

for (const columns of [22, 23, 24])
  t.test(`superpixels of a mirrored scan of ${columns} columns are the mirrored superpixels`, async (t) => {
    const rows = 11;
    const frames = Array.from({ length: rows * columns }, (_, p) => {
      const [row, c] = [Math.floor(p / columns), p % columns];
      return aPolarFrame(matter[c < 7 + row / 2 ? 0 : c < 15 ? 1 : 2] as Float64Array, p + 1);
    });
    const grown = (at: (row: number, column: number) => PolarFrame): Int32Array[] => {
      const scan = new ScanEvents(columns, aScale, undefined, rows);
      const superpixels = new Superpixels(scan);
      for (let row = 0; row < rows; row++) {
        scan.append((c) => at(row, c));
        if (scan.tiles.rows.endsAt(row + 1)) superpixels.takeBand(scan.tiles.rows.cellOf(row));
      }
      return superpixels.of;
    };
    const there = grown((row, c) => frames[row * columns + c] as PolarFrame);
    const back = grown((row, c) => frames[row * columns + columns - 1 - c] as PolarFrame).map((row) => row.slice().reverse());
    const across = new Axis(columns).cells;
    const mirrored = (id: number): number => Math.floor(id / across) * across + across - 1 - (id % across);
    t.same(
      back.map((row) => row.map(mirrored)),
      there,
    );
  });
