import { setFlagsFromString } from "node:v8";
import t from "tap";
import { type LiveArea, plainPolarKernels } from "../../src/kernels/polar-kernels.js";
import { rateLevels } from "../../src/kernels/rate-levels.js";
import { selectValue } from "../../src/kernels/select-value.js";
import { polarBlur } from "../../src/kernels/smooth-polar.js";
import { wasmPolarKernels } from "../../src/kernels/wasm-polar-kernels.js";
import { aRandom } from "../fixtures/frames.js";
import { theKernels } from "../fixtures/lanes.js";

const [RINGS, SECTORS] = [24, 128];
const BINS = RINGS * SECTORS;
const plain = plainPolarKernels(RINGS, SECTORS);
const fast = wasmPolarKernels(theKernels, RINGS, SECTORS);
const aBlur = (width = 9, across = 0.6) =>
  polarBlur(
    SECTORS,
    Array.from({ length: RINGS }, (_, r) => width / (1 + r)),
    across,
  );
const blur = aBlur();
const mean = Float64Array.from({ length: RINGS + 1 }, (_, r) => (r === 3 ? 0 : 2 / (1 + r)));

function counts(seed: number, most: number): Float64Array {
  const random = aRandom(seed);
  return Float64Array.from({ length: BINS + 1 }, () => Math.max(0, Math.floor(most * random() - 1)));
}
function anArea(seed: number): LiveArea {
  const random = aRandom(seed);
  const area = Float32Array.from({ length: BINS + 1 }, (_, b) => (b < 40 ? 0 : Math.floor(9 * random())));
  const smooth = new Float32Array(BINS + 1);
  plain.smooth(area, blur, smooth);
  smooth[BINS] = area[BINS] as number;
  return { area, smooth };
}
/** The largest difference, as a share of the largest value. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [most, off] = [1e-30, 0];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i] as number));
    const d = Math.abs((a[i] as number) - (b[i] as number));
    off = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(off, d);
  }
  return off / most;
}

t.test("blurs are those that are defined, of either kind of numbers, for more blurs than are kept", async (t) => {
  for (let k = 0; k < 20; k++) {
    const own = aBlur(1 + 3 * k, k % 3 === 0 ? 0 : 0.3 * k);
    const single = Float32Array.from(counts(k, 20));
    for (const input of [counts(k, 20), single, counts(k, 20).subarray(0, BINS), single.subarray(0, BINS)]) {
      const [a, b] = [new Float32Array(BINS), new Float32Array(BINS)];
      plain.smooth(input, own, a);
      fast.smooth(input, own, b);
      t.ok(apart(a, b) < 1e-6);
    }
  }
});

t.test("contrasts and sums of rings", async (t) => {
  for (const [most, around] of [
    [3, 0],
    [40, 5],
    [4000, 63],
  ] as const) {
    const halves = [counts(1, most), counts(2, most)] as const;
    const area = Float64Array.from(anArea(3).area, (v) => 5 * v);
    const parts = { halves, area, frames: [2, 3] as const, around: new Uint8Array(RINGS).fill(around), blur };
    const [a, b] = [new Float32Array(BINS), new Float32Array(BINS)];
    const [p, q] = [new Float64Array(3 * RINGS), new Float64Array(3 * RINGS)];
    const powers = [plain.contrast(parts, a, p), fast.contrast(parts, b, q)] as const;
    t.ok(apart(a, b) < 1e-4);
    t.same(p, q);
    t.ok(Math.abs(powers[0] - powers[1]) < 1e-3 * Math.max(1, Math.abs(powers[0])));
  }
});

t.test("templates, of one sum or of several, for more areas than are kept", async (t) => {
  const sums = [1, 2].map((k) => Float32Array.from(counts(k, 9)));
  const areas = [1, 2, 3].map(anArea);
  for (const some of [sums, sums.slice(1)]) {
    const parts = { counts: some, areas, weights: [1, 4, 2], frames: 7, prior: 2, mean, blur };
    const [a, b, c, d] = [0, 0, 0, 0].map(() => new Float32Array(BINS + 1)) as [Float32Array, Float32Array, Float32Array, Float32Array];
    plain.unitTemplate(parts, a);
    fast.unitTemplate(parts, b);
    t.ok(apart(a, b) < 1e-5);
    plain.logTemplate(parts, a, c);
    fast.logTemplate(parts, b, d);
    t.ok(apart(a, b) < 1e-5);
    t.ok(apart(c, d) < 1e-5);
  }
  const [first, again] = [new Float32Array(BINS + 1), new Float32Array(BINS + 1)];
  const one = { counts: sums, areas: [areas[0] as LiveArea], weights: [7], frames: 7, prior: 2, mean, blur };
  fast.unitTemplate(one, first);
  const other = anArea(9);
  for (let i = 0; i < 1100; i++) fast.unitTemplate({ ...one, areas: [{ ...other }] }, again);
  fast.unitTemplate(one, again);
  t.same(again, first);
});

t.test("spectra and their products are the same to the bit", async (t) => {
  const [x, y] = [counts(4, 4095), counts(5, 4095)];
  const levels = Uint16Array.from(x);
  const [a, b] = [plain.spectra(x), plain.spectra(y)];
  t.same(fast.spectra(x), a);
  t.same(fast.spectra(levels.subarray(0, BINS)), a);
  for (const kernels of [plain, fast]) {
    const out = new Float64Array(a.length);
    t.equal(kernels.spectra(x, out), out);
    t.same(out, a, "in memory that was there");
  }
  const weights = Float64Array.from({ length: RINGS }, (_, r) => r + 1);
  for (const [p, q] of [
    [a, b],
    [a, a],
  ] as const)
    t.same(fast.product(p, q, weights, new Float64Array(SECTORS)), plain.product(p, q, weights, new Float64Array(SECTORS)));
});

t.test("sums of products of a few turns are those of all turns", async (t) => {
  const [x, y] = [Uint16Array.from(counts(4, 4096)).subarray(0, BINS), new Uint16Array(BINS).fill(4095)];
  const weights = Float64Array.from({ length: RINGS }, (_, r) => 64 - r);
  for (const [p, q] of [
    [x, y],
    [y, x],
    [x, x],
    [y, y],
  ] as const) {
    const all = plain.product(plain.spectra(p), plain.spectra(q), weights, new Float64Array(SECTORS)).map((v) => Math.round(v / SECTORS));
    for (const [first, n] of [
      [0, 1],
      [5, SECTORS],
      [127, 3],
    ] as const) {
      const [a, b] = [new Float64Array(SECTORS).fill(-1), new Float64Array(SECTORS).fill(-1)];
      plain.turnProducts(p, q, weights, first, n, a);
      fast.turnProducts(p, q, weights, first, n, b);
      t.same(b, a);
      t.same(
        a,
        all.map((v, k) => ((k - first + SECTORS) % SECTORS < n ? v : -1)),
        "others stay",
      );
    }
  }
});

t.test("spectra of rates and of their logarithms are the same to the bit", async (t) => {
  for (const most of [3, 50, 4000]) {
    const n = counts(6, most).fill(0, 9 * SECTORS, 13 * SECTORS);
    const area = Float64Array.from(anArea(7).area, (v) => 3 * v + 1);
    const [a, b, c, d] = [0, 0, 0, 0].map(() => new Float64Array(2 * RINGS * (SECTORS / 2 + 1))) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (const own of [n, n.subarray(0, BINS)]) {
      // Nothing is blurred: what both kinds of kernels round differently is blurred alike.
      const parts = { counts: own, area, blur: aBlur(1e-3, 0), prior: 2, frames: 7 };
      plain.rateSpectra(parts, a, b);
      fast.rateSpectra(parts, c, d);
      t.same(c, a);
      t.same(d, b);
    }
    t.ok(a.some((v) => v !== 0) && b.some((v) => v !== 0));
    const ring = 2 * (SECTORS / 2 + 1);
    t.ok(
      a.subarray(10 * ring, 12 * ring).every((v) => v === 0),
      "a ring without counts",
    );
  }
});

t.test("rates are whole numbers of the highest, logarithms of one part in 256", async (t) => {
  const [n, live] = [new Float32Array(2 * SECTORS), new Float32Array(2 * SECTORS).fill(2)];
  n.fill(8, 0, SECTORS);
  n[3] = 24;
  const [log, rate] = [new Float64Array(2 * SECTORS), new Float64Array(2 * SECTORS)];
  rateLevels(n, live, SECTORS, 0, 1, log, rate);
  t.same([log[0], log[3], log[SECTORS]], [Math.round(256 * Math.log(4)), Math.round(256 * Math.log(12)), 0]);
  t.same([rate[0], rate[3], rate[SECTORS]], [1365, 4095, 0]);
});

t.test("counts of a frame are expected over its live area", async (t) => {
  const [area, other] = [anArea(3), anArea(4)];
  const rate = Float32Array.from(counts(5, 40), (v) => v / 64);
  for (const live of [area, other, area]) {
    const wanted = rate.reduce((sum, r, b) => sum + r * (live.area[b] as number), 0);
    for (const kernels of [plain, fast]) t.ok(Math.abs(kernels.mass(rate, live) / wanted - 1) < 1e-6);
  }
});

t.test("likelihoods are the same to the bit", async (t) => {
  const random = aRandom(8);
  for (const kernels of [plain, fast])
    for (let k = 0; k < 7; k++)
      kernels.keepLog(
        k,
        Float32Array.from(counts(k, 90), (v) => -v / 7),
      );
  for (const n of [1, 4, 7])
    for (const length of [0, 5, 300, 30000]) {
      const events = Uint16Array.from({ length }, () => Math.floor(BINS * random()));
      const numbers = Int32Array.of(6, 0, 2, 2, 5, 1, 3);
      for (const from of [0, Math.min(2, length)]) {
        const [a, b] = [new Float64Array(n), new Float64Array(n)];
        plain.likelihoods(events, from, length, numbers, n, a);
        fast.likelihoods(events, from, length, numbers, n, b);
        t.same(b, a);
      }
    }
});

t.test("mixtures of two to four templates", async (t) => {
  const random = aRandom(6);
  for (const n of [2, 3, 4])
    for (const count of [0, 1, 6, 403, 9001]) {
      const rates = Array.from({ length: n }, (_, k) => Float32Array.from(counts(k + 1, 30), (v) => (v + 0.1) / 1e5));
      const events = Uint16Array.from({ length: count + 2 }, () => Math.floor(BINS * random()));
      const prior = new Float64Array(4).fill(1.5);
      const [a, b] = [new Float64Array(4).fill(1 / n), new Float64Array(4).fill(1 / n)];
      plain.mix(events, 1, count + 1, 100, rates, prior, a);
      fast.mix(events, 1, count + 1, 100, rates, prior, b);
      t.ok(apart(a.subarray(0, n), b.subarray(0, n)) < 2e-3, `${n} templates, ${count} events`);
    }
});

t.test("what the kernels are not made for", async (t) => {
  for (const [rings, sectors] of [
    [23, 128],
    [34, 128],
    [24, 64],
  ] as const)
    t.throws(() => wasmPolarKernels(theKernels, rings, sectors), RangeError);
});

t.test("the value of a rank", async (t) => {
  const random = aRandom(7);
  for (let n = 1; n < 60; n++) {
    const values = Float32Array.from({ length: 64 }, () => Math.floor(9 * random()));
    const k = Math.floor(n * random());
    const expected = values.slice(0, n).sort()[k];
    t.equal(selectValue(values, n, k), expected);
  }
});

t.test("no memory is told", async (t) => {
  setFlagsFromString("--wasm-max-mem-pages=4");
  t.teardown(() => setFlagsFromString("--wasm-max-mem-pages=65536"));
  t.throws(() => wasmPolarKernels(theKernels, RINGS, SECTORS), /no memory to find components/);
});
