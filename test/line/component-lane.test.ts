import t from "tap";
import type { ComponentRows } from "../../src/components/component-rows.js";
import { GRID } from "../../src/components/polar-events.js";
import { fastKernels, KernelStock } from "../../src/components/polar-kernels.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import type { ComponentAnswer } from "../../src/line/component-calls.js";
import { createComponentLane } from "../../src/line/component-lane.js";
import { FrameGatherer } from "../../src/line/held-frames.js";
import { createListLane } from "../../src/line/list-lane.js";
import { REF } from "../../src/line/slab.js";
import { theKernels } from "../fixtures/lanes.js";
import { turnedGrains } from "../fixtures/turned-grains.js";
import { aboutScan, framesInSlab } from "./frames-in-slab.js";

const [ROWS, COLUMNS] = [15, 12];
const scan = turnedGrains(ROWS, COLUMNS, (_, column) => (column < 6 ? 10 : 60));
const MIDDLE = (scan.size - 1) / 2;
const about = { ...aboutScan(scan, 1), columns: COLUMNS, rows: ROWS };

/** A lane in this thread, its answers to every row and to the end, and what the lane of lists was asked about. */
function played(limits: { mostBytes: number; mostAnswered: number }, mount = about.mount) {
  const shared: string[] = [];
  const { slab, refs } = framesInSlab(scan);
  const newLister = () => new PayloadLister(instantiateKernels(theKernels));
  const stock = new KernelStock(() => fastKernels(theKernels));
  const lists = createListLane(slab, newLister, stock, limits).calls;
  const { calls } = createComponentLane(stock, limits);
  lists.listOpen(about);
  calls.componentOpen({ ...about, mount, most: 32, again: false });
  const scale = calls.componentBegin({ series: 1, radius: scan.radius, row: 0 });
  const mask = { version: 0, mask: null };
  const answers: ComponentAnswer[] = [];
  for (let row = 0; row < ROWS; row++) {
    const gatherer = new FrameGatherer(COLUMNS);
    for (let c = 0; c < COLUMNS; c++) {
      const at = REF.width * (row * COLUMNS + c);
      gatherer.add(row, c, refs.subarray(at, at + REF.width), scan.shape, Float64Array.of(MIDDLE, MIDDLE));
    }
    const { events } = lists.listRow({ series: 1, row, mask, scale, frames: gatherer.held });
    answers.push(calls.componentRow({ series: 1, row, mask, events }));
  }
  let end = calls.componentEnd({ series: 1, superpixels: lists.listEnd({ series: 1 }) });
  for (; end.shared; end = calls.componentSettle({ series: 1, theirs: lists.listJudge({ series: 1, ...end.shared }) })) {
    t.same([end.changed.rows, end.more], [[], false], "nothing is known yet");
    shared.push(end.shared.question.about);
    // Asked twice or not at all, it does its part once.
    if (shared.length === 1) for (let i = 0; i < 2; i++) t.equal(calls.componentJudge({ series: 1 }), null);
  }
  answers.push(end);
  while (answers.at(-1)?.more) answers.push(calls.componentMore({ series: 1 }));
  return { answers, calls, shared };
}

/** What stands on the map in the end. */
function mapped(answers: readonly ComponentAnswer[]): Int32Array {
  const label = new Int32Array(ROWS * COLUMNS).fill(-1);
  const write = ({ rows, label: of }: ComponentRows): void =>
    rows.forEach((row, i) => {
      label.set(of.subarray(i * COLUMNS, (i + 1) * COLUMNS), row * COLUMNS);
    });
  for (const { changed } of answers) write(changed);
  return label;
}

t.test("a long answer comes in parts, and is the same", async (t) => {
  const whole = played({ mostBytes: 2 ** 30, mostAnswered: 2 ** 20 }).answers;
  const parts = played({ mostBytes: 2 ** 30, mostAnswered: 2 * COLUMNS }).answers;
  t.ok(parts.every((a) => a.changed.rows.length <= 2));
  t.ok(parts.length > whole.length + 4);
  t.same(mapped(parts), mapped(whole));
  t.not(mapped(whole).indexOf(1), -1);
});

t.test("the lane of lists does a part of the final pass, once that is under way", async (t) => {
  const { calls, shared } = played({ mostBytes: 2 ** 30, mostAnswered: 2 ** 20 });
  t.same(shared, ["borders", "borders", "splits", "rivals", "shares"]);
  calls.componentOpen({ ...about, series: 2, most: 32, again: false });
  t.equal(calls.componentJudge({ series: 2 }), null);
  t.same(calls.componentSettle({ series: 2, theirs: null }).changed.rows, []);
});

t.test("rows without memory for their electrons have no class, and that is told", async (t) => {
  const { answers } = played({ mostBytes: 40_000, mostAnswered: 2 ** 20 });
  const full = answers.find((a) => a.full >= 0)?.full as number;
  t.ok(full > 2 && full < ROWS, `from row ${full}`);
  const label = mapped(answers);
  t.ok(label.subarray(0, full * COLUMNS).some((v) => v >= 0));
  t.ok(label.subarray(full * COLUMNS).every((v) => v === -1));
});

t.test("what was not asked for in order is a bug of the caller", async (t) => {
  const { calls } = played({ mostBytes: 2 ** 30, mostAnswered: 2 ** 20 });
  calls.componentClose({ series: 1 });
  t.throws(() => calls.componentEnd({ series: 1, superpixels: [] }), /not looked for/);
  calls.componentOpen({ ...about, most: 32, again: false });
  const none = { events: new Uint16Array(), ends: new Uint32Array(), direct: new Uint32Array(), table: new Int16Array() };
  const events = { ...none, counts: new Float64Array(), areas: [], superpixels: [] };
  t.throws(() => calls.componentRow({ series: 1, row: 0, mask: { version: 0 }, events }), /not begun/);
});

t.test("patterns and angles are those of the mounted detector", async (t) => {
  const limits = { mostBytes: 2 ** 30, mostAnswered: 2 ** 20 };
  const straight = played(limits).calls.componentFacts({ series: 1 });
  const { rings, sectors } = GRID;
  /** Where a direction, counter-clockwise from +col, is seen. */
  const cases = [
    { flipRows: true, at: (s: number) => -1 - s, sense: -1 },
    { flipCols: true, at: (s: number) => sectors / 2 - 1 - s, sense: -1 },
    { transpose: true, at: (s: number) => (3 * sectors) / 4 - 1 - s, sense: -1 },
    { flipRows: true, flipCols: true, at: (s: number) => s + sectors / 2, sense: 1 },
  ] as const;
  for (const { at, sense, ...turned } of cases) {
    const facts = played(limits, { ...about.mount, ...turned }).calls.componentFacts({ series: 1 });
    for (let ring = 0; ring < rings; ring++)
      for (let s = 0; s < sectors; s++) {
        const there = ring * sectors + ((at(s) + 2 * sectors) % sectors);
        if (facts.polar[there] !== straight.polar[ring * sectors + s]) t.fail(`${JSON.stringify(turned)}: ring ${ring}, sector ${s}`);
      }
    const period = (2 * Math.PI) / (straight.grains[0]?.fold ?? 1);
    for (const [i, g] of facts.grains.entries()) {
      const expected = sense * (straight.grains[i]?.angle ?? Number.NaN);
      const away = (((g.angle - expected) % period) + period) % period;
      t.ok(Math.min(away, period - away) < 1e-9);
    }
  }
});

t.test("rows before the first that has a frame are there when the scan begins, and may come after that", (t) => {
  const stock = new KernelStock(() => fastKernels(theKernels));
  const { calls } = createComponentLane(stock, { mostAnswered: 2 ** 20 });
  calls.componentOpen({ ...about, most: 32, again: false });
  const mask = { version: 0, mask: null };
  const empty = (row: number) => calls.componentRow({ series: 1, row, mask, events: null });
  t.equal(empty(0).full, -1);
  calls.componentBegin({ series: 1, radius: scan.radius, row: 2 });
  t.equal(empty(1).full, -1, "it was on its way: nothing is full");
  t.equal(empty(2).full, 2, "here the lane of lists had no memory");
  t.equal(calls.componentEnd({ series: 1, superpixels: [] }).full, 2);
  t.end();
});
