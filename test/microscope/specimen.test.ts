import t from "tap";
import { FIRST_GRAIN } from "../../src/microscope/grains.js";
import { makeSensor } from "../../src/microscope/sensor.js";
import { makeSpecimen, type Truth } from "../../src/microscope/specimen.js";

const ROWS = 128;
const SEEDS = [1, 2, 3, 4, 5];
const specimens = SEEDS.map((seed) => makeSpecimen(ROWS, ROWS, 192, seed));
const distinct = (v: ArrayLike<number>): number[] => [...new Set(Array.from(v))].sort((a, b) => a - b);

t.test("a seed gives the same specimen again, another seed another", async (t) => {
  t.same(makeSpecimen(40, 30, 64, 5).truth, makeSpecimen(40, 30, 64, 5).truth);
  t.notSame(makeSpecimen(40, 30, 64, 5).truth.grain, makeSpecimen(40, 30, 64, 6).truth.grain);
});

for (const [i, { truth, mixture, grains }] of specimens.entries()) {
  t.test(`seed ${SEEDS[i]}: grains, phases, a patch and a hole`, async (t) => {
    const ids = distinct(truth.grain);
    t.ok(ids.filter((id) => id >= FIRST_GRAIN).length >= 12, `${ids.length} areas`);
    t.ok(Math.max(...ids) < FIRST_GRAIN + grains.length);
    t.same(distinct(truth.phase), [0, 1, 2, 3]);
    const share = (id: number): number => truth.grain.filter((g) => g === id).length / truth.grain.length;
    t.ok(share(0) > 0.003 && share(0) < 0.05, `vacuum ${share(0)}`);
    t.ok(share(1) > 0.03 && share(1) < 0.15, `amorphous ${share(1)}`);
  });

  t.test(`seed ${SEEDS[i]}: the probe sees shares that add up; the largest is the truth`, async (t) => {
    let impure = 0;
    for (let p = 0; p < truth.grain.length; p++) {
      const [from = 0, to = 0] = mixture.start.slice(p, p + 2);
      const shares = Array.from(mixture.share.slice(from, to));
      const total = shares.reduce((a, b) => a + b, 0);
      if (Math.abs(total - 1) > 1e-5) t.fail(`position ${p}: ${total}`);
      if (Math.max(...shares) !== truth.purity[p]) t.fail(`position ${p}: purity`);
      if (mixture.area[from + shares.indexOf(Math.max(...shares))] !== truth.grain[p]) t.fail(`position ${p}: grain`);
      if ((truth.purity[p] ?? 0) < 0.95) impure++;
    }
    t.ok(impure > 0.05 * truth.grain.length && impure < 0.35 * truth.grain.length, `${impure} positions on borders`);
  });

  t.test(`seed ${SEEDS[i]}: orientations are unit quaternions that bend by about a degree in a grain`, async (t) => {
    const spread = new Map<number, { first: number; most: number }>();
    for (let p = 0; p < truth.grain.length; p++) {
      const q = quaternion(truth, p);
      if (Math.abs(Math.hypot(...q) - 1) > 1e-5) t.fail(`position ${p} is no unit quaternion`);
      const id = truth.grain[p] ?? 0;
      if (id < FIRST_GRAIN) {
        if (q.join() !== "1,0,0,0") t.fail(`position ${p} has no crystal`);
        continue;
      }
      const seen = spread.get(id) ?? { first: p, most: 0 };
      const dot = Math.abs(q.reduce((sum, v, n) => sum + v * (quaternion(truth, seen.first)[n] ?? 0), 0));
      seen.most = Math.max(seen.most, (2 * Math.acos(Math.min(1, dot)) * 180) / Math.PI);
      spread.set(id, seen);
    }
    const most = [...spread.values()].map((s) => s.most);
    t.ok(Math.max(...most) < 4, `${Math.max(...most)} degrees`);
    t.ok(most.reduce((a, b) => a + b, 0) / most.length > 0.3);
  });

  t.test(`seed ${SEEDS[i]}: the beam drifts by a few pixels along a plane, the specimen is a wedge`, async (t) => {
    for (const axis of [0, 1]) {
      const v = Array.from({ length: ROWS * ROWS }, (_, p) => truth.centre[2 * p + axis] ?? 0);
      t.ok(Math.max(...v) - Math.min(...v) < 6 && Math.max(...v) - Math.min(...v) > 0.5);
      t.ok(v.every((x) => Math.abs(x - 95.5) < 4));
      // a plane: opposite corners have the same mean
      const [a = 0, b = 0, c = 0, d = 0] = [v[0], v[ROWS - 1], v[ROWS * (ROWS - 1)], v[ROWS * ROWS - 1]];
      t.ok(Math.abs(a + d - b - c) < 1e-3);
    }
    const thick = truth.thickness.filter((x) => x > 0);
    t.ok(Math.min(...thick) > 200 && Math.max(...thick) < 750 && Math.max(...thick) - Math.min(...thick) > 150);
    t.ok(truth.grain.every((g, p) => g !== 0 || truth.thickness[p] === 0));
  });
}

const quaternion = (truth: Truth, p: number): number[] => Array.from(truth.orientation.slice(4 * p, 4 * p + 4));

t.test("bad pixels are few, distinct and the same for a seed", async (t) => {
  const sensor = makeSensor(192, 3);
  const all = [...sensor.hot, ...sensor.dead, ...sensor.masked];
  t.equal(new Set(all).size, all.length);
  t.ok(sensor.hot.length >= 3 && sensor.dead.length >= 1 && sensor.masked.length === 4);
  t.same(makeSensor(192, 3).hot, sensor.hot);
  t.equal(
    sensor.mask.reduce((n, m) => n + m, 0),
    sensor.masked.length,
  );
  t.ok(sensor.masked.every((i) => sensor.mask[i] === 1));
  const counts = new Uint16Array(192 * 192).fill(1);
  sensor.spoil(counts, 0);
  t.ok(sensor.dead.every((i) => counts[i] === 0));
  t.ok(sensor.masked.every((i) => counts[i] === 65535));
  t.ok(sensor.hot.every((i) => (counts[i] ?? 0) > 1));
});
