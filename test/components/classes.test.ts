import t from "tap";
import { Classes } from "../../src/components/classes.js";
import type { RegionSum } from "../../src/components/polar-events.js";
import type { Region, RegionClass } from "../../src/components/region-class.js";
import { aRegionSum, aScale, ratesOf, type Specimen, symmetricSpots, turnedSum } from "../fixtures/polar-specimens.js";

const SECTOR = 360 / 128;
const degrees = (rad: number): number => (rad * 180) / Math.PI;

/** Crystals that differ in their spots. */
const crystals: Record<string, Specimen> = {
  two: {
    spots: symmetricSpots(2, [
      [30, 0, 0.06],
      [52, 33, 0.04],
      [60, 80, 0.03],
      [44, 110, 0.05],
    ]),
  },
  four: {
    spots: symmetricSpots(4, [
      [40, 0, 0.06],
      [56.6, 45, 0.04],
      [80, 0, 0.02],
    ]),
  },
  six: {
    spots: symmetricSpots(6, [
      [34, 0, 0.05],
      [58.9, 30, 0.04],
      [68, 0, 0.03],
    ]),
  },
  three: {
    spots: symmetricSpots(3, [
      [46, 0, 0.06],
      [64, 25, 0.05],
      [64, 50, 0.04],
      [80, 10, 0.04],
    ]),
  },
  one: {
    spots: symmetricSpots(1, [
      [30, 0, 0.06],
      [45, 60, 0.06],
      [52, 150, 0.05],
      [62, 250, 0.05],
      [70, 200, 0.05],
      [38, 320, 0.05],
    ]),
  },
};
const amorphous: Specimen = { background: 0.006, halo: { radius: 40, width: 5, peak: 0.02 } };
const vacuum: Specimen = { background: 0.0002, direct: 8 };

/** A region of its own positions. */
function aRegion(id: number, sum: RegionSum, { frames = 100, neighbours = [] as number[], positions = [] as number[] } = {}): Region {
  const own = positions.length > 0 ? positions : Array.from({ length: frames }, (_, i) => 1000 * id + i);
  return { id, sum, core: sum, coreFrames: sum.frames, neighbours, positions: own };
}

const someTurns = [0, 7.3, 19.6, 41.2] as const;
/** Four grains of each crystal at known turns, and two areas of each that is none. */
function aScan(frames = 100, seed = 0): { region: Region; kind: string; turn: number }[] {
  const grains = Object.entries(crystals).flatMap(([kind, specimen], k) =>
    someTurns.map((turn, i) => ({ kind, specimen, turn: turn + 3.1 * k, id: 10 * k + i })),
  );
  const rest = [amorphous, vacuum].flatMap((specimen, k) =>
    [0, 1].map((i) => ({ kind: ["glass", "empty"][k] as string, specimen, turn: 0, id: 100 + 10 * k + i })),
  );
  return [...grains, ...rest].map(({ kind, specimen, turn, id }) => ({
    kind,
    turn,
    region: aRegion(id, aRegionSum(ratesOf(specimen, turn), frames, seed + id)),
  }));
}

const apart = (a: number, b: number, period: number): number => {
  const d = (((a - b) % period) + period) % period;
  return Math.min(d, period - d);
};

t.test("classes, folds and angles of known crystals are found", async (t) => {
  const classes = new Classes(aScale);
  const scan = aScan();
  const found = classes.update(scan.map((s) => s.region));
  const of = (s: { region: Region }): RegionClass => found.get(s.region.id) as RegionClass;
  const ids = new Map<string, number>();
  for (const s of scan) {
    if (!ids.has(s.kind)) ids.set(s.kind, of(s).class);
    t.equal(of(s).class, ids.get(s.kind), `${s.kind} ${s.region.id}`);
  }
  t.equal(new Set(ids.values()).size, 7);
  const folds = { two: 2, four: 4, six: 6, three: 3, one: 1, glass: 0, empty: 0 };
  for (const [kind, fold] of Object.entries(folds)) {
    const members = scan.filter((s) => s.kind === kind);
    for (const s of members) t.equal(of(s).fold, fold, kind);
    const first = members[0] as (typeof members)[number];
    for (const s of members) {
      if (fold === 0) {
        t.ok(Number.isNaN(of(s).angle));
        t.equal(of(s).grain, of(first).grain);
        continue;
      }
      const error = apart(degrees(of(s).angle - of(first).angle), (s.turn - first.turn) * SECTOR, 360 / fold);
      t.ok(error < 0.4, `${kind}: ${error}`);
      t.ok(of(s).angle >= 0 && of(s).angle < (2 * Math.PI) / fold);
      t.ok(of(s).confidence > 0.2, `${kind}: confidence ${of(s).confidence}`);
    }
  }
  for (const record of classes.records.values())
    if (record.crystal) t.equal(record.crystal.friedelSymmetry > 0.75, record.crystal.fold % 2 === 0);
});

t.test("turning all input by whole sectors turns all angles and changes nothing else", async (t) => {
  const scan = aScan(40, 500);
  const still = new Classes(aScale).update(scan.map((s) => s.region));
  for (const k of [1, 17, 40]) {
    const turned = new Classes(aScale).update(scan.map(({ region }) => ({ ...region, sum: turnedSum(region.sum, k) })));
    for (const [id, a] of still) {
      const b = turned.get(id) as RegionClass;
      t.same({ ...b, angle: 0 }, { ...a, angle: 0 });
      if (a.fold > 0)
        t.ok(
          apart(degrees(b.angle - a.angle), k * SECTOR, 360 / a.fold) < 1e-9,
          `${id} ${a.fold} by ${k}: ${degrees(b.angle)} ${degrees(a.angle)}`,
        );
    }
  }
});

const regionsOf = (scan: readonly { region: Region }[]): Region[] => scan.map((s) => s.region);

t.test("ids, zeros and angles stay while counts grow, and a saved state continues to the bit", async (t) => {
  const run = (stop: boolean): { first: Map<number, RegionClass>; last: Map<number, RegionClass> } => {
    let classes = new Classes(aScale);
    const first = classes.update(regionsOf(aScan(30, 1000)));
    if (stop) classes = new Classes(aScale, JSON.parse(JSON.stringify(classes.save())));
    classes.update(regionsOf(aScan(30, 1000)));
    if (stop) classes = new Classes(aScale, JSON.parse(JSON.stringify(classes.save())));
    return { first, last: classes.update(regionsOf(aScan(120, 2000))) };
  };
  const { first, last } = run(false);
  t.same(run(true), { first, last });
  for (const [id, a] of first) {
    const b = last.get(id) as RegionClass;
    t.equal(b.class, a.class);
    t.equal(b.grain, a.grain);
    if (a.fold > 0 && a.fold === b.fold) t.ok(apart(degrees(a.angle), degrees(b.angle), 360 / a.fold) < 2, `${id}`);
  }
});

t.test("grains are told apart by angle, and ids survive merges and splits", async (t) => {
  const classes = new Classes(aScale);
  const two = crystals.two as Specimen;
  const region = (id: number, turn: number, neighbours: number[], positions: number[]): Region =>
    aRegion(id, aRegionSum(ratesOf(two, turn), 60, id), { neighbours, positions });
  const list = (first: number, n: number): number[] => Array.from({ length: n }, (_, i) => first + i);
  const apartRegions = [region(1, 5, [2], list(0, 60)), region(2, 5.1, [1, 3], list(100, 40)), region(3, 30, [2], list(200, 50))];
  const first = classes.update(apartRegions);
  const grain = (found: Map<number, RegionClass>, id: number): number => (found.get(id) as RegionClass).grain;
  t.equal(grain(first, 1), grain(first, 2));
  t.not(grain(first, 3), grain(first, 1));
  const split = classes.update([region(1, 5, [2], list(0, 60)), region(2, 20, [1, 3], list(100, 40)), region(3, 30, [2], list(200, 50))]);
  t.equal(grain(split, 1), grain(first, 1));
  t.not(grain(split, 2), grain(first, 1));
  t.equal(grain(split, 3), grain(first, 3));
  const merged = classes.update([region(7, 5, [3], [...list(0, 60), ...list(100, 40)]), region(3, 30, [7], list(200, 50))]);
  t.equal(grain(merged, 7), grain(first, 1));
  t.equal(new Set([...first, ...split, ...merged].map(([, r]) => r.class)).size, 1);
  t.equal(classes.update([]).size, 0);
});

t.test(
  "what looks like its class in another direction stays there, whatever it touches, where it is little like the class as that lies",
  async (t) => {
    const nearlyFour = (a: number, b: number, c: number): Specimen => ({
      spots: symmetricSpots(2, [
        [40, 0, a],
        [40, 90, b],
        [62, 0, a],
        [62, 90, b],
        [74, 33, c],
      ]),
    });
    const whole = [0, 21, 50].map((turn, i) => aRegion(i, aRegionSum(ratesOf(nearlyFour(0.06, 0.002, 0), turn), 300, i)));
    for (const [first, second] of [
      [[], []],
      [[8], [7]],
    ] as const) {
      const larger = aRegion(7, aRegionSum(ratesOf(nearlyFour(0.04, 0.012, 0.06), 30), 200, 7), { neighbours: [...first] });
      const part = aRegion(8, aRegionSum(ratesOf(nearlyFour(0.012, 0.025, 0.06), 30), 60, 8), { neighbours: [...second] });
      const found = new Classes(aScale).update([...whole, larger, part], true);
      t.equal(new Set([...found.values()].map((f) => f.class)).size, 1);
      const [a, b] = [7, 8].map((id) => degrees((found.get(id) as RegionClass).angle)) as [number, number];
      t.ok(apart(a, b, 180) > 80, `${a} ${b}`);
    }
  },
);

t.test("classes of an earlier scan are found again, and angles follow a turn once their zero is known", async (t) => {
  const earlier = new Classes(aScale);
  const before = earlier.update(regionsOf(aScan(100)));
  const library = JSON.parse(JSON.stringify(earlier.library()));
  const scan = Object.entries(crystals).map(([kind, specimen], k) => {
    return { kind, region: aRegion(1 + k, aRegionSum(ratesOf(specimen, 3.1 * k + 10.4), 100, 77 + k)), like: 10 * k };
  });
  for (const frozen of [false, true]) {
    const classes = new Classes(aScale);
    classes.load(library, frozen);
    const kept = JSON.stringify(classes.library().classes.map((c) => c.rate));
    const found = classes.update([...regionsOf(scan), aRegion(50, aRegionSum(ratesOf(amorphous), 100, 5))]);
    for (const s of scan) {
      const [a, b] = [before.get(s.like) as RegionClass, found.get(s.region.id) as RegionClass];
      t.equal(b.class, a.class, s.kind);
      const error = apart(degrees(b.angle - a.angle), 10.4 * SECTOR, 360 / Math.max(2, a.fold));
      t.ok(error < 0.5, `${s.kind} ${frozen}: ${error}`);
    }
    t.equal((found.get(50) as RegionClass).class, (before.get(100) as RegionClass).class);
    t.equal(JSON.stringify(classes.library().classes.map((c) => c.rate)) === kept, frozen);
  }
  const classes = new Classes(aScale);
  classes.load(library);
  const id = (before.get(0) as RegionClass).class;
  classes.freeze(id, true);
  classes.freeze(999, true);
  t.equal(classes.records.get(id)?.frozen, true);
});

t.test("a damaged library is refused", async (t) => {
  const classes = new Classes(aScale);
  classes.update(regionsOf(aScan(60)));
  const library = classes.library();
  const first = library.classes[0] as (typeof library.classes)[number];
  const open = (change: object) => () => new Classes(aScale).load({ ...library, classes: [{ ...first, ...change } as typeof first] });
  t.throws(open({ id: -1 }), /class -1 of the library: its id/);
  t.throws(open({ grain: 0.5 }), /its grain/);
  t.throws(open({ frames: Number.NaN }), /its frames/);
  t.throws(open({ frozen: 1 }), /frozen/);
  t.throws(open({ profile: undefined }), /its profile/);
  t.throws(open({ rate: [1] }), /3073 numbers/);
  t.throws(open({ crystal: { ...first.crystal, fold: 5 } }), /its fold is none of/);
  t.throws(open({ crystal: { ...first.crystal, friedelFold: 3 } }), /opposite spots/);
  t.throws(open({ crystal: { ...first.crystal, zeroFrames: 0 } }), /first rates/);
  t.throws(open({ crystal: { ...first.crystal, zero: [1, 2] } }), /zero is not 3072 whole numbers/);
  t.throws(() => new Classes({ radius: 8, inner: 10, outer: 94 }).load(library), /another camera length/);
});

t.test("a settled map keeps its ids; small regions wait; many regions are still told", async (t) => {
  const classes = new Classes(aScale);
  const scan = aScan(60);
  const first = classes.update(regionsOf(scan));
  const settled = classes.update(regionsOf(scan), true);
  for (const [id, a] of first) t.equal(settled.get(id)?.class, a.class);
  const small = aRegion(500, aRegionSum(ratesOf(crystals.two as Specimen), 2, 3));
  t.notOk(classes.update([small]).has(500));
  t.ok(classes.update([small], true).has(500));
  const sum = aRegionSum(ratesOf(crystals.four as Specimen), 30, 1);
  const many = Array.from({ length: 200 }, (_, i) => aRegion(1000 + i, turnedSum(sum, i % 32), { positions: [9000 + i] }));
  const found = new Classes(aScale).update(many);
  t.equal(new Set([...found.values()].map((f) => f.class)).size, 1);
});

t.test("a small region is of the class of what it touches and looks like as both lie, once the map is settled", async (t) => {
  const [four, six] = [ratesOf(crystals.four as Specimen), ratesOf(crystals.six as Specimen, 9)];
  // More like six, turned, than like four.
  const end = four.map((v, b) => 0.7 * v + 0.8 * (six[b] as number));
  const of = (id: number, rates: Float64Array, frames: number, neighbours: number[] = []): Region =>
    aRegion(id, aRegionSum(rates, frames, id), { frames, neighbours });
  const settled = (neighbours: number[]) => {
    const regions = [
      of(1, four, 60, neighbours),
      of(2, ratesOf(crystals.six as Specimen), 60),
      of(3, end, 12, neighbours.length > 0 ? [1] : []),
    ];
    const found = new Classes(aScale).update(regions, true);
    return [1, 2, 3].map((id) => found.get(id)?.class);
  };
  const [one, two, alone] = settled([]);
  t.not(one, two);
  t.equal(alone, two, "which it is most like");
  const [first, , piece] = settled([3]);
  t.equal(piece, first);
});

t.test("no more classes than there may be: those that are least clearly two are one, but crystals and others", async (t) => {
  const scan = aScan(60);
  const limited = (most: number): { kinds: Set<number>; limited: boolean } => {
    const classes = new Classes(aScale, null, undefined, most);
    const found = classes.update(regionsOf(scan), true);
    return { kinds: new Set([...found.values()].map((f) => f.class)), limited: classes.limited };
  };
  t.match([limited(99).kinds.size, limited(99).limited], [7, false]);
  t.match([limited(7).kinds.size, limited(7).limited], [7, false], "as many as there may be");
  for (const most of [5, 3, 2]) {
    const { kinds, limited: told } = limited(most);
    t.equal(kinds.size, most);
    t.ok(told);
  }
});
