import t from "tap";
import { explainFrame } from "../../src/components/explained-frame.js";
import { seePart } from "../../src/components/explained-position.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import { Nmf } from "../../src/components/nmf.js";
import { BINS, GRID, type PolarFrame } from "../../src/components/polar-events.js";
import { rateImage } from "../../src/components/rate-image.js";
import { aPolarFrame, aScale, fourFold as four, ratesOf, sixFold as six } from "../fixtures/polar-specimens.js";

const [A, B] = [
  { component: 1, turn: 5.5 },
  { component: 2, turn: 11.25 },
] as const;
const other = ratesOf(six, B.turn);
const mixed = ratesOf(four, A.turn).map((v, i) => 0.7 * v + 0.3 * (other[i] as number));
const aModel = (): Nmf => {
  const nmf = new Nmf({ scale: aScale, columns: 16 });
  nmf.start(1, ratesOf(four), 500);
  nmf.start(2, ratesOf(six), 500);
  return nmf;
};

t.test("a mixture is explained by its parts at their angles, and its counts are foretold", async (t) => {
  const nmf = aModel();
  let [share, alone, residual] = [0, 0, 0];
  const expected = new Float64Array(BINS + 1);
  const N = 24;
  for (let i = 0; i < N; i++) {
    const frame = aPolarFrame(mixed, 300 + i);
    const found = explainFrame(nmf, 0, frame, [A, B]);
    if (!found) throw new Error("not explained");
    t.equal(found.electrons, frame.bins.length + frame.direct);
    const total = found.rate.reduce((sum, v, b) => sum + v * (frame.area[b] as number), 0);
    t.ok(Math.abs(total - found.electrons) < 1e-6 * total, "as many counts as the frame has");
    share += (found.parts.find((p) => p.component === 1)?.share ?? 0) / N;
    alone += found.alone / N;
    residual += found.residual / N;
    for (let b = 0; b <= BINS; b++) expected[b] = (expected[b] as number) + (found.rate[b] as number) / N;
  }
  t.ok(Math.abs(share - 0.7) < 0.05, `share ${share}`);
  t.ok(alone > residual + 1 && Math.abs(residual) < 1, `alone ${alone}, together ${residual}`);
  const far = mixed.reduce((sum, v, b) => sum + Math.abs(v - (expected[b] as number)), 0) / mixed.reduce((sum, v) => sum + v, 0);
  t.ok(far < 0.1, `the mean frame is foretold to ${far}`);
});

t.test("nothing explains a frame without electrons, or by components that are not known", async (t) => {
  const frame = aPolarFrame(mixed, 1);
  const empty: PolarFrame = { ...frame, bins: new Uint16Array(0), direct: 0 };
  t.equal(explainFrame(aModel(), 0, empty, [A]), null);
  t.equal(explainFrame(aModel(), 0, frame, [{ component: 7, turn: 0 }]), null);
  const second = explainFrame(aModel(), 0, frame, [{ component: 7, turn: 0 }, A]);
  t.equal(second?.alone, second?.residual, "its own class has no component yet");
});

t.test("parts are told as classes are shown", async (t) => {
  const joined = new JoinedClasses();
  const sectors = GRID.sectors / 4;
  const records = new Map([[3, { crystal: { fold: 4 } }]]) as unknown as Parameters<typeof seePart>[2];
  t.same(seePart({ component: -2, turn: 4, share: 0.2 }, joined, records, null), { class: null, share: 0.2, angle: Number.NaN, fold: 0 });
  t.same(seePart({ component: 5, turn: 4, share: 0.2 }, joined, records, null), { class: 5, share: 0.2, angle: Number.NaN, fold: 0 });
  t.match(seePart({ component: 3, turn: 4, share: 0.2 }, joined, records, new Set([5])), { class: null });
  const part = seePart({ component: 3, turn: sectors + 8, share: 0.6 }, joined, records, null);
  t.match(part, { class: 3, share: 0.6, fold: 4 });
  t.ok(Math.abs(part.angle - (8 / GRID.sectors) * 2 * Math.PI) < 1e-12, "within a quarter turn");
});

t.test("rates lie about the beam on the detector as it was sent", async (t) => {
  const scale = { radius: 4, inner: 6, outer: 30 };
  const mask = new Uint8Array(64 * 64);
  mask[20 * 64 + 30] = 1;
  const place = { scale, ellipse: [1, 0] as const, row: 31.5, col: 33, height: 64, width: 64, mask };
  const one = new Float64Array(BINS + 1);
  // A spot at 45 degrees from +col towards +row, in the ring in the middle.
  const [ring, sector] = [12, 16];
  one[ring * GRID.sectors + sector] = 5;
  const image = rateImage(one, place);
  const brightest = image.reduce((best, v, i) => (v > (image[best] as number) || Number.isNaN(image[best]) ? i : best), 0);
  const [row, col] = [Math.floor(brightest / 64), brightest % 64];
  const distance = scale.inner + (ring + 0.5) * ((scale.outer - scale.inner) / GRID.rings);
  const angle = ((sector + 0.5) / GRID.sectors) * 2 * Math.PI;
  t.ok(Math.hypot(row - 31.5 - distance * Math.sin(angle), col - 33 - distance * Math.cos(angle)) < 1, `${row}, ${col}`);
  t.ok(Number.isNaN(image[31 * 64 + 33]), "the direct beam");
  t.ok(Number.isNaN(image[0]), "a corner");
  t.ok(Number.isNaN(image[20 * 64 + 30]), "masked");
  t.ok(image.every((v) => Number.isNaN(v) || (v >= 0 && v <= 5)));
  const even = rateImage(new Float64Array(BINS + 1).fill(2), place);
  t.ok(
    even.every((v) => Number.isNaN(v) || Math.abs(v - 2) < 1e-6),
    "what is even stays even",
  );
  t.ok(even.filter((v) => !Number.isNaN(v)).length > 2500);
  const wide = rateImage(new Float64Array(BINS + 1).fill(2), { ...place, ellipse: [1.21, 0] });
  const reach = (values: Float32Array, step: number): number => {
    let n = 0;
    while (!Number.isNaN(values[31 * 64 + 33 + (n + 8) * step])) n++;
    return n;
  };
  t.ok(reach(wide, -1) > reach(even, -1), "longer along its major axis");
  t.ok(reach(wide, 64) < reach(even, 64), "and shorter across");
});
