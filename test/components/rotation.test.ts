import t from "tap";
import { GeometryMaker } from "../../src/components/geometry.js";
import { BINS, GRID } from "../../src/components/polar-events.js";
import { addSpread, addTurned, apart, between, LEVELS, parabola, Rotation, refine, toLevels, wrap } from "../../src/components/rotation.js";
import { aRandom } from "../fixtures/frames.js";
import { aRegionSum, aScale, ratesOf, symmetricSpots, turnedSum } from "../fixtures/polar-specimens.js";

const { rings, sectors } = GRID;
const somePattern = (seed: number): Uint16Array => {
  const random = aRandom(seed);
  return Uint16Array.from({ length: BINS }, () => Math.floor(random() ** 4 * LEVELS));
};
const turned = (values: Uint16Array, k: number): Uint16Array =>
  values.map((_, b) => values[b - (b % sectors) + ((b - k + 2 * sectors) % sectors)] as number);

t.test("the correlation is that of its definition, and turns with its patterns to the bit", async (t) => {
  const rotation = new Rotation(aScale);
  const [x, y] = [somePattern(1), somePattern(2)];
  const [a, b] = [rotation.of(x), rotation.of(y)];
  const mean = (p: Uint16Array, r: number): number => p.subarray(r * sectors, (r + 1) * sectors).reduce((s, v) => s + v, 0) / sectors;
  const slow = (p: Uint16Array, q: Uint16Array, k: number): number => {
    let sum = 0;
    for (let r = 0; r < rings; r++)
      for (let s = 0; s < sectors; s++) {
        const other = q[r * sectors + ((s - k + sectors) % sectors)] as number;
        sum += (rotation.weights[r] as number) * ((p[r * sectors + s] as number) - mean(p, r)) * (other - mean(q, r));
      }
    return sum;
  };
  const c = rotation.correlate(a, b);
  const norm = Math.sqrt(slow(x, x, 0) * slow(y, y, 0));
  for (const k of [0, 1, 17, 64, 127]) t.ok(Math.abs((c[k] as number) - slow(x, y, k) / norm) < 1e-10, `${k}`);
  for (const [i, j] of [
    [1, 0],
    [17, 40],
    [127, 3],
  ] as const) {
    const d = rotation.correlate(rotation.of(turned(x, i)), rotation.of(turned(y, j)));
    t.same(
      [...d],
      Array.from(d, (_, k) => c[wrap(k - i + j)]),
    );
  }
  t.equal(rotation.peak(rotation.of(turned(x, 40)), a).turn, 40);
  t.ok(Math.abs(rotation.peak(a, a).height - 1) < 1e-12);
  t.same([...rotation.correlate(a, rotation.of(new Uint16Array(BINS)))], Array(sectors).fill(0));
});

t.test("correlations at some turns are those of all turns, to the bit", async (t) => {
  const rotation = new Rotation(aScale);
  const [a, b, none] = [rotation.of(somePattern(3)), rotation.of(somePattern(4)), rotation.of(new Uint16Array(BINS))];
  const c = rotation.correlate(a, b);
  for (const [first, n] of [
    [-1, 3],
    [126, 4],
    [40, 1],
  ] as const) {
    const out = rotation.correlateAt(a, b, first, n, new Float64Array(sectors));
    for (let k = first; k < first + n; k++) t.equal(out[wrap(k)], c[wrap(k)], `${k}`);
  }
  t.same(rotation.correlateAt(a, none, 5, 2, new Float64Array(sectors).fill(1)), new Float64Array(sectors), "no power");
});

t.test("a pattern that rested is compared as before", async (t) => {
  const rotation = new Rotation(aScale);
  const [a, b] = [rotation.of(somePattern(5)), rotation.of(somePattern(6))];
  const before = rotation.correlate(a, b);
  a.rest();
  a.rest();
  const other = rotation.of(somePattern(7));
  t.ok(rotation.correlate(other, b), "takes the memory");
  t.same(rotation.correlate(a, b), before);
});

t.test("turns between sectors are found", async (t) => {
  const rotation = new Rotation(aScale);
  const spots = symmetricSpots(2, [
    [30, 10, 0.05],
    [45, 70, 0.03],
  ]);
  const geometry = (turn: number) =>
    new GeometryMaker(aScale, rotation).make(aRegionSum(ratesOf({ spots }, turn), 3000, 7 + turn), new Float64Array(25));
  const still = geometry(0).friedel;
  for (const turn of [0.3, 5.5, 20.77]) {
    const c = rotation.correlate(geometry(turn).friedel, still);
    t.ok(apart(refine(c).turn, turn) < 0.5, `${turn} ${refine(c).turn}`);
    t.ok(apart(parabola(c, turn, 3).turn, turn) < 0.5, `${turn} ${parabola(c).turn}`);
    const smooth = Float64Array.from({ length: sectors }, (_, k) => Math.exp(3 * Math.cos(((k - turn) * 2 * Math.PI) / sectors) - 3));
    t.ok(Math.abs(refine(smooth).turn - turn) < 1e-4);
    t.ok(Math.abs(refine(smooth).height - 1) < 1e-9);
  }
  const flat = new Float64Array(sectors).fill(1);
  t.same(refine(flat), { turn: 0, height: 1 });
});

t.test("patterns turned by whole sectors are the same, by others nearly", async (t) => {
  const line = Float64Array.from({ length: BINS }, (_, b) => 1 + Math.cos((2 * Math.PI * 3 * (b % sectors)) / sectors));
  for (const [turn, tolerance] of [
    [5, 1e-12],
    [5.25, 2e-3],
    [127.9, 2e-3],
  ] as const)
    for (const add of [addTurned, addSpread]) {
      const out = new Float64Array(BINS);
      add(line, turn, 2, out);
      for (const b of [0, 40, 127, 1000]) {
        const right = 2 + 2 * Math.cos((2 * Math.PI * 3 * ((b % sectors) - turn)) / sectors);
        t.ok(Math.abs((out[b] as number) - right) < tolerance * (add === addSpread ? 4 : 1), `${turn} ${b}`);
      }
    }
  const more = new Float64Array(BINS + 1);
  addSpread(new Float64Array(BINS + 1).fill(3), 0.5, 2, more);
  t.equal(more[BINS], 6);
  t.ok(Math.abs(between(line.subarray(0, sectors) as Float64Array, 10.5) - 1 - Math.cos((2 * Math.PI * 31.5) / sectors)) < 1e-3);
  t.equal(toLevels(Float64Array.from({ length: BINS }, (_, b) => b - 1))[2], LEVELS);
});

t.test("a geometry vector turns with its region to the bit", async (t) => {
  const rotation = new Rotation(aScale);
  const maker = new GeometryMaker(aScale, rotation);
  const sum = aRegionSum(ratesOf({ spots: symmetricSpots(3, [[40, 5, 0.2]]) }, 3.3), 20, 1);
  const a = maker.make(sum, new Float64Array(25).fill(0.01));
  for (const k of [1, 17, 40]) {
    const b = maker.make(turnedSum(sum, k), new Float64Array(25).fill(0.01));
    t.same(b.modulation, a.modulation);
    t.same(b.plain.values, turned(a.plain.values, k));
    t.same(b.friedel.values, turned(a.friedel.values, k));
  }
});
