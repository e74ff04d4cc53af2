import t from "tap";
import { containment, seenIn } from "../../src/components/containment.js";
import { type Aligned, type Leaf, Linkage, type LinkRules } from "../../src/components/linkage.js";
import { Peaks } from "../../src/components/peaks.js";
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
/** Spots of `WHOLE` that are left of it, and others that it does not have. */
const DIMMED = [WHOLE[0], WHOLE[3]];
const OTHER = [
  [6, 0],
  [12, 15],
  [17, 5],
  [9, 20],
  [14, 33],
  [20, 5],
] as const;

const leaf = (pattern: Turnable, o: Partial<Leaf> = {}): Leaf => ({ pattern, frames: 100, known: -1, kin: [], ...o });
const free: LinkRules = { stick: [0, 0], most: Number.POSITIVE_INFINITY, noisy: false };
const names = (groups: readonly (readonly Aligned[])[]): number[][] => groups.map((g) => g.map((m) => m.leaf).sort((a, b) => a - b));
const link = (leaves: readonly Leaf[], rules = free) => new Linkage(rotation).link(leaves, rules);

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

t.test("a crystal that lost spots is of the class whose spots it has; what has others is not", (t) => {
  const whole = [0, 20, 41].map((turn) => leaf(spots(WHOLE, turn)));
  const height = rotation.peak(spots(WHOLE), spots(DIMMED)).height;
  t.ok(height > 0.4 && height < 0.56, `${height}`);
  t.same(names(link([...whole, leaf(spots(DIMMED, 9))]).groups), [[0, 1, 2, 3]]);
  t.same(names(link([...whole, leaf(spots(OTHER, 9))]).groups), [[0, 1, 2], [3]]);
  t.same(names(link([...whole, leaf(spots(OTHER, 9), { kin: [1] })]).groups), [[0, 1, 2, 3]], "a part of a grain that bends");
  const seen = seenIn(rotation, [{ pattern: spots(WHOLE), turn: 0 }]);
  t.ok(containment(rotation, spots(DIMMED, 7), seen) > 0.95);
  t.ok(containment(rotation, spots(OTHER), seen) < 0.7);
  t.equal(containment(rotation, spots([]), seen), 0);
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
  const known = new Linkage(rotation);
  const leaves = [0, 20, 41].map((turn) => leaf(spots(WHOLE, turn)));
  const first = known.link(leaves, free);
  t.same(known.link(leaves, free), first);
  const heavier = leaves.map((l, i) => (i === 0 ? { ...l, frames: 400 } : l));
  t.same(known.link(heavier, free), link(heavier));
  const peaks = new Peaks(rotation);
  t.ok(peaks.areOneWay(spots(WHOLE), spots(WHOLE, 0.3)));
  t.notOk(peaks.areOneWay(spots(WHOLE), spots(WHOLE, 1.5)));
  t.notOk(peaks.areOneWay(spots(WHOLE), spots(OTHER, 25)));
  t.end();
});
