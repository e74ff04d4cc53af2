import t from "tap";
import { Nmf } from "../../src/components/nmf.js";
import { BINS } from "../../src/components/polar-events.js";
import { Reservoir } from "../../src/components/reservoir.js";
import { connectedAreas } from "../../src/components/residual-areas.js";
import type { SavedNmf } from "../../src/components/saved-nmf.js";
import {
  aPolarFrame,
  aScale,
  fourFold as four,
  ratesOf,
  type Specimen,
  sixFold as six,
  symmetricSpots,
} from "../fixtures/polar-specimens.js";

const third: Specimen = {
  background: 0.0001,
  direct: 0.2,
  spots: symmetricSpots(2, [
    [47, 20, 0.2],
    [70, 70, 0.15],
  ]),
};
const COLUMNS = 16;
const [A, B] = [
  { component: 1, turn: 5.5 },
  { component: 2, turn: 11.25 },
] as const;

const [fourTurned, sixTurned] = [ratesOf(four, A.turn), ratesOf(six, B.turn)];
const mixed = (share: number): Float64Array => fourTurned.map((v, i) => share * v + (1 - share) * (sixTurned[i] as number));
const aModel = (): Nmf => {
  const nmf = new Nmf({ scale: aScale, columns: COLUMNS });
  nmf.start(1, ratesOf(four), 500);
  nmf.start(2, ratesOf(six), 500);
  nmf.start(3, ratesOf(six), 0);
  return nmf;
};

t.test("shares of mixtures at boundaries are found, and leave less unexplained than classes alone", async (t) => {
  const nmf = aModel();
  t.same([...nmf.components.keys()], [1, 2]);
  for (const share of [1, 0.75, 0.5, 0.25, 0]) {
    const candidates = share >= 0.5 ? [A, B] : [B, A];
    let found = 0;
    for (let i = 0; i < 20; i++) {
      const e = nmf.explain(0, aPolarFrame(mixed(share), 100 * share + i), candidates);
      found += (e?.parts.find((p) => p.component === 1)?.share ?? 0) / 20;
    }
    t.ok(Math.abs(found - share) < 0.06, `${share}: ${found}`);
  }
  for (let i = 0; i < 60; i++) nmf.learn(i, aPolarFrame(mixed(0.5), i), [A, B]);
  t.ok(nmf.explained > 0.8, `${nmf.explained}`);
  t.equal(nmf.explain(0, aPolarFrame(mixed(0.5), 1), []), null);
});

t.test("components learn the pattern that their frames have", async (t) => {
  const nmf = new Nmf({ scale: aScale, columns: COLUMNS });
  const wrong: Specimen = {
    spots: symmetricSpots(4, [
      [40, 0, 0.08],
      [56.6, 45, 0.01],
    ]),
  };
  nmf.start(1, ratesOf(wrong), 500);
  const right = ratesOf(four, A.turn);
  const excess = (): number => {
    let sum = 0;
    for (let i = 0; i < 30; i++) {
      const e = nmf.explain(0, aPolarFrame(right, 5000 + i), [A]);
      sum += (e?.deviance ?? 0) - (e?.expected ?? 0);
    }
    return sum / 30;
  };
  const before = excess();
  for (let row = 0; row < 8; row++) {
    for (let c = 0; c < COLUMNS; c++) nmf.learn(row * COLUMNS + c, aPolarFrame(right, row * COLUMNS + c), [A]);
    nmf.endEpoch();
  }
  t.ok(excess() < 0.35 * before, `${before} ${excess()}`);
});

t.test("a component opens where connected frames are not explained, and is recalled elsewhere", async (t) => {
  const nmf = aModel();
  const other = ratesOf(third, 3);
  const both = fourTurned.map((v, i) => v + (other[i] as number));
  for (let row = 0; row < 2; row++) {
    for (let c = 0; c < COLUMNS; c++) nmf.learn(row * COLUMNS + c, aPolarFrame(c < 6 ? both : fourTurned, row * COLUMNS + c), [A]);
  }
  nmf.endEpoch();
  t.same([...nmf.components.keys()].sort(), [-1, 1, 2]);
  const e = nmf.explain(2, aPolarFrame(both, 999), [A]);
  t.ok((e?.residual ?? 99) < 4, `${e?.residual}`);
  t.ok(e?.parts.some((p) => p.component === -1 && p.share > 0.03));
  const away = ratesOf(third, 23);
  const turned = sixTurned.map((v, i) => v + (away[i] as number));
  for (let c = 8; c < COLUMNS; c++) nmf.learn(4 * COLUMNS + c, aPolarFrame(turned, 4 * COLUMNS + c), [B]);
  nmf.endEpoch();
  t.same([...nmf.components.keys()].sort(), [-1, 1, 2]);
  const again = nmf.explain(4 * COLUMNS + 10, aPolarFrame(turned, 77), [B])?.parts.find((p) => p.component === -1);
  const apart = (((again?.turn ?? 0) - 20) % 64) + 64;
  t.ok(Math.min(apart % 64, 64 - (apart % 64)) < 0.7, `${again?.turn}`);
});

t.test("an opened component that is a known one after all is joined with it", async (t) => {
  const nmf = new Nmf({ scale: aScale, columns: COLUMNS });
  nmf.start(1, ratesOf(four), 500);
  nmf.start(-1, ratesOf(four, 7), 500);
  nmf.endEpoch();
  t.same([...nmf.components.keys()], [1]);
});

t.test("a saved state continues to the bit", async (t) => {
  const run = (stop: boolean): SavedNmf => {
    let nmf = aModel();
    for (let row = 0; row < 4; row++) {
      for (let c = 0; c < COLUMNS; c++) {
        const position = row * COLUMNS + c;
        nmf.learn(position, aPolarFrame(mixed(c / COLUMNS), position), [A, B]);
        if (!stop || c % 5 !== 2) continue;
        nmf = new Nmf({ scale: aScale, columns: COLUMNS }, JSON.parse(JSON.stringify(nmf.save())));
      }
      nmf.endEpoch();
    }
    return nmf.save();
  };
  const same = JSON.stringify(run(true)) === JSON.stringify(run(false));
  t.ok(same);
  const saved = run(false);
  const open = (change: object) => () => new Nmf({ scale: aScale, columns: 4 }, { ...saved, ...change });
  t.throws(open({ areas: [[1, 2]] }), RangeError);
  t.throws(open({ areas: [] }), /a frame is damaged/);
  t.throws(open({ components: [{ ...saved.components[0], rate: [Number.NaN] }] }), /rates of a component are not 3073 numbers/);
});

t.test("positions that touch are one area, across corners but not around the edge of the scan", async (t) => {
  t.same(connectedAreas([0, 4, 9, 13, 3, 7, 30], 4), [[0, 4, 9, 13]]);
  t.same(connectedAreas([3, 4, 7, 11, 15], 4), [[3, 7, 11, 15]]);
});

t.test("a reservoir is a fair sample and depends on its seed alone", async (t) => {
  const fill = (seed: number): Reservoir<number> => {
    const r = new Reservoir<number>(50, { items: [], seen: 0, state: seed });
    for (let i = 0; i < 1000; i++) r.offer(i);
    return r;
  };
  t.same(fill(1).items, fill(1).items);
  t.notSame(fill(1).items, fill(2).items);
  const late = Array.from({ length: 40 }, (_, s) => fill(s).items.filter((i) => i >= 500).length).reduce((a, n) => a + n, 0) / 40;
  t.ok(Math.abs(late - 25) < 3, `${late}`);
  t.same(new Reservoir<number>(5, { items: [], seen: 0, state: 1 }).draw(3), []);
  t.ok(
    fill(3)
      .draw(9)
      .every((i) => i < BINS),
  );
});
