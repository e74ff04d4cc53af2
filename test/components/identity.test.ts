import t from "tap";
import { grainGroups } from "../../src/components/grain-groups.js";
import { Identity } from "../../src/components/identity.js";

const span = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, i) => first + i);

t.test("ids stay with the larger part of a split, and with the older of a merge", async (t) => {
  const ids = new Identity();
  const [a, b, c] = [ids.fresh(), ids.fresh(), ids.fresh()];
  t.same([a, b, c], [1, 2, 3]);
  ids.set(span(0, 100), a);
  ids.set(span(100, 180), b);
  ids.set(span(180, 190), c);
  t.same(ids.claims([[span(0, 30)], [span(30, 100)], [span(100, 180)]]), [-1, a, b]);
  t.same(ids.claims([[span(0, 60), span(60, 180)]]), [a]);
  ids.set(span(180, 400), c);
  t.same(ids.claims([[span(0, 40), span(100, 400)]]), [c], "what is left of the oldest is too little");
  t.same(
    ids.claims([[span(0, 100)], [span(500, 600)]], (id) => id !== a),
    [-1, -1],
  );
  t.equal(ids.most(span(90, 120)), b);
  t.equal(ids.most([99, 100]), a);
  t.equal(ids.most(span(900, 950)), -1);
  t.equal(ids.at(5000), -1);
  ids.reserve(10);
  ids.reserve(4);
  t.equal(ids.fresh(), 11);
});

t.test("saved ids continue", async (t) => {
  const ids = new Identity();
  ids.set([3, 7], ids.fresh());
  const again = new Identity(JSON.parse(JSON.stringify(ids.save())));
  t.same(again.save(), ids.save());
  t.same([again.at(3), again.at(4), again.fresh()], [1, -1, 2]);
});

t.test("grains are connected members of one class at one angle, modulo its fold", async (t) => {
  const member = (id: number, of: number, degrees: number, neighbours: number[], alike = 4) => ({
    id,
    class: of,
    angle: (degrees * Math.PI) / 180,
    alike,
    frames: 20,
    neighbours,
  });
  const members = [
    member(10, 1, 0.5, [11, 12, 99]),
    member(11, 1, 89.6, [10]),
    member(12, 1, 3, [10, 13, 17]),
    member(13, 2, 3, [12]),
    member(14, 1, 0.5, []),
    member(15, 3, Number.NaN, []),
    member(16, 3, Number.NaN, []),
    member(17, 1, 4, [12]),
  ];
  t.same(grainGroups(members), [[0, 1], [2, 7], [3], [4], [5, 6]]);
});
