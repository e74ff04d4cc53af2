import t from "tap";
import { turnedGrains } from "../fixtures/turned-grains.js";
import { aRun } from "./component-run-stand.js";

const [ROWS, COLUMNS] = [15, 12];
const scan = turnedGrains(ROWS, COLUMNS, (_, column) => (column < 6 ? 10 : 60));

t.test("rows wait for earlier series, two are on their way at most, and the end comes last", async (t) => {
  const { run, rows, told, pump, finish, end, now } = aRun(scan);
  now.mayGoOn = false;
  for (let line = 0; line < ROWS; line++) finish(line);
  end();
  t.same([rows, run.waiting, run.over], [[], ROWS * COLUMNS, false]);
  now.mayGoOn = true;
  run.advance();
  await pump(0);
  t.same(rows, [0, 1]);
  await pump(ROWS);
  t.same(rows, [...Array(ROWS).keys()]);
  t.same([told, run.waiting, run.over], [["idle"], 0, true]);
});

t.test("what is better known is taken from the first row on, while the frames are there", async (t) => {
  const { run, rows, told, pump, finish, now } = aRun(scan);
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
  const { run, rows, told, pump, finish, end } = aRun(scan);
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
  const { rows, told, pump, finish, end } = aRun(scan);
  for (let line = 0; line < ROWS; line++) finish(line);
  await pump(ROWS + 2);
  end(1);
  await pump(2 * ROWS);
  t.same(told, [`again before ${ROWS}`, "idle"]);
  t.same(rows, [...Array(ROWS).keys(), ...Array(ROWS).keys()]);
});

t.test("that there would be more classes than there may be is told once", async (t) => {
  const { run, told, pump, finish, now } = aRun(scan);
  now.limited = true;
  finish(ROWS - 1);
  await pump(ROWS);
  t.same(told, ["limited"]);
  run.dispose();
});

t.test("what lists electrons does not fail unheard", async (t) => {
  const { run, rows, told, pump, finish, now } = aRun(scan);
  finish(1);
  await pump(2);
  now.broken = true;
  finish(2);
  await pump(2);
  t.same([told, rows], [["crash"], [0, 1]]);
  run.dispose();
});

t.test("a scan that is let go of while its final pass is shared asks nothing more", async (t) => {
  for (const last of ["listJudge", "componentEnd"]) {
    const { run, told, asked, pump, finish, end, now } = aRun(scan);
    for (let line = 0; line < ROWS; line++) finish(line);
    now.onAsk = (call) => {
      if (call === last) run.dispose();
    };
    end();
    await pump(ROWS + 2);
    t.same(told, []);
    t.notOk(asked.includes("componentSettle") || asked.includes("listClose"), last);
  }
});
