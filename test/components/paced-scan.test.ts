import t, { type Test } from "tap";
import type { ComponentRows } from "../../src/components/component-rows.js";
import { ComponentScan } from "../../src/components/component-scan.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import type { PolarFrame } from "../../src/components/polar-events.js";
import { aPolarFrame, aScale, fourFold, ratesOf, sixFold } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [40, 30];
const kinds = [ratesOf(fourFold), ratesOf(sixFold), ratesOf({ halo: { radius: 45, width: 8, peak: 0.012 } })];
const framesOf = (kind: (row: number, column: number) => number): PolarFrame[] =>
  Array.from({ length: ROWS * COLUMNS }, (_, p) => aPolarFrame(kinds[kind(Math.floor(p / COLUMNS), p % COLUMNS)] as Float64Array, p + 1));

/** All that a map shows of each position. */
type Places = Map<number, { readonly label: number; readonly grain: number; readonly all: string }>;

function show(places: Places, answer: ComponentRows): void {
  const k = answer.components.length;
  for (const [i, row] of answer.rows.entries())
    for (let c = 0; c < COLUMNS; c++) {
      const at = i * COLUMNS + c;
      const [label, grain] = [answer.label[at] as number, answer.grain[at] as number];
      const weights = answer.components.map((id, j) => [id, answer.weights[at * k + j]]).filter(([, w]) => w !== 0 && !Number.isNaN(w));
      const { angle, fold, confidence, boundary, novelty } = answer;
      const all = [label, grain, angle[at], fold[at], confidence[at], boundary[at], novelty[at], ...weights.flat()].join();
      places.set(row * COLUMNS + c, { label, grain, all });
    }
}

const aScan = (rows: number, from: ComponentScan | null = null): ComponentScan => {
  const about = { columns: COLUMNS, rows, scale: aScale, library: null, joined: new JoinedClasses() };
  return new ComponentScan({ ...about, earlier: from?.leave() ?? null });
};
const takeRow = (scan: ComponentScan, frames: readonly PolarFrame[], row: number): ComponentRows =>
  row < ROWS ? scan.takeRow((c) => frames[row * COLUMNS + c] ?? null) : scan.finish();

/** Takes a scan paced and unpaced, from what is shown on, and compares what they show of every position after every row. */
function follow(t: Test, frames: readonly PolarFrame[], paced: ComponentScan, free: ComponentScan, shown: Places, known: Places) {
  const most = { waiting: 0, explained: 0, churn: 0 };
  for (let row = 0; row <= ROWS; row++) {
    const before = new Map(shown);
    const [answer, open] = [takeRow(paced, frames, row), takeRow(free, frames, row)];
    show(shown, answer);
    show(known, open);
    let waiting = 0;
    for (const [at, { label, grain, all }] of known) {
      const mine = shown.get(at);
      if (mine?.label === label && mine.grain === grain) continue;
      waiting++;
      if (mine?.all !== before.get(at)?.all) t.fail(`row ${row}, position ${at}: ${mine?.all}, was ${before.get(at)?.all}, known ${all}`);
      const told = at % 7 === 0 ? paced.explain(Math.floor(at / COLUMNS), at % COLUMNS)?.waits : null;
      if (!told) continue;
      most.explained++;
      t.same(told, { shown: { class: mine?.label, grain: mine?.grain }, known: { class: label, grain } });
    }
    t.equal(paced.waiting, waiting, `row ${row}`);
    t.same(answer.knownChurn, open.churn, `row ${row}: what is known changes by as much as where it is shown`);
    const labels = [...shown.values()].map((s) => s.label).filter((l) => l >= 0);
    t.ok(
      labels.every((l) => answer.components.includes(l) && paced.records.has(l)),
      "each class that is shown is told, and has its weights",
    );
    const areas = new Map<number, number>();
    for (const { grain, label } of shown.values()) if (label >= 0) areas.set(grain, (areas.get(grain) ?? 0) + 1);
    t.same(
      paced.grains().map((g) => [g.id, g.area]),
      [...areas].sort(([a], [b]) => a - b),
      "the grains are those of the map",
    );
    most.waiting = Math.max(most.waiting, waiting);
    if (row > ROWS / 5 && row < ROWS) most.churn = Math.max(most.churn, answer.churn.label, answer.churn.grain);
  }
  const all = (places: Places): string[] => [...places.values()].map((s) => s.all);
  t.same(all(shown), all(known), "the same in the end");
  t.equal(paced.explain(0, 0)?.waits, null);
  return most;
}

t.test("what waits shows everything as it was known before, and how much waits is told", async (t) => {
  // Two grains of one direction until a bridge joins them far below.
  const frames = framesOf((row, c) => (row < 30 && c >= 13 && c < 17 ? 1 : 0));
  const most = follow(t, frames, aScan(ROWS), aScan(1000), new Map(), new Map());
  t.ok(most.waiting > 200 && most.explained > 10, JSON.stringify(most));
  t.ok(most.churn <= 1 / 512);
});

t.test("a scan that is taken once more goes on with its ids, and with what it shows", async (t) => {
  const wrong = framesOf((row, c) => (c < 9 ? 2 : c < 20 ? 0 : row < 16 ? 1 : 0));
  const right = framesOf((row, c) => (c < 12 ? 2 : row < 24 && c >= 20 ? 1 : 0));
  const [paced, free] = [aScan(ROWS), aScan(1000)];
  const [shown, known]: [Places, Places] = [new Map(), new Map()];
  const taken = 30;
  for (let row = 0; row < taken; row++) {
    show(shown, takeRow(paced, wrong, row));
    show(known, takeRow(free, wrong, row));
  }
  const before = new Map(known);
  const label = (of: Places, row: number, c: number): number => of.get(row * COLUMNS + c)?.label ?? -1;
  const most = follow(t, right, aScan(ROWS, paced), aScan(1000, free), shown, known);
  t.ok(most.waiting > 20 && most.explained > 10, JSON.stringify(most));
  t.ok(most.churn <= 1 / 512, JSON.stringify(most));
  const places = [
    [5, 4],
    [5, 15],
    [5, 25],
  ] as const;
  t.equal(new Set(places.map(([row, c]) => label(known, row, c))).size, 3);
  for (const [row, c] of places) t.equal(label(known, row, c), label(before, row, c), "the classes are the same");
  t.equal(label(known, 20, 25), label(known, 5, 25));
  t.not(label(before, 20, 25), label(known, 20, 25), "and what was wrong is corrected");
});
