import t from "tap";
import type { Knowledge } from "../../src/line/denoise-run.js";
import { turnedGrains } from "../fixtures/turned-grains.js";
import { aRun } from "./component-run-stand.js";

const [ROWS, COLUMNS] = [40, 26];
/** From this row on the beam is better known. */
const KNOWN = 27;
const scan = turnedGrains(ROWS, COLUMNS, (row, c) => (c < 9 ? "glass" : row < 20 ? 10 : c < 18 ? 60 : 35));

/** Before, the beam is thought to be elsewhere in the columns from 14 on. */
const see = (known: Knowledge): Knowledge => ({
  ...known,
  centreOf: (image, at, out, i) => {
    known.centreOf(image, at, out, i);
    if (known.epoch === 0 && at % COLUMNS >= 14) out[2 * i] = (out[2 * i] as number) + 9;
  },
});

/** Plays the scan; `pace`: rows that are let through after each line. */
async function play(pace: number, end = 0, slow = 0) {
  const { run, pump, finish, end: over, maps, told, now: around } = aRun(scan, see);
  around.slow = slow;
  let jump = 0;
  for (let line = 0; line < ROWS; line++) {
    const shown = maps.layer("grain")?.value.slice() ?? [];
    finish(line, line < KNOWN ? 0 : 1);
    await pump(pace);
    const now = maps.layer("grain")?.value ?? [];
    const had = [...shown.keys()].filter((at) => (shown[at] as number) >= 0);
    if (line > ROWS / 5) jump = Math.max(jump, had.filter((at) => now[at] !== shown[at]).length / Math.max(1, had.length));
  }
  const [before, live] = [run.churn, maps.layer("label")?.value.slice()];
  over(end);
  for (let i = 0; i < 8 && !run.over; i++) await pump(ROWS);
  const of = (name: string): number[] => [...(maps.layer(name)?.value ?? [])];
  return { jump, churn: before, after: run.churn, live, told, maps: ["label", "grain", "inplane_angle", "weights"].map(of) };
}

t.test("rows that are taken again keep their ids, and their corrections come little by little", async (t) => {
  const { jump, churn, after, live, told, maps } = await play(3);
  t.same(told, [`again before ${KNOWN}`, "idle"]);
  t.ok(churn?.most && churn.most.label <= 1 / 512 && churn.most.grain <= 1 / 512, `shown: ${JSON.stringify(churn)}`);
  t.ok(jump <= 3 / 512, `${jump} of the map in three updates`);
  t.ok((churn?.known.most?.grain ?? 0) > 0.02, "known at once");
  t.ok((churn?.waiting ?? 0) > 50);
  t.equal(after?.waiting, 0, "all is shown in the end");
  const label = maps[0] as number[];
  t.equal(new Set(label).size, 2, "one class, however it is turned, and glass");
  for (const [row, c] of [
    [4, 3],
    [4, 11],
    [24, 3],
  ] as const)
    t.equal(live?.[row * COLUMNS + c], label[row * COLUMNS + c]);
});

t.test("ids do not depend on the pace", async (t) => {
  const slow = await play(3);
  for (const pace of [0, 1]) {
    const { maps } = await play(pace);
    t.same(maps, slow.maps, `${pace} rows for each line`);
  }
  t.same((await play(3, 0, 17)).maps, slow.maps, "listed slowly");
});
