import t from "tap";
import { crystalMatter } from "../../src/components/crystal-matter.js";
import type { RegionQuestions, RegionVerdicts } from "../../src/components/final-questions.js";
import { answered } from "../../src/components/finishing.js";
import { LabelMap } from "../../src/components/label-map.js";
import { joinVerdicts, RegionJudge } from "../../src/components/region-judge.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { Similarity } from "../../src/components/similarity.js";
import { aPolarFrame, aScale, ratesOf, symmetricSpots } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [24, 24];
const spots = symmetricSpots(4, [
  [30, 10, 0.05],
  [60, 40, 0.05],
]);
const rates = [ratesOf({ spots }), ratesOf({ spots }, 16)] as const;

/** Two crystals, the left and the right half; regions: the left third of the columns, and the rest. */
function aJudge(): RegionJudge<unknown> {
  const scan = new ScanEvents(COLUMNS, aScale);
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  for (let row = 0; row < ROWS; row++) {
    scan.append((c) => aPolarFrame(rates[Number(c >= COLUMNS / 2)] as Float64Array, row * COLUMNS + c + 1));
    for (let c = 0; c < COLUMNS; c++) labels.set(row, c, c < COLUMNS / 3 ? 4 : 7);
  }
  return new RegionJudge({ scan, labels, matter: crystalMatter(aScale), similarity: new Similarity(scan, aScale) });
}
const ask = (about: RegionQuestions["about"], ...ids: number[]): RegionQuestions => ({ about, ids });

t.test("a region of two crystals is two kinds, one of one is one, and each is better than its neighbour", (t) => {
  const judge = aJudge();
  const { splits } = judge.answer(ask("splits", 4, 7));
  t.same(
    splits.map(({ id, side, kinds }) => [id, side && new Set(side).size > 1, kinds]),
    [
      [4, null, false],
      [7, true, true],
    ],
  );
  const { rivals } = judge.answer(ask("rivals", 7, 4));
  t.same(
    rivals.map((r) => r.id),
    [7, 4],
  );
  t.ok(rivals.every((r) => r.advantage > 0));
  t.end();
});

t.test("parts of the questions have the same answers as all, and regions one after the other by their size", (t) => {
  const judge = aJudge();
  const asked = ask("rivals", 4, 7, 9);
  const [own, other] = judge.halves(asked);
  t.same([own.ids, other.ids], [[7], [4, 9]], "the largest is as long as the rest");
  t.same(
    [judge.halves(ask("splits")), judge.halves(ask("splits", 4))].flat().map((q) => q.ids.length),
    [0, 0, 1, 0],
  );
  const byId = (of: readonly { readonly id: number }[]) => [...of].sort((a, b) => a.id - b.id);
  const parts = joinVerdicts(judge.answer(other), judge.answer(own));
  t.same(byId(parts.rivals), byId(judge.answer(asked).rivals));
  t.same(joinVerdicts(judge.answer(ask("splits", 7)), judge.answer(ask("splits"))), judge.answer(ask("splits", 7)));
  t.end();
});

t.test("what is asked on the way is answered, by somebody else or here", (t) => {
  const judge = aJudge();
  const asked = ask("rivals", 4, 7);
  const byId = (of: readonly { readonly id: number }[]) => [...of].sort((a, b) => a.id - b.id);
  const all = byId(judge.answer(asked).rivals);
  t.same(byId(answered(judge.ask(asked)).rivals), all);
  const asking = judge.ask(asked);
  const { value, done } = asking.next();
  if (done) throw new Error("nothing is asked");
  const region = value.region();
  t.same([region.length, region[0], region.at(-1)], [ROWS * COLUMNS, 4, 7]);
  t.ok(region.buffer instanceof SharedArrayBuffer);
  t.same(value.question, ask("rivals", 4));
  value.meanwhile();
  t.same(judge.ask(ask("rivals", 7)).next(), { done: true, value: judge.answer(ask("rivals", 7)) }, "one region is asked about here");
  const end = asking.next(aJudge().answer(value.question as RegionQuestions));
  t.same([end.done, byId((end.value as RegionVerdicts).rivals)], [true, all]);
  t.end();
});
