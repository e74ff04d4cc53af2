import fc from "fast-check";
import t from "tap";
import { denoiseWords, keyNumbers, madeWords, modelWords, patternWords } from "../../dashboard/lib/denoise-words.js";
import { applyBand, createLayerImage, lagRows, scanMask, updateMask } from "../../dashboard/lib/layer-image.js";
import { classAround, differencePattern, MOST_OF_CLASS, meanPattern, windowAround } from "../../dashboard/lib/pattern-parts.js";
import { type Pattern, readPattern } from "../../dashboard/lib/pattern-stats.js";
import { NOT_DENOISED } from "../../src/core/denoise.js";

const { NaN: none } = Number;
const pattern = (values: number[], width = values.length): Pattern =>
  readPattern(values.length / width, width, "float32", Float32Array.from(values));

t.test("a mean is over the patterns that have a value", async (t) => {
  const mean = meanPattern([pattern([1, none, 3, none]), pattern([3, 5, none, none]), pattern([2, 1, 5, none])]);
  t.same([...mean.values], [2, 3, 4, none]);
  t.match(mean, { invalid: 1, sum: 9, type: "float32" });
  const one = readPattern(1, 2, "uint16", [65_535, 4]);
  t.equal(meanPattern([one]), one, "the only one keeps its type");
  t.throws(() => meanPattern([]), /no pattern/);
  t.throws(() => meanPattern([pattern([1, 2], 2), pattern([1, 2], 1)]), /2 × 1 and of 1 × 2 px/);
});

t.test("a mean lies between its patterns and keeps the counts", async () => {
  const counts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1, maxLength: 9 }), (all) => {
      const list = all.map((c) => readPattern(2, 3, "uint16", c));
      const mean = meanPattern(list);
      const at = (i: number): number[] => list.map((p) => p.values[i] as number);
      const inside = mean.values.every((v, i) => v >= Math.min(...at(i)) - 1e-3 && v <= Math.max(...at(i)) + 1e-3);
      return inside && Math.abs(mean.sum * list.length - list.reduce((s, p) => s + p.sum, 0)) < 0.1;
    }),
  );
});

t.test("a difference has a value where both have", async (t) => {
  const raw = readPattern(1, 4, "uint16", [2, 65_535, 0, 9]);
  const d = differencePattern(pattern([1.5, 2, none, 4]), raw);
  t.same([...d.values], [-0.5, none, none, -5]);
  t.match(d, { max: 5, sum: -5.5, invalid: 2, com: null });
  t.throws(() => differencePattern(pattern([1, 2]), raw), /do not go together/);
});

t.test("windows end at the edges of the scan and leave out what did not come", async (t) => {
  const scan = { rows: 4, cols: 5 };
  const all = (): boolean => true;
  t.equal(windowAround({ row: 1, col: 2 }, 3, scan, all).length, 9);
  t.same(windowAround({ row: 0, col: 4 }, 3, scan, all), [
    { row: 0, col: 3 },
    { row: 0, col: 4 },
    { row: 1, col: 3 },
    { row: 1, col: 4 },
  ]);
  t.equal(windowAround({ row: 2, col: 2 }, 5, scan, (p) => p.row !== 2).length, 15);
});

t.test("a class is its nearest positions, the one itself first", async (t) => {
  const scan = { rows: 2, cols: 3 };
  const labels = Float32Array.from([7, 1, 7, none, 7, 7]);
  t.same(classAround({ row: 1, col: 2 }, labels, scan), [
    { row: 1, col: 2 },
    { row: 0, col: 2 },
    { row: 1, col: 1 },
    { row: 0, col: 0 },
  ]);
  const wide = { rows: 9, cols: 9 };
  t.equal(classAround({ row: 4, col: 4 }, new Float32Array(81), wide).length, MOST_OF_CLASS);
  t.equal(classAround({ row: 4, col: 4 }, new Float32Array(81), wide, 1).length, 9);
});

t.test("the lag lines follow the tiers, over lost positions and holes", async (t) => {
  const [rows, cols] = [5, 2];
  const band = { series: "s", layer: "x", rows, cols, channels: 1, row: 0, count: rows };
  const mask = scanMask(cols, rows);
  const lines = (status: number[], tier: number[]): ReturnType<typeof lagRows> => {
    const [s, q] = [createLayerImage("frame_status", rows, cols, 1, 0), createLayerImage("tier", rows, cols, 1, 0)];
    applyBand(s, { ...band, data: Float32Array.from(status) }, true);
    applyBand(q, { ...band, data: Float32Array.from(tier) }, true);
    updateMask(mask, s, q, 0, rows);
    return lagRows(mask);
  };
  const came = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
  t.equal(lines(came, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]), null, "not denoised");
  t.same(lines(came, [2, 2, 2, 1, 1, 1, 1, 1, 0, 0]), { causal: 2, final: 0 });
  t.same(lines(came, [3, 3, 3, 3, 2, 2, 1, 1, 0, 0]), { causal: 3, final: 2 });
  t.same(lines(came, [3, 3, 2, 3, 3, 3, 3, 3, 0, 0]), { causal: 4, final: 1 }, "newest first leaves a hole: above it is final");
  t.same(lines([1, 2, 1, 3, 1, 1, 1, 1, 0, 0], [3, 0, 3, 0, 3, 2, 2, 2, 0, 0]), { causal: 4, final: 2 }, "lost and malformed ones stay");
  t.same(lines(new Array(10).fill(1), new Array(10).fill(3)), { causal: 5, final: 5 }, "done");
  t.same(lines([1, 1, 1, 0, 1, 1, 1, 1, 1, 1], [3, 3, 3, 0, 3, 3, 3, 3, 3, 3]), { causal: 5, final: 1 }, "one is still to come");
});

t.test("every picture says what it is", async (t) => {
  const full = { method: "neighbour", variant: "full", final: false, model: null } as const;
  const cheap = { ...full, variant: "cheap" } as const;
  const one = { frames: [12.34], tiers: [3], how: [full] };
  t.equal(madeWords({ ...one, view: "raw" }), "raw counts");
  t.equal(madeWords({ ...one, view: "denoised" }), "denoised, 12.3 frames, tier 3, method neighbour");
  t.equal(madeWords({ ...one, view: "difference", tiers: [2] }), "denoised − raw, 12.3 frames, tier 2, provisional, method neighbour");
  t.equal(madeWords({ view: "denoised", frames: [none], tiers: [0], how: [] }), "denoised, provisional");
  t.equal(
    madeWords({ view: "denoised", frames: [8, none, 12], tiers: [3, 2, 3], how: [{ ...full, method: "model" }, cheap, full] }),
    "denoised, mean of 3 positions, 8.0–12.0 frames each, tier 2–3, provisional, method model and neighbour, 1 of 3 in the cheap variant",
  );
  t.match(madeWords({ ...one, view: "denoised", how: [cheap] }), /method neighbour, cheap variant$/);
  const model = { epoch: 2, checksum: "ab" };
  t.match(madeWords({ ...one, view: "denoised", how: [{ ...full, method: "model", model }] }), /method model \(epoch 2\)$/);
  t.equal(madeWords({ view: "raw", frames: [1, 1], tiers: [3, 3], how: [] }), "raw counts, mean of 2 positions");
});

t.test("the facts of a series tell method, variant and what waits", async (t) => {
  t.equal(denoiseWords(NOT_DENOISED), "off");
  t.equal(
    denoiseWords({ ...NOT_DENOISED, method: "neighbour", waiting: 1 }),
    "method neighbour, full variant; 1 position waits for tier 3",
  );
  t.equal(
    denoiseWords({ ...NOT_DENOISED, method: "model", variant: "cheap", waiting: 1200 }),
    "method model, cheap variant; 1\u2009200 positions wait for tier 3",
  );
});

t.test("the facts of a series tell where its patterns are, and what its model is", async (t) => {
  const all = { ...NOT_DENOISED.patterns, wanted: "all" } as const;
  t.equal(patternWords(NOT_DENOISED.patterns), "made when they are looked at");
  t.equal(patternWords({ ...all, waiting: 1200, provisional: 31 }), "0 final; 1\u2009200 wait (31 of them provisional so far)");
  t.equal(patternWords({ ...all, final: 1, waiting: 1, gone: 3 }), "1 final; 1 waits; 3 without: frames no longer kept");
  const first = { epoch: 0, checksum: "0123456789abcdef", row: 0, gain: 0 };
  const one = { ...NOT_DENOISED, provider: "cuda", models: [first] } as const;
  t.equal(modelWords(NOT_DENOISED), "none");
  t.equal(modelWords(one), "0123456789ab on cuda");
  t.equal(modelWords({ ...one, adapting: { rounds: 0, gain: 0 } }), "0123456789ab on cuda; adapted in 0 rounds");
  t.equal(
    modelWords({ ...one, models: [first, { ...first, epoch: 1, row: 20, gain: 0.012 }], adapting: { rounds: 1, gain: 0.0123 } }),
    "epoch 1 from row 20 on, 0123456789ab on cuda; adapted in 1 round, the last one 1.2 % better",
  );
  t.match(modelWords({ ...one, adapting: { rounds: 2, gain: -0.001 } }), /; adapted in 2 rounds, the last one -0\.1 % better$/);
});

t.test("the key of a difference has signs", async (t) => {
  t.same(keyNumbers(-3, 0, 3), ["−3", "0", "+3"]);
  t.same(keyNumbers(0, 0.5, 3), ["0", "0.5", "3"]);
});
