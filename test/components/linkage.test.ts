import t from "tap";
import { type Aligned, type Leaf, Linkage, type LinkRules } from "../../src/components/linkage.js";
import { BINS, GRID } from "../../src/components/polar-events.js";
import { addTurned, fromSum, LEVELS, Rotation, type Turnable } from "../../src/components/rotation.js";
import { aScale } from "../fixtures/polar-specimens.js";

const rotation = new Rotation(aScale);
const { sectors: SECTORS } = GRID;

/** Spots at [ring, sector], and half a turn from there, turned by so many sectors. */
function spots(places: readonly (readonly [ring: number, sector: number])[], turn = 0): Turnable {
  const values = new Float64Array(BINS);
  for (const [ring, sector] of places)
    for (const half of [0, SECTORS / 2])
      for (let d = -2; d <= 2; d++) values[ring * SECTORS + ((sector + half + d + SECTORS) % SECTORS)] = LEVELS * (1 - Math.abs(d) / 4);
  const sum = new Float64Array(BINS);
  addTurned(values, turn, 1, sum);
  return rotation.of(fromSum(sum, 1));
}

const WHOLE = [
  [6, 0],
  [6, 30],
  [12, 15],
  [12, 50],
  [17, 5],
  [17, 40],
] as const;
const OTHER = [
  [6, 0],
  [12, 15],
  [17, 5],
  [9, 20],
  [14, 33],
  [20, 5],
] as const;

const leaf = (pattern: Turnable, o: Partial<Leaf> = {}): Leaf => ({ pattern, frames: 100, electrons: 1e6, known: -1, ...o });
const free: LinkRules = { stick: [0, 0], most: Number.POSITIVE_INFINITY, arePieces: () => false };
const names = (groups: readonly (readonly Aligned[])[]): number[][] => groups.map((g) => g.map((m) => m.leaf).sort((a, b) => a - b));
const link = (leaves: readonly Leaf[], rules = free) => new Linkage(rotation, aScale).link(leaves, rules);

t.test("turned copies are one class, each with its turn; others are not, however many they are", (t) => {
  const leaves = [0, 20, 41].flatMap((turn) => [leaf(spots(WHOLE, turn)), leaf(spots(OTHER, turn + 3))]);
  const { groups, forced } = link(leaves);
  t.same(names(groups), [
    [0, 2, 4],
    [1, 3, 5],
  ]);
  t.notOk(forced);
  const turn = (i: number): number => groups[0]?.find((m) => m.leaf === i)?.turn ?? Number.NaN;
  t.ok(Math.abs(((turn(0) - turn(2) + SECTORS) % (SECTORS / 2)) - 20) < 0.1, `${turn(0)} ${turn(2)}`);
  const height = rotation.peak(spots(WHOLE), spots(OTHER)).height;
  t.ok(height > 0.4 && height < 0.56, `${height}`);
  t.end();
});

/** As `WHOLE`, of which so many spots are there. */
const some = (n: number, turn = 0): Turnable => spots(WHOLE.slice(0, n), turn);
const likeness = (a: Turnable, b: Turnable): number => Math.max(...rotation.correlateWhole(a, b));

t.test("the less what is of one class correlates, the less others must", (t) => {
  const [far, near] = [likeness(some(6), some(2)), likeness(some(6), some(3))];
  t.ok(far < 0.59 && near > 0.59, `${far} ${near}`);
  const sure = [0, 20].map((turn) => leaf(some(6, turn)));
  t.same(names(link([...sure, leaf(some(2, 9))]).groups), [[0, 1], [2]]);
  t.same(names(link([...sure, leaf(some(3, 9))]).groups), [[0, 1, 2]]);
  const few = { electrons: 2000 };
  const loose = [leaf(some(6), few), leaf(some(4, 20), few)];
  t.same(names(link(loose).groups), [[0, 1]]);
  t.same(names(link([...loose, leaf(some(2, 9), few)]).groups), [[0, 1, 2]], "what is of one class differs as much");
  t.end();
});

t.test("that rings are where they are counts, and nothing is like nothing", (t) => {
  const shifted = spots(WHOLE.map(([ring, sector]) => [ring + 1, sector] as const));
  t.ok(likeness(spots(WHOLE), shifted) < 0);
  t.ok(Math.abs(likeness(spots(WHOLE), spots(WHOLE, 7)) - 1) < 1e-6);
  t.equal(likeness(spots([]), spots(WHOLE)), 0);
  t.end();
});

t.test("what is known to be one stays one, what is known to be two stays two; what has no class is free", (t) => {
  const [a, b] = [spots(WHOLE), spots(OTHER)];
  const rules: LinkRules = { ...free, stick: [0.3, 0.6] };
  t.same(names(link([leaf(a, { known: 3 }), leaf(b, { known: 3 })], rules).groups), [[0, 1]]);
  t.same(names(link([leaf(a, { known: 3 }), leaf(b)], rules).groups), [[0], [1]]);
  t.same(names(link([leaf(a, { known: 3 }), leaf(spots(WHOLE, 9), { known: 4 })], rules).groups), [[0], [1]]);
  t.same(names(link([leaf(a, { known: 3 }), leaf(spots(WHOLE, 9), { known: 4 })]).groups), [[0, 1]]);
  t.end();
});

t.test("where there may be no more classes, the nearest are one", (t) => {
  const leaves = [leaf(spots(WHOLE)), leaf(spots(OTHER)), leaf(spots([[3, 9]]))];
  t.same(link(leaves, { ...free, most: 2 }), { ...link(leaves, { ...free, most: 2 }), forced: true });
  t.same(names(link(leaves, { ...free, most: 2 }).groups), [[0, 1], [2]]);
  t.same(names(link(leaves, { ...free, most: 1 }).groups), [[0, 1, 2]]);
  t.notOk(link(leaves, { ...free, most: 3 }).forced);
  t.end();
});

t.test("a linkage that has linked before links alike", (t) => {
  const known = new Linkage(rotation, aScale);
  const leaves = [0, 20, 41].map((turn) => leaf(spots(WHOLE, turn)));
  const first = known.link(leaves, free);
  t.same(known.link(leaves, free), first);
  const heavier = leaves.map((l, i) => (i === 0 ? { ...l, frames: 400 } : l));
  t.same(known.link(heavier, free), link(heavier));
  t.end();
});
