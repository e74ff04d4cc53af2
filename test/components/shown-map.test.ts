import t from "tap";
import { ShownMap, UNKNOWN } from "../../src/components/shown-map.js";

const known = (of: number, grain: number, angle = 0) => ({ class: of, grain, angle });

t.test("what had a class and has another one is churn; what had none is not", (t) => {
  const map = new ShownMap();
  map.grow(4);
  map.begin();
  t.same(map.churn, { label: 0, grain: 0 });
  t.ok(map.set(0, known(1, 7)));
  t.ok(map.set(1, known(1, 7)));
  t.same(map.churn, { label: 0, grain: 0 }, "nothing was displayed before");
  map.grow(100);
  map.begin();
  t.notOk(map.set(0, known(1, 7)), "the same");
  t.ok(map.set(1, known(2, 7)));
  t.ok(map.set(2, known(2, 8)));
  t.same(map.churn, { label: 0.5, grain: 0 });
  map.begin();
  t.ok(map.set(0, known(1, 7, 0.5)), "another angle alone is new");
  t.ok(map.set(2, UNKNOWN), "to none is a change");
  t.same(map.churn, { label: 1 / 3, grain: 1 / 3 });
  map.begin();
  t.ok(map.set(1, known(2, 9)));
  t.notOk(map.set(2, UNKNOWN));
  t.same(map.churn, { label: 0, grain: 0.5 });
  t.same([map.label[1], map.grain[1], map.angle[0]], [2, 9, 0.5]);
  t.end();
});
