import t from "tap";
import { randomFrom } from "../../src/microscope/random.js";

const many = (n: number, draw: () => number): number[] => Array.from({ length: n }, draw);
const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const variance = (v: readonly number[]): number => {
  const middle = mean(v);
  return mean(v.map((x) => (x - middle) ** 2));
};

t.test("the same seeds give the same numbers, other seeds others", async (t) => {
  const words = (seed: number, stream: number): number[] => many(50, randomFrom(seed, stream).word);
  t.same(words(1, 2), words(1, 2));
  t.notSame(words(1, 2), words(1, 3));
  t.notSame(words(1, 2), words(2, 2));
  t.notSame(words(1, 2), words(2, 1));
});

t.test("uniform numbers fill [0, 1) evenly", async (t) => {
  const v = many(40_000, randomFrom(7, 1).uniform);
  t.ok(Math.min(...v) >= 0 && Math.max(...v) < 1);
  t.ok(Math.abs(mean(v) - 0.5) < 0.01);
  t.ok(Math.abs(variance(v) - 1 / 12) < 0.003);
});

t.test("normal numbers have mean 0 and variance 1", async (t) => {
  const v = many(40_000, randomFrom(7, 2).normal);
  t.ok(Math.abs(mean(v)) < 0.02);
  t.ok(Math.abs(variance(v) - 1) < 0.03);
});

for (const m of [0.3, 8, 29.9, 30, 47, 900, 50_000]) {
  t.test(`Poisson numbers of mean ${m} have that mean and variance, and are whole`, async (t) => {
    const n = 20_000;
    const random = randomFrom(3, Math.round(m * 10));
    const v = many(n, () => random.poisson(m));
    t.ok(v.every((x) => Number.isInteger(x) && x >= 0));
    // five standard errors
    t.ok(Math.abs(mean(v) - m) < 5 * Math.sqrt(m / n), `${mean(v)}`);
    t.ok(Math.abs(variance(v) / m - 1) < 5 * Math.sqrt(2 / n) + 1 / m / n + 0.02, `${variance(v)}`);
  });
}

t.test("a Poisson mean of nothing gives nothing", async (t) => {
  t.same(
    many(20, () => randomFrom(1, 1).poisson(0)),
    new Array(20).fill(0),
  );
});
