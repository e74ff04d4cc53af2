import t from "tap";
import { type Table, tablesOf, withoutNumber } from "../fixtures/bench-tables.js";
import { needs } from "../fixtures/shared.js";

// Several programs, each of some seconds, more on a busy machine.
t.setTimeout(480_000);

const linux = needs(process.platform === "linux", "/proc");
const SMALL = ["--lanes", "1", "--case", "64x64-u16-0.5"];

t.test("the line: every number is there, and nothing is lost or wrong", linux, async (t) => {
  const [alone, cost, behaviour, ratios, threads] = await tablesOf(t, "line", ...SMALL);
  t.same(withoutNumber(alone as Table), []);
  t.match(cost?.rows, [{ case: "64x64-u16-0.5", whole: /^\d\/3$/ }]);
  t.match(behaviour?.rows, [{ lost: 0, wrong: 0 }]);
  t.same(withoutNumber(behaviour as Table, "case"), []);
  t.equal(ratios?.rows.length, 1);
  t.ok(Array.isArray(threads?.rows));
});

t.test("the soak: sums and memory", linux, async (t) => {
  const [account, memory] = await tablesOf(t, "soak", ...SMALL, "--scan", "64x64", "--frames", "12000");
  t.match(account?.rows, [{ sent: 12288, placed: 12288, lost: 0, wrong: 0 }]);
  t.same(withoutNumber(memory as Table), []);
});

t.test("the burst: each frame is accounted for", linux, async (t) => {
  const [table] = await tablesOf(t, "burst", ...SMALL);
  const rows = new Map(table?.rows.map((r) => [r[""], [r["3 x capacity"], r["10 x capacity"]]]));
  t.same(rows.get("account"), ["exact", "exact"]);
  t.same(rows.get("wrong of these in the end"), [0, 0]);
  const images = rows.get("images") as number[];
  t.same(
    [0, 1].map((i) => Number(rows.get("sent")?.[i]) + Number(rows.get("lost at the sender")?.[i])),
    images,
  );
});
