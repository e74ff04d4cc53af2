import fc from "fast-check";
import t from "tap";
import { DENOISE_VARIANTS } from "../../src/core/wire.js";
import { BANK, CLASSES, MIDDLE, RISES, VARIANTS } from "../../src/denoise/method.js";
import { KINDS, LEAST_RATE, MARGIN, Mixing } from "../../src/denoise/mixing.js";
import { aCount, aRandom } from "../fixtures/frames.js";
import { aPatternMemory } from "../fixtures/pattern-memory.js";

t.test("mixing weights learnt with vectors are those learnt without", async (t) => {
  let most = 0;
  let learnt = 0;
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
      fc.constantFrom(0.03, 0.3, 20),
      fc.constantFrom(0, 0.1, 0.1, 1),
      fc.constantFrom(...DENOISE_VARIANTS),
      fc.integer(),
      ([height, width], mean, masked, variant, seed) => {
        const members = VARIANTS[variant].last - VARIANTS[variant].own + 1;
        const random = aRandom(seed);
        const pixels = height * width;
        const used = Uint8Array.from({ length: pixels }, () => (random() < masked ? 0 : 1));
        const own = Array.from({ length: BANK }, (_, k) => (k === 0 ? 1 : 0.3 * random()));
        const [plain, fast] = [new Mixing(), new Mixing()];
        for (let position = 0; position < 3; position++) {
          const rate = Float32Array.from({ length: pixels }, () => mean * 2 ** (12 * random() - 6));
          // Members hold their share of the own counts, and are as alike as averages are.
          const x = rate.map((r) => aCount(r, random));
          const planes = own.map((c) => x.map((v, p) => c * v + (1 - c) * (rate[p] as number) * (0.8 + 0.4 * random())));
          const guide = rate.map((r) => (random() < 0.02 ? 0 : r * (0.9 + 0.2 * random())));
          const around = guide.map((r) => (random() < 0.02 ? 0 : r * 2 ** (3 * random() - 1.5)));
          plain.learn(planes, guide, around, own, mean, used, height, width);
          const memory = aPatternMemory();
          const at = planes.map((plane) => memory.floats(plane));
          const sums = memory.floats(new Float32Array(KINDS * 256).fill(9));
          const [guideAt, aroundAt, usedAt] = [memory.floats(guide), memory.floats(around), memory.bytes(used)];
          const first = Math.log2(mean) - MIDDLE;
          const numbers = [height, width, MARGIN, first, LEAST_RATE * mean, CLASSES, RISES, sums] as const;
          memory.run.learnMixing(at[0] as number, 4 * pixels + 64, BANK, guideAt, aroundAt, usedAt, ...numbers);
          if (!memory.whole()) return false;
          fast.addSums(memory.readFloats(sums, KINDS * 256), own);
        }
        const [a, b] = [plain.solve(variant), fast.solve(variant)];
        if (a.some((v) => v !== 0 && v !== 1)) learnt++;
        for (let q = 0; q < a.length / members; q++) {
          const [row, other] = [a, b].map((w) => w.subarray(q * members, (q + 1) * members)) as [Float64Array, Float64Array];
          const largest = Math.max(1, ...row.map(Math.abs));
          row.forEach((v, k) => {
            most = Math.max(most, Math.abs(v - (other[k] as number)) / largest);
          });
        }
        return true;
      },
    ),
    { numRuns: 60 },
  );
  // Equations as badly conditioned as the ridge allows; with members of a real scan 1e-4 at most.
  t.ok(most < 5e-2, `off by ${most} at most`);
  t.ok(learnt > 10, `${learnt} scans to learn from`);
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
  mixing.learn(planes, guide, guide, own, mean, new Uint8Array(height * width).fill(1), height, width);
  const learnt = rows();
  const of = (rise: number): Float64Array => learnt[MIDDLE * RISES + rise] as Float64Array;
  t.same(of(0), of(RISES - 1));
  t.notSame(of(0), prior);
  t.notSame(of((RISES - 1) / 2), prior);
  t.same(learnt[0], prior);
  t.end();
});
