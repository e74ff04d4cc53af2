import fc from "fast-check";
import t from "tap";
import { choices, LOW_ENDS } from "../../dashboard/lib/catalogue.js";
import { drawNovelty, drawPlace, drawRates } from "../../dashboard/lib/component-pictures.js";
import { angleWords, byShare, churnWords, foldWords, periodWords, placeOf, spreadWords } from "../../dashboard/lib/component-words.js";
import { phases } from "../../dashboard/lib/derive.js";
import { residualWords, sigmas, waitWords } from "../../dashboard/lib/explanation-words.js";
import { readHash, writeHash } from "../../dashboard/lib/hash-state.js";
import { mostNovel } from "../../dashboard/lib/most-novel.js";
import { type Pattern, readPattern } from "../../dashboard/lib/pattern-stats.js";
import { readAll, readComponent, readExplanation, readGrain } from "../../dashboard/lib/read-components.js";
import { residualPattern } from "../../dashboard/lib/residual-pattern.js";
import type { Grain } from "../../src/core/components.js";
import { randomFrom } from "../../src/microscope/random.js";
import { aComponent, aGrain } from "./some-components.js";

const none = Number.NaN;
t.test("angles are drawn over their period", async (t) => {
  const sixth = Math.PI / 3;
  const out = phases(Float32Array.from([0, sixth / 2, sixth, 1, none, 1]), Float32Array.from([6, 6, 6, 1, 6, 0]));
  t.ok(Math.abs((out[1] as number) - Math.PI) < 1e-5);
  t.ok([0, 2].every((i) => Math.min(out[i] as number, 2 * Math.PI - (out[i] as number)) < 1e-5));
  t.ok(Math.abs((out[3] as number) - 1) < 1e-6);
  t.same([...out.subarray(4)], [none, none], "no angle, no fold");
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), fc.constantFrom(1, 2, 3, 4, 6), (angle, fold) => {
      const [v = -1] = phases(Float32Array.of(angle), Float32Array.of(fold));
      return v >= 0 && v <= 2 * Math.PI + 1e-6;
    }),
  );
});

t.test("words of folds, angles and spreads", async (t) => {
  t.same([foldWords(0), foldWords(6), periodWords(6), periodWords(1), periodWords(7)], ["no crystal", "6-fold", "60°", "360°", "51°"]);
  t.same(
    [angleWords(0.5, 4), angleWords(null, 4), angleWords(none, 4), angleWords(0.5, 0)],
    ["28.6° of 90°", ...Array(3).fill("no angle")],
  );
  const c = aComponent(1);
  t.equal(spreadWords(c, []), null);
  t.equal(spreadWords(aComponent(1, { fold: 0 }), [aGrain(1)]), null);
  t.equal(spreadWords(c, [aGrain(1, { component: 2 }), aGrain(2, { angle: null }), aGrain(3, { area: 0 })]), null);
  t.equal(spreadWords(c, [aGrain(1)]), "one grain at 5.7°");
  const turned = (...degrees: number[]): Grain[] => degrees.map((d, i) => aGrain(i, { angle: (d * Math.PI) / 180 }));
  t.equal(spreadWords(c, turned(2, 4)), "2 grains at 3.0° ± 1°");
  t.equal(spreadWords(c, turned(89, 1)), "2 grains at 0.0° ± 1°", "over the end of the period");
  t.equal(spreadWords(c, turned(87, 1)), "2 grains at 89.0° ± 2°");
  t.equal(spreadWords(c, turned(0, 30, 60)), "3 grains in all directions of 90°");
  t.equal(spreadWords(c, [...turned(2), aGrain(9, { angle: 0.7, area: 1e6 })]), "2 grains at 40.1° ± 0.1°", "by area");
});

t.test("the largest first, background behind", async (t) => {
  const list = [aComponent(0, { share: 0.9, background: true }), aComponent(1), aComponent(2, { share: 0.3 }), aComponent(3)];
  t.same(
    byShare(list).map((c) => c.id),
    [2, 1, 3, 0],
  );
});

t.test("a grain is found where it is, not where its middle is", async (t) => {
  const ids = Float32Array.from([5, 5, 5, 5, 2, 5, 5, 2, 5]);
  t.same(placeOf(aGrain(5, { row: 1.1, column: 1.2 }), ids, 3, 3), { row: 1, col: 2 });
  t.same(placeOf(aGrain(2, { row: 1.5, column: 1 }), ids, 3, 3), { row: 1, col: 1 }, "the first of two as near");
  t.same(placeOf(aGrain(7, { row: 1.4, column: 9 }), ids, 3, 3), { row: 1, col: 2 }, "not on the map");
  t.same(placeOf(aGrain(7, { row: -4, column: 0.6 }), undefined, 3, 3), { row: 0, col: 1 });
});

t.test("nothing that the daemon says breaks the page", async (t) => {
  t.same(readComponent({ id: 4, fold: 6, name: "Gold", color: "#AABBCC", share: 0.25, frozen: true, background: true }), {
    id: 4,
    fold: 6,
    name: "Gold",
    color: "#AABBCC",
    share: 0.25,
    frozen: true,
    background: true,
  });
  t.same(readComponent({ id: 4, color: "url(x)", share: 7, fold: -2, frozen: 1 }), {
    id: 4,
    fold: 0,
    name: "Class 4",
    color: "#767676",
    share: 1,
    frozen: false,
    background: false,
  });
  for (const odd of [null, 3, [], {}, { id: -1 }, { id: 0.5 }, { id: "1" }]) t.same([readComponent(odd), readGrain(odd)], [null, null]);
  t.equal(readGrain({ id: 1 }), null, "of no class");
  t.same(readGrain({ id: 1, component: 2, area: -3, angle: "x" }), {
    id: 1,
    component: 2,
    angle: null,
    fold: 0,
    area: 0,
    row: 0,
    column: 0,
  });
  t.same(readAll({ components: [] }, readComponent), []);
  t.same(
    readAll([{ id: 1 }, 7, { id: 2 }], readComponent).map((c) => c.id),
    [1, 2],
  );
  fc.assert(
    fc.property(fc.anything(), (raw) => {
      for (const c of readAll([raw], readComponent)) if (!/^#[0-9a-f]{6}$/i.test(c.color)) return false;
      return readAll(raw, readGrain).every((g) => Number.isInteger(g.id));
    }),
  );
});

t.test("small pictures", async (t) => {
  const out = new Uint8ClampedArray(16);
  drawPlace(Float32Array.from([1, 2, none, 1]), { ids: new Set([1]), color: "#102030" }, true, out);
  t.same([...out], [16, 32, 48, 255, 44, 44, 44, 255, 0, 0, 0, 0, 16, 32, 48, 255]);
  drawPlace(Float32Array.from([2]), { ids: new Set([1]), color: "#102030" }, false, out);
  t.equal(out[0], 214, "paler in the light theme");
  const rates = new Uint8ClampedArray(16);
  drawRates([0, none, 1, 2], "log", rates);
  t.same([rates[3], rates[7], rates[15]], [255, 0, 255]);
  t.ok((rates[13] as number) > (rates[9] as number) && (rates[9] as number) > (rates[1] as number), "more is lighter");
  drawRates([], "lin", rates);
  drawRates([0, 0], "lin", rates);
  t.equal(rates[3], 255, "a pattern of nothing is dark");
});

t.test("the layers of components have a place of their own in the menu, the screen one in the address", async (t) => {
  t.same(
    choices([])
      .filter((c) => c.section === "Components")
      .map((c) => c.name),
    ["label", "inplane_angle", "fold", "grain", "boundary", "confidence", "novelty"],
  );
  t.ok(
    choices([])
      .filter((c) => c.section === null)
      .every((c) => c.group === null),
  );
  t.same([LOW_ENDS.confidence, LOW_ENDS.boundary], [0, 0]);
  const state = readHash("#/components?c=3.4");
  t.equal(state.screen, "components");
  t.equal(writeHash(state), "/components?c=3.4");
});

t.test("what explains a frame is read and said", async (t) => {
  const raw = {
    row: 3,
    column: 4,
    electrons: 812,
    alone: 6.25,
    residual: -0.4,
    parts: [{ component: 2, share: 0.8, angle: 0.1, fold: 4 }, { component: null, share: 1.4, fold: "x" }, null],
  };
  const found = readExplanation(raw);
  if (!found) throw new Error("not read");
  t.same(found.parts, [
    { component: 2, share: 0.8, angle: 0.1, fold: 4 },
    { component: null, share: 1, angle: null, fold: 0 },
  ]);
  t.equal(residualWords(found), "−0.4 σ, as noise makes it; its class alone +6.3 σ");
  t.equal(residualWords({ ...found, alone: 1 }), "−0.4 σ, as noise makes it");
  t.equal(residualWords({ ...found, residual: 12.34, parts: found.parts.slice(0, 1) }), "+12.3 σ, not explained");
  t.equal(sigmas(none), "–");
  for (const bad of [null, 7, {}, { row: 1 }, { row: -1, column: 0 }, { row: 0.5, column: 0 }]) t.equal(readExplanation(bad), null);
  t.match(readExplanation({ row: 0, column: 0 }), { electrons: 0, parts: [], alone: none, residual: none, waits: null });
  const waits = { shown: { component: 2, grain: 7 }, known: { component: -1, grain: -1 } };
  t.same(readExplanation({ ...raw, waits })?.waits, waits);
  t.same(readExplanation({ ...raw, waits: { shown: waits.shown } })?.waits, waits);
  const name = (id: number): string => `<${id}>`;
  t.equal(waitWords(waits, name), "still shown as <2>, known to be of no class");
  t.equal(waitWords({ ...waits, known: { component: 2, grain: 9 } }, name), "still shown as grain 7, known to be grain 9");
});

t.test("a residual is in standard deviations of the noise of a disk", async (t) => {
  const n = 24;
  const flat = (v: number): Pattern => readPattern(n, n, "float32", new Float32Array(n * n).fill(v));
  const still = residualPattern(flat(2), flat(2), 1, 3);
  t.ok(still.values.every((v) => Math.abs(v) < 1e-4));
  t.match(still, { high: 6, com: null, invalid: 0 });
  const spot = flat(2);
  for (const [r, c] of [
    [12, 12],
    [12, 13],
    [13, 12],
    [13, 13],
  ] as const)
    spot.values[r * n + c] = 12;
  const found = residualPattern(spot, flat(2), 1, 3);
  t.ok(found.max > 5 && found.max < 10, `${found.max}`);
  t.equal(found.high, Math.max(6, found.max));
  t.ok(Math.abs(residualPattern(spot, flat(2), 4, 3).max / found.max - 2) < 1e-3, "a mean of four has half of the noise");
  t.ok((residualPattern(flat(2), spot, 1, null).values[12 * n + 12] as number) < -3, "less than explained is below 0");
  const holes = flat(1);
  holes.values[0] = none;
  t.match(residualPattern(flat(1), holes, 1, 3), { invalid: 1 });
  t.ok(Number.isNaN(residualPattern(holes, flat(1), 1, 3).values[0]));
  t.throws(() => residualPattern(flat(1), readPattern(1, 2, "uint16", [1, 2]), 1, 3), /do not go together/);
  // Over many noisy frames: of unit spread.
  const random = randomFrom(3, 1);
  let [sum, square, count] = [0, 0, 0];
  for (let k = 0; k < 6; k++) {
    const noisy = readPattern(
      n,
      n,
      "uint16",
      Uint16Array.from({ length: n * n }, () => random.poisson(0.7)),
    );
    for (const v of residualPattern(noisy, flat(0.7), 1, 3).values) {
      sum += v;
      square += v * v;
      count++;
    }
  }
  t.ok(Math.abs(sum / count) < 0.2 && Math.abs(square / count - 1) < 0.25, `${sum / count}, ${square / count}`);
});

t.test("the most novel positions, each thing once", async (t) => {
  const scan = { rows: 8, cols: 10 };
  const novelty = new Float32Array(80).fill(0.5);
  const put = (row: number, col: number, z: number): void => {
    novelty[row * scan.cols + col] = z;
  };
  put(1, 1, 9);
  put(2, 2, 8.5);
  put(1, 4, 7);
  put(7, 9, 30);
  put(5, 0, 7);
  put(0, 9, 3.9);
  put(3, 6, none);
  t.same(mostNovel(novelty, scan, 10), [
    { row: 7, col: 9, novelty: 30 },
    { row: 1, col: 1, novelty: 9 },
    { row: 1, col: 4, novelty: 7 },
    { row: 5, col: 0, novelty: 7 },
  ]);
  t.equal(mostNovel(novelty, scan, 2).length, 2);
  t.same(mostNovel(new Float32Array(80).fill(none), scan, 5), []);
});

t.test("a small map of novelty", async (t) => {
  for (const dark of [true, false]) {
    const out = new Uint8ClampedArray(20);
    drawNovelty([-20, -10, 0, 10, none], dark, out);
    t.same([...out.subarray(0, 4)], [...out.subarray(4, 8)], "the same beyond the ends");
    t.notSame([...out.subarray(8, 12)], [...out.subarray(12, 16)]);
    t.same([...out.subarray(16)], [0, 0, 0, 0]);
  }
});

t.test("how much is corrected is said", async (t) => {
  t.same(churnWords(null), ["no class shown"]);
  const known = { label: 0.02, grain: 0.125, most: null };
  const churn = { label: 0.0012, grain: 0, updates: 17, most: null, known, waiting: 1234 };
  t.same(churnWords(churn), [
    "0.12 % of classes and 0 % of grains by the newest of 17 updates",
    "Known to be others: 2.00 % of classes and 13 % of grains",
    "1\u2009234 positions wait for a correction",
  ]);
  const most = { label: 0.004, grain: 0.125 };
  t.match(churnWords({ ...churn, most, known: { ...known, most }, waiting: 1 }), [
    /updates; at most 0\.40 % of classes and 13 % of grains after the first fifth of the rows$/,
    /13 % of grains; at most 0\.40 % of classes and 13 % of grains$/,
    /^1 position waits for a correction$/,
  ]);
  t.equal(churnWords({ ...churn, waiting: 0 })[2], "No correction waits");
});
