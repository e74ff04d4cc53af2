import t from "tap";
import { ChurnRecord } from "../../src/line/churn-record.js";

t.test("the newest update, and the largest after the first fifth of the rows", async (t) => {
  const record = new ChurnRecord(50);
  t.equal(record.facts, null);
  const known = { label: 0.5, grain: 0.7 };
  record.take({ label: 0.5, grain: 0.6, known, after: 6 });
  record.take({ label: 0.2, grain: 0, known, after: 10 });
  t.same(record.facts, { label: 0.2, grain: 0, updates: 2, most: null, known: { ...known, most: null }, waiting: 0 });
  record.take({ label: 0.01, grain: 0.04, known: { label: 0.1, grain: 0.04 }, after: 11 });
  record.waiting = 12;
  record.take({ label: 0.03, grain: 0, known: { label: 0.03, grain: 0.2 }, after: 14 });
  t.same(record.facts, {
    label: 0.03,
    grain: 0,
    updates: 4,
    most: { label: 0.03, grain: 0.04 },
    known: { label: 0.03, grain: 0.2, most: { label: 0.1, grain: 0.2 } },
    waiting: 12,
  });
});
