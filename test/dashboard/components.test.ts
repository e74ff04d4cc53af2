import fc from "fast-check";
import t from "tap";
import { choices, LOW_ENDS } from "../../dashboard/lib/catalogue.js";
import { classFill, classTable, grainTable, hatchOf, isDark } from "../../dashboard/lib/class-table.js";
import { colourTable } from "../../dashboard/lib/colour-tables.js";
import { drawNovelty, drawPlace, drawRates } from "../../dashboard/lib/component-pictures.js";
import { drawnTree, groupsAt, leadersOf, readTree } from "../../dashboard/lib/component-tree.js";
import {
  angleWords,
  byShare,
  churnWords,
  foldWords,
  memberWords,
  periodWords,
  placeOf,
  spreadWords,
} from "../../dashboard/lib/component-words.js";
import { phases } from "../../dashboard/lib/derive.js";
import { residualWords, sigmas } from "../../dashboard/lib/explanation-words.js";
import { readHash, writeHash } from "../../dashboard/lib/hash-state.js";
import { colourOf, hex } from "../../dashboard/lib/look.js";
import { mostNovel } from "../../dashboard/lib/most-novel.js";
import { type Pattern, readPattern } from "../../dashboard/lib/pattern-stats.js";
import { readClusters } from "../../dashboard/lib/read-clusters.js";
import { readAll, readComponent, readExplanation, readGrain } from "../../dashboard/lib/read-components.js";
import { residualPattern } from "../../dashboard/lib/residual-pattern.js";
import { CLASS_COLOURS, colourBytes, GRAIN_COLOURS } from "../../src/core/class-colours.js";
import type { ClusterMember, Component, Grain } from "../../src/core/components.js";
import { randomFrom } from "../../src/microscope/random.js";
import { paletteOf } from "../../src/sinks/paint.js";

const none = Number.NaN;
const look = (table: Uint8Array) => ({ kind: "index", curve: "lin", low: 0, high: 255, steep: 1, table }) as const;
const aComponent = (id: number, over: Partial<Component> = {}): Component => ({
  id,
  fold: 4,
  name: `Class ${id}`,
  color: CLASS_COLOURS[id % CLASS_COLOURS.length] as string,
  share: 0.1,
  frozen: false,
  background: false,
  ...over,
});
const aGrain = (id: number, over: Partial<Grain> = {}): Grain => ({
  id,
  component: 1,
  angle: 0.1,
  fold: 4,
  area: 10,
  row: 0,
  column: 0,
  ...over,
});

/** As seen with a missing cone (1, 2 or 3), or with none; Machado, Oliveira and Fernandes 2009, in OKLab. */
const EYES = [
  [1, 0, 0, 0, 1, 0, 0, 0, 1],
  [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
];
function seen(colour: readonly number[], eye: readonly number[]): readonly number[] {
  const times = (m: readonly number[], v: readonly number[]): number[] =>
    [0, 3, 6].map((k) => [0, 1, 2].reduce((sum, i) => sum + (m[k + i] as number) * (v[i] as number), 0));
  const linear = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const light = times(eye, linear).map((v) => Math.max(0, v));
  const cones = times(
    [0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376, 0.6299787005],
    light,
  ).map(Math.cbrt);
  return times(
    [0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662, -0.808675766],
    cones,
  );
}
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.min(...EYES.map((eye) => Math.hypot(...seen(a, eye).map((v, i) => v - (seen(b, eye)[i] as number)))));

t.test("the colours of classes are told apart by every eye, and none is that of no result", async (t) => {
  const all = CLASS_COLOURS.map(colourBytes);
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1)) t.ok(apart(a, b) > 0.07, `${hex(a)} and ${hex(b)}: ${apart(a, b).toFixed(3)}`);
    t.ok(apart(a, [118, 118, 118]) > 0.05, `${hex(a)} and no result`);
  }
  t.equal(new Set(GRAIN_COLOURS.map(hex)).size, 3 * CLASS_COLOURS.length);
});

t.test("a colour follows its id, in the page and in the PNG alike", async (t) => {
  const table = classTable([]);
  const png = paletteOf({ kind: "label", name: "label" });
  const grains = grainTable();
  const grainPng = paletteOf({ kind: "label", name: "grain" });
  for (const id of [0, 7, 8, 23, 100, 239, 240, 255, 256, 1000]) {
    const entry = 4 * (1 + (id % 240));
    t.equal(hex(colourOf(look(table), id)), CLASS_COLOURS[id % 8], `class ${id}`);
    t.same([...png.subarray(entry, entry + 3)], colourBytes(CLASS_COLOURS[id % 8] as string), `class ${id} in the PNG`);
    if (id < 256) t.same(colourOf(look(grains), id), [...grainPng.subarray(entry, entry + 3)], `grain ${id}`);
  }
  t.same(
    Array.from({ length: 33 }, (_, id) => hatchOf(id)),
    [0, 1, 2, 3, 1].flatMap((h) => Array(8).fill(h)).slice(0, 33),
    "hatched from the ninth on",
  );
  t.equal(colourTable("classes")[3], 255, "other tables have no hatches");
});

t.test("recoloured classes, and ids that share an entry", async (t) => {
  const table = classTable([
    aComponent(3, { color: "#102030", share: 0.2 }),
    aComponent(259, { color: "#ff0000", share: 0.1 }),
    aComponent(9, { color: "#445566" }),
  ]);
  t.equal(hex(colourOf(look(table), 3)), "#102030", "what covers more wins");
  t.same([...table.subarray(36, 40)], [0x44, 0x55, 0x66, 254]);
  t.equal(classFill(3, "#102030"), "#102030");
  t.match(classFill(9, "#e69e00"), /^repeating-linear-gradient\(135deg, rgb\(115 79 0\) 0 2px, #e69e00 2px 4px\)$/, "dark stripes");
  t.match(classFill(31, "#000000"), /0deg, rgb\(128 128 128\)/, "light stripes on what is dark");
  t.same([isDark([140, 45, 4]), isDark([240, 228, 66])], [true, false]);
});

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

t.test("a tree of components, its groups and its drawing", async (t) => {
  const joins = [
    { a: 0, b: 2, distance: 0.1 },
    { a: 1, b: 3, distance: 0.3 },
    { a: 4, b: 5, distance: 0.7 },
  ];
  const tree = readTree({ leaves: [2, 9, 5, 7], joins });
  t.same(tree, { leaves: [2, 9, 5, 7], joins });
  t.same(
    [0, 0.1, 0.2, 0.5, 1].map((d) => groupsAt(tree, d)),
    [
      [],
      [],
      [[2, 5]],
      [
        [2, 5],
        [7, 9],
      ],
      [[2, 5, 7, 9]],
    ],
  );
  t.same(
    [...leadersOf(groupsAt(tree, 0.5))],
    [
      [2, 2],
      [5, 2],
      [7, 7],
      [9, 7],
    ],
  );
  const { order, forks } = drawnTree(tree);
  t.same(order, [2, 5, 9, 7], "without crossings");
  t.same(forks, [
    { low: 0, high: 1, fromLow: 0, fromHigh: 0, distance: 0.1 },
    { low: 2, high: 3, fromLow: 0, fromHigh: 0, distance: 0.3 },
    { low: 0.5, high: 2.5, fromLow: 0.1, fromHigh: 0.3, distance: 0.7 },
  ]);
  t.same(drawnTree({ leaves: [3, 1], joins: [{ a: 1, b: 0, distance: 1 }] }).order, [1, 3], "branches as they are told");
  const none = { leaves: [], joins: [] };
  for (const [a, b, distance] of [
    [0, 0, 1],
    [0, 2, 1],
    [-1, 0, 1],
    [0.5, 0, 1],
    [0, 1, -1],
    [0, 1, null],
  ])
    t.same(readTree({ leaves: [1, 2], joins: [{ a, b, distance }] }), none, `${a} ${b} ${distance}`);
  t.same(
    readTree({
      leaves: [1, 2, 3],
      joins: [
        { a: 0, b: 1, distance: 1 },
        { a: 0, b: 2, distance: 1 },
      ],
    }),
    none,
    "a cluster joined twice",
  );
  t.same([readTree(null), readTree({ leaves: ["x", -1], joins: [3] })], [none, none]);
  const grouped = classTable([aComponent(3, { color: "#102030" }), { ...aComponent(12, { color: "#102030" }), as: 3 }]);
  t.same([...grouped.subarray(48, 52)], [16, 32, 48, 255], "shown as one that is not hatched");
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
  t.match(readExplanation({ row: 0, column: 0 }), { electrons: 0, parts: [], alone: none, residual: none });
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

t.test("clusters of a cut are read and said", async (t) => {
  const members = [{ id: 1, turn: 0, shift: [0, 0], alike: 1 }, { id: 4, turn: 0.5, shift: [4, -3], alike: 0.625 }, { id: -1 }, 7];
  const read = readClusters({ distance: 0.3, cell: 2, clusters: [{ members, share: 0.5 }, null, { members: [{ id: 9 }], share: 7 }] });
  t.equal(read.cell, 2);
  t.same(read.clusters[0], { members: [members[0], members[1]], share: 0.5 });
  t.same(read.clusters[1], { members: [], share: 0 }, "pictures are in the order of all");
  t.match(read.clusters[2], { members: [{ id: 9, turn: 0, shift: [0, 0], alike: 0 }], share: 1 });
  for (const bad of [null, 3, {}, { clusters: 4 }]) t.same(readClusters(bad), { clusters: [], cell: 1 });
  t.equal(memberWords(read.clusters[0]?.members[1] as ClusterMember), "turned by 28.6°, map shifted by 4, −3 (0.63 alike)");
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
  t.equal(churnWords(null), "no class shown");
  const churn = { label: 0.0012, grain: 0, updates: 17, most: null };
  t.equal(churnWords(churn), "0.12 % of classes and 0 % of grains by the newest of 17 updates");
  const most = { label: 0.004, grain: 0.125 };
  t.match(churnWords({ ...churn, most }), /updates; at most 0\.40 % and 13 % after the first fifth of the rows$/);
});
