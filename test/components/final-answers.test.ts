import t from "tap";
import { FinalAnswers } from "../../src/components/final-answers.js";
import { relabelAll } from "../../src/components/final-borders.js";
import type { ShareQuestion } from "../../src/components/final-questions.js";
import { roomForShares } from "../../src/components/final-shares.js";
import { answered, type Finishing } from "../../src/components/finishing.js";
import { LabelMap } from "../../src/components/label-map.js";
import { Relabelling } from "../../src/components/relabelling.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { type Part, TileParts } from "../../src/components/tile-parts.js";
import { aRandom } from "../fixtures/frames.js";
import { aPolarFrame, aScale, ratesOf, symmetricSpots } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [49, 20];
const rates = [10, 30, 50].map((angle) => ratesOf({ spots: symmetricSpots(4, [[30, angle, 0.05]]) }));
const kindAt = (row: number, c: number): number => (row + c < 34 ? 0 : row > c + 14 ? 1 : 2);

const scan = new ScanEvents(COLUMNS, aScale);
for (let row = 0; row < ROWS; row++) {
  const frame = (c: number) => aPolarFrame(rates[kindAt(row, c)] as Float64Array, row * COLUMNS + c + 1);
  scan.append((c) => ((row * c) % 97 === 96 ? null : frame(c)));
}

/** Regions with ragged borders: much changes where they are looked at again. */
function ragged(): LabelMap {
  const random = aRandom(5);
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  for (let row = 0; row < ROWS; row++)
    for (let c = 0; c < COLUMNS; c++) {
      const kind = kindAt(row + Math.floor(5 * random()) - 2, c + Math.floor(5 * random()) - 2);
      labels.set(row, c, scan.table(row * COLUMNS + c) < 0 || random() < 0.05 ? -1 : 7 * kind);
    }
  return labels;
}

/** Answers all that is asked by somebody who has the rows alone. */
function byAnother(finishing: Finishing<void>, events = scan, first = finishing.next()): string[] {
  const [other, asked] = [new FinalAnswers(events, aScale), [] as string[]];
  let step = first;
  while (!step.done) {
    const { question } = step.value;
    asked.push(question.about);
    step = finishing.next(other.answer(step.value.region(), question));
  }
  return asked;
}

t.test("borders are the same whoever relabels which half", (t) => {
  const [alone, halved, shared] = [ragged(), ragged(), ragged()];
  const of = (labels: LabelMap) => ({ scan, labels, parts: new TileParts(scan, labels) });
  new Relabelling(scan, alone, new TileParts(scan, alone)).run(0, ROWS);
  t.not(
    alone.region.findIndex((id, at) => id !== shared.region[at]),
    -1,
    "something changes",
  );
  answered(relabelAll(of(halved)));
  t.same(byAnother(relabelAll(of(shared))), ["borders", "borders"]);
  for (const labels of [halved, shared]) {
    t.same(labels.region, alone.region);
    t.same(labels.confidence, alone.confidence);
  }
  t.end();
});

t.test("borders are the same where next to nothing is kept of what was counted", (t) => {
  const bright = [10, 30, 50].map((angle) => ratesOf({ spots: symmetricSpots(4, [[30, angle, 0.3]]), background: 0.02 }));
  const events = new ScanEvents(COLUMNS, aScale);
  for (let row = 0; row < ROWS; row++) events.append((c) => aPolarFrame(bright[kindAt(row, c)] as Float64Array, row * COLUMNS + c + 1));
  const [kept, bounded] = [ragged(), ragged()];
  const few = new TileParts(events, bounded, 48);
  let counted = 0;
  const countsOf = few.countsOf.bind(few);
  few.countsOf = (part) => {
    counted += Number(part.counts === null);
    return countsOf(part);
  };
  new Relabelling(events, kept, new TileParts(events, kept)).run(0, ROWS);
  new Relabelling(events, bounded, few).run(0, ROWS);
  t.ok(counted > 2 * 48, `${counted} were counted`);
  t.same(bounded.region, kept.region);
  t.same(bounded.confidence, kept.confidence);
  const one = new TileParts(events, bounded, 1);
  const [a, b] = one.of(0, 0).concat(one.of(1, 1)) as [Part, Part];
  const before = one.countsOf(a).slice();
  t.equal(one.countsOf(b), one.countsOf(b));
  t.equal(a.counts, null, "the one that was counted before is given up");
  t.same(one.countsOf(a), before);
  t.equal(b.counts, null);
  t.end();
});

t.test("what the other one looked at before it changed is as it was", (t) => {
  // A border to the left, which one of them has, and to the right a row without regions, the first of the other one.
  const [wide, row] = [40, 24];
  const kind = (r: number, c: number): number => Number(r >= (c < 20 ? row - 2 : row));
  const events = new ScanEvents(wide, aScale);
  for (let r = 0; r < 2 * row; r++) events.append((c) => aPolarFrame(rates[kind(r, c)] as Float64Array, r * wide + c + 1));
  const [alone, halved] = [0, 1].map(() => {
    const labels = new LabelMap(wide);
    labels.grow(2 * row);
    for (let r = 0; r < 2 * row; r++) for (let c = 0; c < wide; c++) labels.set(r, c, r === row && c >= 20 ? -1 : kind(r, c));
    return labels;
  }) as [LabelMap, LabelMap];
  new Relabelling(events, alone, new TileParts(events, alone)).run(0, 2 * row);
  const relabelling = relabelAll({ scan: events, labels: halved, parts: new TileParts(events, halved) });
  const first = relabelling.next();
  t.match(first.done ? null : first.value.question, { about: "borders", first: row });
  byAnother(relabelling, events, first);
  t.same(halved.region, alone.region);
  t.same(halved.confidence, alone.confidence);
  t.end();
});

t.test("one who relabels several scans begins each anew", (t) => {
  const answers = new FinalAnswers(scan, aScale);
  const ask = () => answers.answer(ragged().copy(), { about: "borders", sweep: 0, first: 0, end: ROWS });
  t.same(ask(), ask());
  t.end();
});

t.test("regions without a border are left as they are", (t) => {
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  labels.lay(0, new Int32Array(ROWS * COLUMNS).fill(3));
  answered(relabelAll({ scan, labels, parts: new TileParts(scan, labels) }));
  t.ok(labels.region.subarray(0, ROWS * COLUMNS).every((id) => id === 3));
  t.end();
});

t.test("shares are found of the rows that nobody has begun with", (t) => {
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  labels.lay(
    0,
    Int32Array.from({ length: ROWS * COLUMNS }, (_, at) => kindAt(Math.floor(at / COLUMNS), at % COLUMNS)),
  );
  const known = new Map([0, 1, 2].map((id) => [id, { class: id + 1, angle: 0, fold: 4, confidence: 1, grain: id }]));
  const components = rates.map((rate, i) => [i + 1, rate] as const);
  const question: ShareQuestion = { about: "shares", known, components, extra: new Map(), ...roomForShares(ROWS * COLUMNS) };
  const BEGUN = 10;
  question.next[0] = BEGUN;
  t.equal(new FinalAnswers(scan, aScale).answer(labels.copy(), question), "done");
  const { prints, parts, shares } = question.to;
  t.ok(parts.subarray(0, 4 * BEGUN * COLUMNS).every((id) => id === 0));
  for (let at = BEGUN * COLUMNS; at < ROWS * COLUMNS; at++) {
    const of = shares.subarray(4 * at, 4 * at + 4);
    if (Math.abs(of.reduce((a, b) => a + b) - 1) > 1e-6) t.fail(`shares of ${at} are ${[...of]}`);
    const own = kindAt(Math.floor(at / COLUMNS), at % COLUMNS) + 1;
    if ((of[parts.subarray(4 * at, 4 * at + 4).indexOf(own)] as number) < 0.5) t.fail(`${at} is mostly its own`);
    if (!(prints[at] as number)) t.fail(`${at} has no print`);
  }
  t.end();
});
