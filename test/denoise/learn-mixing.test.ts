import fc from "fast-check";
import t from "tap";
import { BANK, CLASSES, MIDDLE, RISE_STEPS, RISES } from "../../src/denoise/method.js";
import { KINDS, LEAST_RATE, MARGIN, Mixing, SUMMED } from "../../src/denoise/mixing.js";
import { sumMixing } from "../../src/denoise/plain-mixing.js";
import { aCount, aRandom } from "../fixtures/frames.js";
import { aPatternMemory } from "../fixtures/pattern-memory.js";

/** Square root of the sum of squares of a number over a class and those of the rates next to it. */
const near = (sums: Float64Array, q: number, i: number): number =>
  Math.sqrt([q - RISES, q, q + RISES].reduce((sum, kind) => sum + (sums[(kind * SUMMED + i) * SUMMED + i] ?? 0), 0));

t.test("what mixing weights are learnt from, summed up with vectors and without", async () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
      fc.constantFrom(0.03, 0.3, 20),
      fc.constantFrom(0, 0.1, 0.1, 1),
      fc.integer(),
      ([height, width], mean, masked, seed) => {
        const random = aRandom(seed);
        const pixels = height * width;
        const rate = Float32Array.from({ length: pixels }, () => mean * 2 ** (12 * random() - 6));
        // Members hold their share of the own counts, and are as alike as averages are.
        const x = rate.map((r) => aCount(r, random));
        const own = Array.from({ length: BANK }, (_, k) => (k === 0 ? 1 : 0.3 * random()));
        const planes = own.map((c) => x.map((v, p) => c * v + (1 - c) * (rate[p] as number) * (0.8 + 0.4 * random())));
        const guide = rate.map((r) => (random() < 0.02 ? 0 : r * (0.9 + 0.2 * random())));
        const around = guide.map((r) => (random() < 0.02 ? 0 : r * 2 ** (3 * random() - 1.5)));
        // A pixel between two classes of the rise is of either, as roundings go: it is left out.
        const least = LEAST_RATE * mean;
        const used = Uint8Array.from(guide, (g, p) => {
          const rise = RISE_STEPS * Math.log2((g + least) / ((around[p] as number) + least)) + RISES / 2;
          return random() < masked || Math.abs(rise - Math.round(rise)) < 1e-4 ? 0 : 1;
        });
        const memory = aPatternMemory();
        const at = planes.map((plane) => memory.floats(plane));
        const sums = memory.floats(new Float32Array(KINDS * SUMMED * SUMMED).fill(9));
        const [guideAt, aroundAt, usedAt] = [memory.floats(guide), memory.floats(around), memory.bytes(used)];
        const numbers = [height, width, MARGIN, Math.log2(mean) - MIDDLE, least, CLASSES, RISES, sums] as const;
        memory.run.learnMixing(at[0] as number, 4 * pixels + 64, BANK, guideAt, aroundAt, usedAt, ...numbers);
        if (!memory.whole()) return false;
        const fast = memory.readFloats(sums, KINDS * SUMMED * SUMMED);
        const plain = sumMixing(planes, guide, around, mean, used, height, width);
        // A pixel shares itself between two classes of the rate, to the rounding of a logarithm.
        for (let q = 0; q < KINDS; q++)
          for (let i = 0; i < SUMMED; i++)
            for (let j = i; j < SUMMED; j++) {
              const k = (q * SUMMED + i) * SUMMED + j;
              const largest = near(plain, q, i) * near(plain, q, j);
              if (Math.abs((fast[k] as number) - (plain[k] as number)) > 1e-4 * largest) return false;
            }
        return true;
      },
    ),
    { numRuns: 60 },
  );
});

t.test("a rise that nothing was learnt of is mixed as its rate, which has learnt of others", (t) => {
  const [height, width, mean] = [40, 40, 1];
  const random = aRandom(3);
  const own = Array.from({ length: BANK }, (_, k) => (k === 0 ? 1 : 0.1));
  const mixing = new Mixing();
  const rows = (): Float64Array[] => {
    const all = mixing.solve("full");
    return Array.from({ length: KINDS }, (_, q) => all.slice(q * BANK, (q + 1) * BANK));
  };
  const [prior] = rows() as [Float64Array];
  t.equal(prior.filter((v) => v !== 0).length, 1);
  const guide = new Float32Array(height * width).fill(mean);
  const x = guide.map((r) => aCount(r, random));
  const planes = own.map((c) => x.map((v) => c * v + (1 - c) * (0.5 + random())));
  // All of them at the mean, and as bright as what is around.
  mixing.addSums(sumMixing(planes, guide, guide, mean, new Uint8Array(height * width).fill(1), height, width), own);
  const learnt = rows();
  const of = (rise: number): Float64Array => learnt[MIDDLE * RISES + rise] as Float64Array;
  t.same(of(0), of(RISES - 1));
  t.notSame(of(0), prior);
  t.notSame(of((RISES - 1) / 2), prior);
  t.same(learnt[0], prior);
  t.end();
});
