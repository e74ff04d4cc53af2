import t from "tap";
import { ModelTrust } from "../../src/denoise/model-trust.js";
import { randomFrom } from "../../src/microscope/random.js";

const PIXELS = 1024;
const used = new Uint8Array(PIXELS).fill(1);
const mean = 1;
const BRIGHT = 20;
const DARK = 0.4;
const truth = Float32Array.from({ length: PIXELS }, (_, p) => (p % 4 === 0 ? BRIGHT : DARK));

/** What was learnt from so many positions of an estimate and of a model. */
function learnt(plain: (v: number) => number, model: (v: number) => number, positions = 100, valid = used): ModelTrust {
  const trust = new ModelTrust();
  for (let i = 0; i < positions; i++) {
    const random = randomFrom(7, i);
    trust.learn(
      truth.map(plain),
      truth.map(model),
      truth.map((v) => random.poisson(v)),
      valid,
      mean,
    );
  }
  return trust;
}

/** What becomes of the model's value where the training-free one is known. */
function followed(trust: ModelTrust, plain: number, model: number): number {
  const out = Float32Array.of(model);
  trust.apply(Float32Array.of(plain), out, mean);
  return out[0] as number;
}
const off = (v: number): number => 1.2 * v;
const right = (v: number): number => v;

t.test("before anything is known, half of what a model adds is taken", async (t) => {
  const trust = new ModelTrust();
  t.ok(trust.shares.every((v) => v === 0.5));
  t.ok(Math.abs(followed(trust, 2, 3) - 2.5) < 1e-6);
});

t.test("a model that is right is followed, one that is wrong is not, one that goes too far is followed in part", async (t) => {
  t.ok(Math.abs(followed(learnt(off, right), off(BRIGHT), BRIGHT) - BRIGHT) < 0.2);
  t.ok(Math.abs(followed(learnt(right, off), BRIGHT, off(BRIGHT)) - BRIGHT) < 0.2);
  const far = (v: number): number => 0.8 * v;
  t.ok(Math.abs(followed(learnt(off, far), off(BRIGHT), far(BRIGHT)) - BRIGHT) < 0.2);
});

t.test("each rate is judged for itself", async (t) => {
  const plain = (v: number): number => (v > 1 ? v : off(v));
  const model = (v: number): number => (v > 1 ? off(v) : v);
  const trust = learnt(plain, model, 400);
  t.ok(Math.abs(followed(trust, BRIGHT, off(BRIGHT)) - BRIGHT) < 0.3);
  t.ok(Math.abs(followed(trust, off(DARK), DARK) - DARK) < 0.02);
});

t.test("little evidence moves little", async (t) => {
  const shares = learnt(off, right, 1).shares;
  t.ok(shares.every((v) => v >= 0 && v <= 1));
});

t.test("where nothing is added nothing is learnt, and the more counts a frame has the less a model is followed for a start", async (t) => {
  const { shares } = learnt(right, right);
  // Class 5 is at the mean count, which is one.
  shares.forEach((share, q) => void t.ok(Math.abs(share - 0.5 / (1 + 2 ** (q - 5))) < 1e-6, `class ${q}: ${share}`));
});

t.test("what was learnt of worse estimates fades", async (t) => {
  const trust = learnt(off, right, 40);
  const before = trust.shares.slice();
  trust.fade();
  t.same(trust.shares, before, "until something is learnt");
  for (let i = 0; i < 8; i++) trust.fade();
  for (let i = 0; i < 20; i++) {
    const random = randomFrom(8, i);
    trust.learn(
      truth,
      truth.map(off),
      truth.map((v) => random.poisson(v)),
      used,
      mean,
    );
  }
  t.ok(Math.abs(followed(trust, BRIGHT, off(BRIGHT)) - BRIGHT) < 0.5);
});

t.test("masked pixels do not count, an empty scan teaches nothing, and nothing expected stays finite", async (t) => {
  const nan = (v: number): number => (v > 1 ? Number.NaN : off(v));
  const dark = used.map((_, p) => (p % 4 === 0 ? 0 : 1));
  const trust = learnt(nan, right, 400, dark);
  t.ok(trust.shares.every(Number.isFinite));
  t.ok(Math.abs(followed(trust, off(DARK), DARK) - DARK) < 0.02);
  const empty = new ModelTrust();
  const zeros = new Float32Array(PIXELS);
  empty.learn(zeros, zeros, zeros, used, 0);
  const out = Float32Array.of(3);
  empty.apply(Float32Array.of(0), out, 0);
  t.same([...out], [3]);
  t.same([...empty.shares], new Array(16).fill(0.5));
  t.equal(followed(trust, 0, 0), 0);
});
