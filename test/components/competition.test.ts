import t from "tap";
import { advantage, Competition } from "../../src/components/competition.js";
import { LabelMap } from "../../src/components/label-map.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { aPolarFrame, aScale, ratesOf, symmetricSpots } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [12, 12];
const spots = symmetricSpots(4, [
  [30, 10, 0.05],
  [60, 40, 0.05],
]);
const rates = [ratesOf({ spots }), ratesOf({ spots }, 16)] as const;

/** Frames of a kind, and regions, by position. */
function scanned(kind: (row: number, column: number) => number, region: (row: number, column: number) => number) {
  const scan = new ScanEvents(COLUMNS, aScale);
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  for (let row = 0; row < ROWS; row++) {
    scan.append((c) => (kind(row, c) < 0 ? null : aPolarFrame(rates[kind(row, c)] as Float64Array, row * COLUMNS + c + 1)));
    for (let c = 0; c < COLUMNS; c++) labels.set(row, c, region(row, c));
  }
  return { scan, labels };
}

const inside = (row: number, column: number): boolean => row >= 4 && row < 8 && column >= 4 && column < 8;

t.test("a part of what is around it is foretold better by that; something else is not", (t) => {
  const piece = (row: number, column: number): number => Number(inside(row, column));
  const same = scanned(() => 0, piece);
  t.ok(advantage(same.scan, same.labels, 1) < 0, "fewer frames tell less");
  const other = scanned(piece, piece);
  t.ok(advantage(other.scan, other.labels, 1) > 100);
  t.ok(advantage(other.scan, other.labels, 0) > 100);
  t.end();
});

t.test("each frame is compared with the best around it", (t) => {
  const halves = scanned(
    (_, c) => Number(c >= 6),
    (row, c) => (inside(row, c) ? 2 : Number(c >= 6)),
  );
  t.ok(advantage(halves.scan, halves.labels, 2) < 0, "a mixture of two");
  t.end();
});

t.test("what has nothing around it, or no rest to be foretold from, is not judged", (t) => {
  const alone = scanned(
    () => 0,
    () => 0,
  );
  t.same(advantage(alone.scan, alone.labels, 0), Number.NaN);
  t.same(advantage(alone.scan, alone.labels, 9), Number.NaN, "a region that is not there");
  const one = scanned(
    (row, c) => (row === 5 && c === 6 ? -1 : 0),
    (row, c) => (row === 5 && c === 5 ? 1 : row === 5 && c === 6 ? -1 : 0),
  );
  t.same(advantage(one.scan, one.labels, 1), Number.NaN);
  t.end();
});

t.test("what others found of a region counts until a label near it changes", async (t) => {
  const { scan, labels } = scanned(
    (_, c) => Number(c >= 6),
    (_, c) => Number(c >= 6),
  );
  const competition = new Competition(scan, labels);
  const found = (...of: number[]) => competition.know(of.map((advantage, id) => ({ id, advantage })));
  found(-1, -1, -1);
  t.ok(competition.isWeak(0) && competition.isWeak(1));
  t.ok(competition.isWeak(2), "also of a region that is not there");
  t.notOk(competition.isWeak(0), "it was given up: what has its number now is another one");
  found(-1, Number.NaN);
  t.notOk(competition.isWeak(1), "there was nothing to compare");
  labels.set(5, 4, 1);
  t.notOk(competition.isWeak(0), "it has lost a position");
});

t.test("a region is judged anew where a label near it has changed, or one of its own", async (t) => {
  const { scan, labels } = scanned(
    (_, c) => Number(c >= 6),
    (_, c) => Number(c >= 6),
  );
  const competition = new Competition(scan, labels);
  t.notOk(competition.isWeak(0) || competition.isWeak(1));
  t.notOk(competition.isWeak(9), "a region that is not there");
  const judged = { ...scan.kernels };
  let looks = 0;
  scan.kernels.keepLog = (number, log) => {
    looks++;
    judged.keepLog(number, log);
  };
  t.notOk(competition.isWeak(0));
  t.equal(looks, 0, "nothing has changed");
  t.same(competition.open([0, 1, 5]), [5]);
  for (let row = 4; row < 8; row++) for (let c = 1; c < 4; c++) labels.set(row, c, 2);
  t.ok(competition.isWeak(2), "a part of what is around it");
  t.ok(competition.isWeak(2), "what is weak is judged every time");
  looks = 0;
  t.notOk(competition.isWeak(0));
  t.ok(looks > 0);
  t.same(competition.open([0, 1, 2]), [1, 2], "what is weak is not known any more");
  for (let row = 0; row < ROWS; row++)
    for (let c = 0; c < COLUMNS; c++) if (labels.at(row, c) === 0) labels.set(row, c, row === 0 && c === 0 ? 0 : 1);
  t.notOk(competition.isWeak(0), "one position has no rest that could foretell it");
});
