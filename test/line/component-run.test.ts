import { setImmediate } from "node:timers/promises";
import t from "tap";
import { fastKernels } from "../../src/components/polar-kernels.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import type { ComponentAnswer, ComponentCalls } from "../../src/line/component-calls.js";
import { createComponentLane } from "../../src/line/component-lane.js";
import { ComponentRun } from "../../src/line/component-run.js";
import { theKernels } from "../fixtures/lanes.js";
import { turnedGrains } from "../fixtures/turned-grains.js";
import { framesInSlab } from "./frames-in-slab.js";

const [ROWS, COLUMNS] = [15, 12];
const scan = turnedGrains(ROWS, COLUMNS, (_, column) => (column < 6 ? 10 : 60));

/** Frames in the slab, and the lane of components in this thread: rows are taken when they are let through. */
function aRun() {
  const { slab, rows: taken, known } = framesInSlab(scan);
  const newLister = (): PayloadLister => new PayloadLister(instantiateKernels(theKernels));
  const { calls } = createComponentLane(slab, newLister, () => fastKernels(theKernels));
  const held: (() => void)[] = [];
  const rows: number[] = [];
  const askComponents = async <K extends keyof ComponentCalls>(
    call: K,
    ask: ComponentCalls[K]["ask"],
  ): Promise<ComponentCalls[K]["answer"]> => {
    if (call === "componentRow") {
      rows.push((ask as ComponentCalls["componentRow"]["ask"]).row);
      await new Promise<void>((open) => held.push(open));
    }
    const answer = (calls as unknown as { [C in K]: (ask: ComponentCalls[C]["ask"]) => ComponentCalls[C]["answer"] })[call](ask);
    if (now.limited && call === "componentRow")
      (answer as { changed: unknown }).changed = { ...(answer as ComponentAnswer).changed, limited: true };
    return answer;
  };
  const told: string[] = [];
  /** What is so around the run. */
  const now = { mayGoOn: true, keeps: true, limited: false };
  const run = new ComponentRun({
    ...taken,
    most: 32,
    pool: { askComponents },
    hold: () => (now.keeps ? new Map() : null),
    mayGoOn: () => now.mayGoOn,
    onRow: () => undefined,
    onMissed: (frames) => told.push(`missed ${frames}`),
    onAgain: (row) => told.push(`again before ${row}`),
    onEllipse: () => told.push("ellipse"),
    onCut: (positions) => told.push(`cut ${positions}`),
    onStrange: () => undefined,
    onFull: (row) => told.push(`full ${row}`),
    onLimited: () => told.push("limited"),
    onIdle: () => told.push("idle"),
  });
  const pump = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      held.shift()?.();
      for (let k = 0; k < 20; k++) await setImmediate();
    }
  };
  return {
    run,
    told,
    rows,
    pump,
    finish: (line: number, epoch = 0) => run.finishLine(line, known(epoch)),
    end: (epoch = 0) => run.end(known(epoch)),
    now,
  };
}

t.test("rows wait for earlier series, two are on their way at most, and the end comes last", async (t) => {
  const { run, rows, told, pump, finish, end, now } = aRun();
  now.mayGoOn = false;
  for (let line = 0; line < ROWS; line++) finish(line);
  end();
  t.same([rows, run.waiting, run.over], [[], ROWS * COLUMNS, false]);
  now.mayGoOn = true;
  run.advance();
  t.same(rows, [0, 1]);
  await pump(ROWS);
  t.same(rows, [...Array(ROWS).keys()]);
  t.same([told, run.waiting, run.over], [["idle"], 0, true]);
});

t.test("what is better known is taken from the first row on, while the frames are there", async (t) => {
  const { run, rows, told, pump, finish, now } = aRun();
  for (let line = 0; line < 6; line++) finish(line);
  await pump(3);
  finish(6, 1);
  t.same(told, ["again before 6"]);
  await pump(20);
  t.same(rows.slice(-7), [0, 1, 2, 3, 4, 5, 6]);
  now.keeps = false;
  finish(7, 2);
  await pump(2);
  t.same([told, rows.at(-1)], [["again before 6"], 7], "else it goes on as it was");
  run.dispose();
});

t.test("a scan that newer ones wait for is given up, told, and ends", async (t) => {
  const { run, rows, told, pump, finish, end } = aRun();
  for (let line = 0; line < ROWS; line++) finish(line);
  await pump(4);
  const left = run.waiting;
  t.ok(left > 0);
  run.cut();
  t.same([told, run.over, run.waiting], [[`cut ${left}`], true, 0]);
  const sent = rows.length;
  end();
  await pump(6);
  t.same([rows.length, told], [sent, [`cut ${left}`, "idle"]]);
  run.cut();
  t.equal(told.length, 2, "once");
});

t.test("what is better known after the last line only", async (t) => {
  const { rows, told, pump, finish, end } = aRun();
  for (let line = 0; line < ROWS; line++) finish(line);
  await pump(ROWS + 2);
  end(1);
  await pump(2 * ROWS);
  t.same(told, [`again before ${ROWS}`, "idle"]);
  t.same(rows, [...Array(ROWS).keys(), ...Array(ROWS).keys()]);
});

t.test("that there would be more classes than there may be is told once", async (t) => {
  const { run, told, pump, finish, now } = aRun();
  now.limited = true;
  finish(ROWS - 1);
  await pump(ROWS);
  t.same(told, ["limited"]);
  run.dispose();
});
