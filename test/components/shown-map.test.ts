import t from "tap";
import { ShownMap, UNKNOWN } from "../../src/components/shown-map.js";

const known = (of: number, grain: number, angle = 0) => ({ class: of, grain, angle, fold: 4 });

t.test("what had a class and has another one is churn; what had none is not", (t) => {
  const map = new ShownMap();
  map.grow(4);
  map.begin("all");
  t.same(map.churn, { label: 0, grain: 0 });
  t.ok(map.set(0, known(1, 7)));
  t.ok(map.set(1, known(1, 7)));
  t.same(map.churn, { label: 0, grain: 0 }, "nothing was displayed before");
  map.grow(100);
  map.begin("all");
  t.notOk(map.set(0, known(1, 7)), "the same");
  t.ok(map.set(1, known(2, 7)));
  t.ok(map.set(2, known(2, 8)));
  t.same(map.churn, { label: 0.5, grain: 0 });
  map.begin("all");
  t.ok(map.set(0, known(1, 7, 0.5)), "another angle alone is new");
  t.ok(map.set(2, UNKNOWN), "to none is a change");
  t.same(map.churn, { label: 1 / 3, grain: 1 / 3 });
  map.begin("all");
  t.ok(map.set(1, known(2, 9)));
  t.notOk(map.set(2, UNKNOWN));
  t.same(map.churn, { label: 0, grain: 0.5 });
  t.same([map.label[1], map.grain[1], map.angle[0]], [2, 9, 0.5]);
  t.end();
});

t.test("a paced update corrects a small part, and tells what waits", (t) => {
  const map = new ShownMap();
  map.grow(1100);
  map.begin("few");
  for (let at = 0; at < 1024; at++) t.ok(map.set(at, known(1, 1)), "what shows nothing yet does not wait");
  map.begin("few");
  const done = Array.from({ length: 1024 }, (_, at) => map.set(at, known(2, 1)));
  t.equal(done.filter(Boolean).length, 2, "one in 512");
  t.equal(map.waiting, 1022);
  t.same(map.churn, { label: 2 / 1024, grain: 0 });
  t.same([map.label[1], map.label[2]], [2, 1]);
  map.begin("few");
  t.ok(map.set(2, known(1, 1, 0.5)), "another angle alone does not wait");
  t.ok(map.set(1024, known(2, 1)));
  t.equal(map.waiting, 1021);
  map.begin("none");
  t.notOk(map.set(3, known(2, 3)), "not even one");
  t.ok(map.set(1025, UNKNOWN) === false && map.set(1026, known(1, 1)));
  map.begin("all");
  for (let at = 2; at < 1024; at++) map.set(at, known(2, 3));
  t.equal(map.waiting, 0);
  t.same(map.churn, { label: 1022 / 1026, grain: 1022 / 1026 });
  t.end();
});
