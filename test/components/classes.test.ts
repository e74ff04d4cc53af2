import t from "tap";
import { Classes, type Region, type RegionClass } from "../../src/components/classes.js";
import type { RegionSum } from "../../src/components/polar-events.js";
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
  return { id, sum, coreFrames: sum.frames, neighbours, positions: own };
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
