import fc from "fast-check";
import t from "tap";
import { Fault, isFault } from "../../src/core/fault.js";
import { LAYERS, layerSpec } from "../../src/core/map-layer.js";
import {
  BEYOND,
  guessShape,
  imagesOf,
  imagesPerLine,
  lineOf,
  linesOf,
  PLAIN_RASTER,
  place,
  type ScanGrid,
  SKIPPED,
} from "../../src/core/scan.js";
import { isOver, SERIES_STATES } from "../../src/core/series.js";

const aGrid = (o: Partial<ScanGrid> = {}): ScanGrid => ({
  rows: 3,
  columns: 4,
  ...PLAIN_RASTER,
  ...o,
});

t.test("raster and serpentine", async (t) => {
  t.equal(place(aGrid(), 5), 5);
  t.equal(place(aGrid(), 12), BEYOND);
  const snake = aGrid({ order: "serpentine" });
  t.same(
    [3, 4, 5, 7, 8].map((i) => place(snake, i)),
    [3, 7, 6, 4, 8],
  );
});

t.test("a line of 257 images for 256 positions does not shear", async (t) => {
  const start = aGrid({ lineSkip: 1 });
  t.same(
    [0, 1, 4, 5, 6].map((i) => place(start, i)),
    [SKIPPED, 0, 3, SKIPPED, 4],
  );
  const end = aGrid({ lineSkip: 1, lineSkipAt: "end", skipStart: 2 });
  t.same(
    [0, 1, 2, 5, 6, 7].map((i) => place(end, i)),
    [SKIPPED, SKIPPED, 0, 3, SKIPPED, 4],
  );
  t.equal(lineOf(end, 1), -1);
  t.equal(lineOf(end, 7), 1);
});

t.test("listed positions", async (t) => {
  const listed = aGrid({ order: "positions", positions: Int32Array.from([5, -1, 0, 11, 7]) });
  t.same(
    [0, 1, 2, 3, 4, 5, 7, 8].map((i) => place(listed, i)),
    [5, SKIPPED, 0, 11, 7, BEYOND, BEYOND, BEYOND],
  );
  t.equal(place(aGrid({ order: "positions", positions: Int32Array.from([12]) }), 0), SKIPPED, "never outside the map");
  t.equal(linesOf(listed), 2);
  t.equal(imagesOf(listed), 5);
});

t.test("every position is reached framesPerPosition times, by no image beyond", async () => {
  const grids = fc.record({
    rows: fc.integer({ min: 1, max: 7 }),
    columns: fc.integer({ min: 1, max: 7 }),
    order: fc.constantFrom("raster" as const, "serpentine" as const),
    skipStart: fc.integer({ min: 0, max: 5 }),
    lineSkip: fc.integer({ min: 0, max: 3 }),
    lineSkipAt: fc.constantFrom("start" as const, "end" as const),
    framesPerPosition: fc.integer({ min: 1, max: 3 }),
    step: fc.constant(0),
  });
  fc.assert(
    fc.property(grids, (g) => {
      const hits = new Int32Array(g.rows * g.columns);
      for (let i = 0; i < imagesOf(g); i++) {
        const at = place(g, i);
        if (at === BEYOND) return false;
        if (at >= 0) hits[at] = (hits[at] as number) + 1;
      }
      return hits.every((h) => h === g.framesPerPosition) && place(g, imagesOf(g)) === BEYOND && imagesPerLine(g) >= g.columns;
    }),
  );
});

t.test("a guess is as square as the count allows, and holds it", async (t) => {
  t.same(guessShape(65536), [256, 256]);
  t.same(guessShape(24), [4, 6]);
  t.same(guessShape(0), [1, 1]);
  t.same(guessShape(97), [10, 10]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (n) => {
      const [r, c] = guessShape(n);
      return r * c >= n && r * c < n + c;
    }),
  );
});

t.test("faults, layers, states", async (t) => {
  const f = new Fault("bad-file", "x.npy", "no", new Error("cause"));
  t.ok(isFault(f) && isFault(f, "bad-file") && !isFault(f, "bad-usage") && !isFault(new Error()));
  t.match(f.cause, /cause/);
  t.equal(new Fault("bad-file", "x", "no").cause, undefined);
  for (const l of LAYERS) t.equal(layerSpec(l.name), l);
  t.throws(() => layerSpec("nonsense"), /nonsense/);
  t.same(SERIES_STATES.filter(isOver), ["finished", "aborted"]);
});
