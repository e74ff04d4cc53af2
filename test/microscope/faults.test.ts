import fc from "fast-check";
import t from "tap";
import { damaged, type Faults, NO_FAULTS, parseFaults, planScan, type Step } from "../../src/microscope/faults.js";
import { paceClock } from "../../src/microscope/pace-clock.js";
import { randomFrom } from "../../src/microscope/random.js";

const planned = (faults: Partial<Faults>, images: number, seed = 1): Step[] => [
  ...planScan({ ...NO_FAULTS, ...faults }, images, randomFrom(seed, 1)),
];
const numbers = (steps: readonly Step[]): number[] => steps.flatMap((s) => (s.kind === "image" ? [s.image] : []));

t.test("the grammar of faults", async (t) => {
  t.same(parseFaults(""), NO_FAULTS);
  t.same(parseFaults(" loss=0.05, duplicate=0.01,swap=1,abort=0.5 ,restart=0,no-end,corrupt=0.01,"), {
    loss: 0.05,
    duplicate: 0.01,
    swap: 1,
    corrupt: 0.01,
    abort: 0.5,
    restart: 0,
    noEnd: true,
  });
  for (const [text, says] of [
    ["lose=0.1", /unknown fault "lose=0.1"/],
    ["loss", /loss needs a number/],
    ["loss=", /loss needs a number/],
    ["loss=2", /0 to 1/],
    ["loss=-0.1", /0 to 1/],
    ["loss=x", /0 to 1/],
    ["loss=0.1=0.2", /0 to 1/],
    ["no-end=1", /unknown fault/],
  ] as const) {
    t.throws(() => parseFaults(text), { code: "bad-usage", message: says }, text);
  }
});

t.test("without faults every image comes once, in order, between begin and end", async (t) => {
  const steps = planned({}, 5);
  t.same(
    steps.map((s) => s.kind),
    ["begin", "image", "image", "image", "image", "image", "end"],
  );
  t.same(numbers(steps), [0, 1, 2, 3, 4]);
});

t.test("certain faults", async (t) => {
  t.same(
    planned({ loss: 1 }, 3).map((s) => s.kind),
    ["begin", "lost", "lost", "lost", "end"],
  );
  t.same(
    planned({ duplicate: 1, noEnd: true }, 2).map((s) => s.kind),
    ["begin", "image", "copy", "image", "copy"],
  );
  t.same(numbers(planned({ swap: 1 }, 6)), [1, 0, 3, 2, 5, 4]);
  t.same(numbers(planned({ swap: 1 }, 5)), [1, 0, 3, 2, 4], "the last one has no neighbour");
  t.same(numbers(planned({ abort: 0.5 }, 5)), [0, 1]);
  t.same(
    planned({ restart: 0.5 }, 4).map((s) => s.kind),
    ["begin", "image", "image", "begin", "image", "image", "image", "image", "end"],
  );
  t.same(numbers(planned({ restart: 0.5, abort: 0.5 }, 4)), [0, 1, 0, 1]);
  t.ok(planned({ corrupt: 1 }, 3).every((s) => s.kind !== "image" || s.corrupt));
});

t.test("whatever is asked for, every image is sent or lost, once, and moves by one place at most", async (t) => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, share, fc.nat(60), fc.nat(), (loss, duplicate, swap, images, seed) => {
      const steps = planned({ loss, duplicate, swap }, images, seed);
      const places = steps.flatMap((s) => (s.kind === "image" || s.kind === "lost" ? [s.image] : []));
      t.same(
        [...places].sort((a, b) => a - b),
        [...places.keys()],
      );
      if (!places.every((n, i) => Math.abs(n - i) <= 1)) t.fail(`${places}`);
      const copies = steps.flatMap((s, i) => (s.kind === "copy" ? [[s, steps[i - 1]] as const] : []));
      for (const [copy, before] of copies) if (before?.kind !== "image" || before.image !== copy.image) t.fail("a copy follows its image");
      return steps[0]?.kind === "begin" && steps.at(-1)?.kind === "end" && places.length === images;
    }),
    { numRuns: 60 },
  );
});

t.test("faults come as often as asked", async (t) => {
  const steps = planned({ loss: 0.05, duplicate: 0.1, swap: 0.02, corrupt: 0.03 }, 40_000);
  const count = (kind: Step["kind"]): number => steps.filter((s) => s.kind === kind).length;
  const near = (got: number, mean: number): boolean => Math.abs(got - mean) < 5 * Math.sqrt(mean);
  t.ok(near(count("lost"), 2000), `${count("lost")}`);
  t.ok(near(count("copy"), 3800), `${count("copy")}`);
  t.ok(near(steps.filter((s) => s.kind === "image" && s.swapped).length, 0.95 * 784));
  t.ok(near(steps.filter((s) => s.kind === "image" && s.corrupt).length, 1140));
});

t.test("damage keeps the length and the original", async (t) => {
  const payload = new Uint8Array(20).fill(1);
  const bad = damaged(payload);
  t.equal(bad.length, 20);
  t.same(payload, new Uint8Array(20).fill(1));
  t.same(
    [...bad.keys()].filter((i) => bad[i] !== 1),
    [12, 13, 14, 15],
  );
  t.same(damaged(new Uint8Array(3)), new Uint8Array(3));
});

t.test("the clock gives out what is due, catches up a little, and says what it gave up", async (t) => {
  let now = 0;
  const clock = paceClock(100, () => now);
  const takeAll = (): number => {
    let n = 0;
    while (clock.take()) n++;
    return n;
  };
  clock.start();
  t.equal(takeAll(), 1);
  now = 9.9;
  t.equal(takeAll(), 0);
  now = 105;
  t.equal(takeAll(), 10);
  t.equal(clock.slipped(), 0);
  now = 10_105;
  const taken = takeAll();
  t.ok(taken >= 50 && taken <= 51, "half a second");
  t.ok(Math.abs(clock.slipped() - 9.495) < 0.02, `${clock.slipped()}`);
  clock.start();
  t.equal(takeAll(), 1);
});
