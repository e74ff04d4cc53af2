import fc from "fast-check";
import t from "tap";
import { DEFAULT_STATE, type PageState, readHash, writeHash } from "../../dashboard/lib/hash-state.js";
import { age, niceFloor, percent, short, ticks, whole } from "../../dashboard/lib/numbers.js";
import { scaleBar } from "../../dashboard/lib/scale-bar.js";
import { shapeFits, shapesFor } from "../../dashboard/lib/shapes.js";
import { panBy, placeIn, positionAt, WHOLE, zoomAt } from "../../dashboard/lib/view.js";

const map = { width: 40, height: 20 };
const box = { width: 400, height: 400 };

t.test("a map is shown whole, with square pixels, in the middle", async (t) => {
  t.same(placeIn(box, map, WHOLE), { scale: 10, x: 0, y: 100 });
  t.same(positionAt(placeIn(box, map, WHOLE), map, 15, 115), { row: 1, col: 1 });
  t.equal(positionAt(placeIn(box, map, WHOLE), map, 15, 99), null);
  t.equal(positionAt(placeIn(box, map, WHOLE), map, 15, 301), null);
});

t.test("zooming keeps what is under the pointer", async (t) => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  fc.assert(
    fc.property(number(150, 250), number(150, 250), number(2.5, 8), (x, y, factor) => {
      const before = placeIn(box, map, WHOLE);
      const view = zoomAt(WHOLE, box, map, x, y, factor);
      const after = placeIn(box, map, view);
      const u = (p: typeof before): number => (x - p.x) / p.scale;
      return Math.abs(u(before) - u(after)) < 1e-6;
    }),
  );
  t.same(zoomAt({ zoom: 1.2, row: 0.1, col: 0.9 }, box, map, 0, 0, 0.1), WHOLE, "never smaller than whole");
  t.equal(zoomAt(WHOLE, box, map, 0, 0, 1e9).zoom, 64);
});

t.test("panning moves the map with the pointer and stops at its edge", async (t) => {
  const v = { zoom: 4, row: 0.5, col: 0.5 };
  const moved = placeIn(box, map, panBy(v, box, map, 30, -20));
  const before = placeIn(box, map, v);
  t.ok(Math.abs(moved.x - before.x - 30) < 1e-9 && Math.abs(moved.y - before.y + 20) < 1e-9);
  t.equal(placeIn(box, map, panBy(v, box, map, 1e6, 0)).x, 0);
  t.same(panBy(v, box, map, 1e6, 1e6), { zoom: 4, row: 0, col: 0 });
});

t.test("the address holds the view and gives it back", async (t) => {
  t.equal(writeHash(DEFAULT_STATE), "/live");
  t.same(readHash("#/live"), DEFAULT_STATE);
  const s: PageState = {
    screen: "system",
    series: "20261121T000000Z-3",
    tiles: [
      { layer: "com_row", table: "blue orange dark", curve: "sqrt", limits: [-1.5, 2], locked: true },
      ...DEFAULT_STATE.tiles.slice(1, 3),
      { layer: "projections.11", table: null, curve: "log", limits: null, locked: false },
    ],
    active: 2,
    view: { zoom: 2.5, row: 0.25, col: 0.75 },
    cursor: { row: 3, col: 99 },
    pins: [
      { row: 1, col: 2 },
      { row: 3, col: 4 },
    ],
    pattern: "5x5",
    patternView: "difference",
    patternCurve: "lin",
  };
  t.same(readHash(`#${writeHash(s)}`), s);
});

t.test("a broken address is the default, never an error", async (t) => {
  t.same(readHash(""), DEFAULT_STATE);
  t.same(readHash("#token=secret"), DEFAULT_STATE);
  t.same(readHash("#/live?t0=%ZZ&a=9&v=0~2~3&c=x&p=1.2~q&m=loud&pc=x&s=").pins, [{ row: 1, col: 2 }]);
  t.match(readHash("#/live?t0=%3Cscript%3E,none,up,3~1").tiles[0], {
    layer: "sum",
    table: null,
    curve: "lin",
    limits: null,
    locked: false,
  });
  t.equal(readHash(`#/live?s=${"x".repeat(200)}`).series, null);
  fc.assert(
    fc.property(fc.string(), (s) => {
      const read = readHash(`#/live?${s}`);
      return read.tiles.length === 4 && read.active >= 0 && read.active < 4;
    }),
  );
});

t.test("numbers are short and honest", async (t) => {
  t.equal(whole(1234567), "1\u2009234\u2009567");
  t.equal(whole(-1234), "−1\u2009234");
  t.equal(whole(Number.NaN), "–");
  t.equal(whole(-0.2), "0");
  t.same([0, 0.1234, 12.5, 999, 1234, 12_345, 4.2e6, 3.1e9, -0.5].map(short), [
    "0",
    "0.123",
    "12.5",
    "999",
    "1\u2009234",
    "12.3k",
    "4.2M",
    "3.1G",
    "−0.5",
  ]);
  t.equal(short(0.00012), "1.2e−4");
  t.equal(short(Number.POSITIVE_INFINITY), "–");
  t.equal(percent(9999, 10_000), "99 %", "nearly all is not all");
  t.equal(percent(10_000, 10_000), "100 %");
  t.equal(percent(1, 1000), "0.1 %");
  t.equal(percent(1, 0), "–");
  t.same([-1, 3.14, 42, 600, 7300, 400_000].map(age), ["–", "3.1 s", "42 s", "10 min", "2 h", "5 d"]);
});

t.test("ticks are round, inside, and about as many as wished", async (t) => {
  t.same(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  t.same(ticks(-1.1, 1.1, 4), [-1, -0.5, 0, 0.5, 1]);
  t.same(ticks(3, 3, 4), []);
  const size = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), size, fc.integer({ min: 2, max: 8 }), (spans, span, count) => {
      const low = spans * span;
      const list = ticks(low, low + span, count);
      return list.length <= 2 * count + 1 && list.every((v) => v >= low - span * 1e-6 && v <= low + span * (1 + 1e-6));
    }),
  );
  t.same([1, 1.9, 2, 4.9, 5, 9.9, 0.03].map(niceFloor), [1, 1, 2, 2, 5, 5, 0.02]);
});

t.test("scale bars are 1-2-5, and in px without calibration", async (t) => {
  t.same(scaleBar(2, 2, "nm", 60), { length: 50, label: "50 nm" });
  t.same(scaleBar(1, 50, "nm", 50), { length: 40, label: "2 µm" });
  t.same(scaleBar(4, null, "nm", 100), { length: 80, label: "20 px" });
  t.same(scaleBar(4, 0, "nm", 100)?.label, "20 px");
  t.same(scaleBar(3, 0.0125, "1/Å", 60)?.label, "0.2 1/Å");
  t.equal(scaleBar(100, null, "nm", 50), null, "less than one pixel");
  t.equal(scaleBar(1, 1, "nm", 0), null);
});

t.test("shapes that hold a count, and what a shape does with it", async (t) => {
  t.same(shapesFor(12, 4), [
    [3, 4],
    [4, 3],
    [2, 6],
    [6, 2],
  ]);
  t.same(shapesFor(16, 2), [
    [4, 4],
    [2, 8],
  ]);
  t.same(shapesFor(0), []);
  t.match(shapeFits(4, 4, 16), /exactly/);
  t.match(shapeFits(4, 4, 18), /2 frames would lie beyond/);
  t.match(shapeFits(4, 4, 10), /6 positions would stay empty/);
  t.match(shapeFits(Number.NaN, 4, 10), /whole numbers/);
});
