import t from "tap";
import { sumAlongRings } from "../../src/kernels/average-rings.js";
import { blendTemplate, logAll } from "../../src/kernels/blend-template.js";
import { addScaled, countEvents, countWide, dotFrom, sumEvents } from "../../src/kernels/count-events.js";
import { mixEvents } from "../../src/kernels/mix-events.js";
import { polarBlur, smoothPolar } from "../../src/kernels/smooth-polar.js";
import { stabiliser, stableMean, stableResidual, stableVariance } from "../../src/kernels/stabilise-counts.js";
import { aCount, aRandom } from "../fixtures/frames.js";

const [RINGS, SECTORS] = [5, 16];
const SIZE = RINGS * SECTORS;

const aPlane = (seed: number): Float32Array => {
  const random = aRandom(seed);
  return Float32Array.from({ length: SIZE }, () => Math.floor(20 * random()));
};
const near = (t: { ok(value: boolean, what: string): unknown }, a: number, b: number, within: number, what: string) =>
  t.ok(Math.abs(a - b) <= within, `${what}: ${a}, ${b}`);

t.test("a blur is the weighted sum of its neighbours, round the rings and across them", async (t) => {
  for (const across of [0, 0.8]) {
    const blur = polarBlur(SECTORS, [9, 2, 1, 0.7, 0.4], across);
    const [input, out] = [aPlane(1), new Float32Array(SIZE)];
    smoothPolar(input, blur, out, new Float32Array(SIZE + 2 * SECTORS));
    for (let r = 0; r < RINGS; r++)
      for (let s = 0; s < SECTORS; s++) {
        let expected = 0;
        for (let q = 0; q < RINGS; q++)
          for (let d = -SECTORS / 2; d <= SECTORS / 2; d++) {
            if (Math.abs(q - r) >= blur.across.length || Math.abs(d) > (blur.reach[q] as number)) continue;
            const weight = (blur.across[Math.abs(q - r)] as number) * (blur.along[(q * SECTORS) / 2 + Math.abs(d)] as number);
            expected += weight * (input[q * SECTORS + ((s + d + SECTORS) % SECTORS)] as number);
          }
        near(t, out[r * SECTORS + s] as number, expected, 1e-3, `${r} ${s}`);
      }
  }
});

t.test("a blur keeps what is the same everywhere, and turns with its input to the bit", async (t) => {
  const blur = polarBlur(SECTORS, [9, 2, 1, 0.7, 0.4], 0.8);
  const scratch = new Float32Array(SIZE + 2 * SECTORS);
  const [flat, plain, turned] = [new Float32Array(SIZE), new Float32Array(SIZE), new Float32Array(SIZE)];
  smoothPolar(new Float32Array(SIZE).fill(1), blur, flat, scratch);
  for (let s = 0; s < SECTORS; s++) near(t, flat[2 * SECTORS + s] as number, 1, 1e-2, "flat");
  const input = aPlane(2);
  const turn = (a: Float32Array): Float32Array => a.map((_, i) => a[i - (i % SECTORS) + ((i + 3) % SECTORS)] as number);
  smoothPolar(input, blur, plain, scratch);
  smoothPolar(turn(input), blur, turned, scratch);
  t.same(turned, turn(plain));
});

t.test("sums along rings", async (t) => {
  const [input, out] = [aPlane(3), new Float32Array(SIZE)];
  const reach = Uint8Array.of(7, 3, 1, 0, 2);
  sumAlongRings(input, SECTORS, reach, out);
  for (let i = 0; i < SIZE; i++) {
    const [ring, sector] = [Math.floor(i / SECTORS), i % SECTORS];
    let expected = 0;
    for (let d = -(reach[ring] as number); d <= (reach[ring] as number); d++)
      expected += input[ring * SECTORS + ((sector + d + SECTORS) % SECTORS)] as number;
    t.equal(out[i], expected);
  }
});

t.test("events are counted, summed and weighed", async (t) => {
  const events = Uint16Array.of(9, 1, 2, 1, 9);
  const counts = new Float32Array(4);
  countEvents(events, 1, 4, 2, counts);
  t.same(counts, Float32Array.of(0, 4, 2, 0));
  const wide = new Float64Array(4);
  countWide(events, 1, 4, 2, wide);
  t.same(wide, Float64Array.of(0, 4, 2, 0));
  t.equal(sumEvents(events, 0, 5, Float32Array.of(9, 1, 2, 9, 9, 9, 9, 9, 9, 3)), 3 + 1 + 2 + 1 + 3);
  addScaled([1, 2, 3, 4, 5], -1, counts);
  t.same(counts, Float32Array.of(-1, 2, -1, -4));
  t.equal(dotFrom([1, 2], [9, 3, 4], 1, 2), 11);
});

t.test("a template is the mean of its frames and of some frames of the scan's mean", async (t) => {
  const mean = Float64Array.of(0.5, 2);
  const rate = new Float32Array(3);
  blendTemplate([12, 0, 30], [4, 0, 10], 2, 2, mean, rate);
  near(t, rate[0] as number, (12 / 4 + 0.5) / 2, 1e-6, "half the counts, half the mean");
  t.equal(rate[1], 0.5, "where nothing is live");
  near(t, rate[2] as number, (3 + 2) / 2, 1e-6, "direct beam");
  blendTemplate([0, 0, 0], [4, 4, 4], 2, 0, mean, rate);
  near(t, rate[0] as number, 0.5e-3, 1e-9, "no event is impossible");
  const logs = new Float32Array(3);
  logAll(Float32Array.of(1, Math.E, 0.5), logs);
  near(t, logs[1] as number, 1, 1e-6, "logarithm");
});

t.test("shares of a mixture are found again", async (t) => {
  const random = aRandom(5);
  const templates = [0, 1, 2].map((k) =>
    Float32Array.from({ length: 30 }, (_, b) =>
      b === 29 ? 0.1 : Math.floor(b / 10) === k ? (k === 2 ? 0.6 / 9 : 0.06) : k === 2 ? 0.015 : 0.3 / 19,
    ),
  );
  for (const truth of [
    [0.7, 0.2, 0.1],
    [0, 0.5, 0.5],
  ]) {
    const events: number[] = [];
    for (let b = 0; b < 29; b++) {
      const rate = truth.reduce((a, f, k) => a + f * (templates[k]?.[b] as number), 0);
      for (let n = aCount(20000 * rate, random); n > 0; n--) events.push(b);
    }
    const shares = new Float64Array(3).fill(1 / 3);
    const scratch = new Float32Array(3 * (events.length + 1));
    mixEvents(
      Uint16Array.from(events),
      0,
      events.length,
      2000,
      templates,
      Float64Array.of(0.1, 0.1, 0.1),
      shares,
      new Float64Array(3),
      scratch,
    );
    for (const [k, f] of truth.entries()) near(t, shares[k] as number, f, 0.06, `share ${k}`);
  }
  const shares = Float64Array.of(0.5, 0.5);
  mixEvents(new Uint16Array(0), 0, 0, 0, templates.slice(0, 2), Float64Array.of(3, 1), shares, new Float64Array(2), new Float32Array(2));
  near(t, shares[0] as number, 0.75, 0.01, "without events the prior decides");
});

t.test("stabilised counts have the mean and the variance that are tabulated", async (t) => {
  const table = stabiliser();
  const random = aRandom(6);
  for (const expected of [0, 0.03, 0.7, 5.01, 15.9, 40]) {
    const draws = Array.from({ length: 20000 }, () => 2 * Math.sqrt(aCount(expected, random) + 0.375));
    const mean = draws.reduce((a, v) => a + v, 0) / draws.length;
    const variance = draws.reduce((a, v) => a + (v - mean) ** 2, 0) / draws.length;
    near(t, stableMean(table, expected), mean, 0.03, `mean at ${expected}`);
    near(t, stableVariance(table, expected), variance, 0.05, `variance at ${expected}`);
  }
  const out = new Float32Array(2);
  stableResidual([0, 9], [2, 3], Float32Array.of(0.5, 3), 2, table, out);
  near(t, out[0] as number, 2 * (2 * Math.sqrt(0.375) - stableMean(table, 1)), 1e-6, "none where one is expected");
  t.ok(Math.abs(out[1] as number) < 0.2, "as many as expected");
});
