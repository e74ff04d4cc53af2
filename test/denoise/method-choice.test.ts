import t from "tap";
import { MethodChoice } from "../../src/denoise/method-choice.js";
import { randomFrom } from "../../src/microscope/random.js";

const PIXELS = 1024;
const used = new Uint8Array(PIXELS).fill(1);
const mean = 1;
/** A bright disk on a background. */
const truth = Float32Array.from({ length: PIXELS }, (_, p) => (p % 32 === 0 ? 20 : 0.4));
const BRIGHT = (v: number): boolean => v > 1;

/** Whether the second of two estimates is taken after so many positions. */
function chosen(first: (v: number) => number, second: (v: number) => number, positions = 60, valid = used): boolean {
  const choice = new MethodChoice();
  for (let i = 0; i < positions; i++) {
    const random = randomFrom(7, i);
    const counts = truth.map((v) => random.poisson(v));
    choice.judge(truth.map(first), truth.map(second), counts, valid, mean);
  }
  return choice.second;
}

t.test("what foretells counts better is taken, once that is certain", async (t) => {
  t.ok(
    chosen(
      (v) => 1.3 * v,
      (v) => v,
    ),
  );
  t.notOk(
    chosen(
      (v) => v,
      (v) => 1.3 * v,
    ),
  );
  t.notOk(
    chosen(
      (v) => 1.3 * v,
      (v) => v,
      7,
    ),
    "too few positions",
  );
  t.notOk(
    chosen(
      (v) => v,
      (v) => v,
    ),
    "the same",
  );
  t.notOk(
    chosen(
      (v) => 1.001 * v,
      (v) => v,
      8,
    ),
    "within the noise",
  );
});

t.test("what was judged of worse estimates fades", async (t) => {
  const choice = new MethodChoice();
  const judge = (first: number, second: number, positions: number): void => {
    for (let i = 0; i < positions; i++) {
      const random = randomFrom(9, i);
      const counts = truth.map((v) => random.poisson(v));
      choice.judge(
        truth.map((v) => first * v),
        truth.map((v) => second * v),
        counts,
        used,
        mean,
      );
    }
  };
  judge(1.3, 1, 20);
  t.ok(choice.second);
  choice.fade();
  t.ok(choice.second);
  choice.fade();
  t.notOk(choice.decided, "five are too few");
  judge(1, 1.3, 20);
  t.notOk(choice.second);
});

t.test("never what is worse on the brightest pixels", async (t) => {
  const gain = (v: number): number => (BRIGHT(v) ? v : 2 * v);
  t.ok(chosen(gain, (v) => v));
  t.notOk(chosen(gain, (v) => (BRIGHT(v) ? 0.7 * v : v)));
});

t.test("masked pixels do not count, and nothing expected where something was counted is finite", async (t) => {
  const half = used.map((_, p) => p % 2);
  t.ok(
    chosen(
      (v) => 1.3 * v,
      (v) => v,
      60,
      half,
    ),
  );
  const nan = (v: number): number => (BRIGHT(v) ? Number.NaN : v);
  t.ok(
    chosen((v) => 1.3 * v, nan, 60, half),
    "the bright ones are masked",
  );
  t.notOk(
    chosen(
      (v) => v,
      () => 0,
    ),
  );
  const nothing = new MethodChoice();
  for (let i = 0; i < 9; i++) nothing.judge(truth, truth, truth, new Uint8Array(PIXELS), mean);
  t.notOk(nothing.second);
});
