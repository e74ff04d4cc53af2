import t from "tap";
import { Freezes } from "../../src/line/freezes.js";

/** Classes by hand: id, frames, frozen. */
function classesOf(...list: readonly [id: number, frames: number, frozen: boolean][]) {
  const records = new Map(list.map(([id, frames, frozen]) => [id, { frames, frozen }]));
  return {
    records,
    freeze(id: number, frozen: boolean): void {
      const record = records.get(id);
      if (record) record.frozen = frozen;
    },
  };
}

t.test("a class is frozen anew once as much of it is known again", async (t) => {
  const before = classesOf([1, 100, true], [2, 50, false], [3, 10, true]);
  const again = new Freezes(new Freezes(), before.records);
  t.same(
    [1, 2, 3].map((id) => again.has(id)),
    [true, false, true],
  );
  const now = classesOf([1, 99, false], [2, 60, false]);
  again.renew(now);
  t.notOk(now.records.get(1)?.frozen);
  now.records.set(1, { frames: 100, frozen: false });
  again.renew(now);
  t.ok(now.records.get(1)?.frozen);
  t.notOk(again.has(1), "it is");
  t.notOk(now.records.get(2)?.frozen);
  // Once more before the third was seen again.
  const third = new Freezes(again, now.records);
  const last = classesOf([1, 5, false], [3, 9, false]);
  third.renew(last, true);
  t.ok(last.records.get(1)?.frozen && last.records.get(3)?.frozen, "no more comes");
});

t.test("the last word counts", async (t) => {
  const freezes = new Freezes(null, classesOf([1, 100, true]).records);
  const now = classesOf([1, 5, false]);
  freezes.say(1, false, now);
  freezes.renew(now, true);
  t.notOk(now.records.get(1)?.frozen);
  freezes.say(1, true, now);
  t.ok(now.records.get(1)?.frozen);
  freezes.say(7, true, null);
  t.ok(freezes.has(7), "one that is not there yet");
  freezes.say(7, false, null);
  t.notOk(freezes.has(7));
});
