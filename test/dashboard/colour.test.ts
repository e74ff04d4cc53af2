import fc from "fast-check";
import t from "tap";
import { choiceOf, choices, lookKind, tablesFor, wantedLayers } from "../../dashboard/lib/catalogue.js";
import { colourTable, TABLE_NAMES } from "../../dashboard/lib/colour-tables.js";
import {
  autoLimits,
  axisPlace,
  axisTicks,
  axisValue,
  histogram,
  percentile,
  sortedSample,
  valueAxis,
} from "../../dashboard/lib/histogram.js";
import { bend, CURVES, colourOf, hex, type Look, toneOf, unbend } from "../../dashboard/lib/look.js";
import { LAYER_KINDS, LAYERS } from "../../src/core/map-layer.js";
import type { LayerInfo } from "../../src/core/series.js";

const aLook = (over: Partial<Look> = {}): Look => ({
  kind: "sequence",
  curve: "lin",
  low: 0,
  high: 10,
  steep: 999,
  table: colourTable("grey"),
  ...over,
});
const entry = (name: (typeof TABLE_NAMES)[number], i: number): string => hex([...colourTable(name).subarray(4 * i, 4 * i + 3)] as never);

t.test("tables have the published ends and middles", async (t) => {
  t.same([entry("viridis", 0), entry("viridis", 255)], ["#440154", "#fde725"]);
  t.same([entry("magma", 0), entry("magma", 255)], ["#000004", "#fcfdbf"]);
  t.same([entry("cividis", 0), entry("cividis", 255)], ["#00204c", "#ffe945"]);
  t.same([entry("grey", 0), entry("grey", 128), entry("grey inverted", 0)], ["#000000", "#808080", "#ffffff"]);
  for (const name of TABLE_NAMES) {
    const table = colourTable(name);
    t.equal(table.length, 1024);
    t.ok(
      table.every((v, i) => i % 4 !== 3 || v === 255),
      `${name} is opaque`,
    );
    t.equal(colourTable(name), table, "made once");
  }
});

t.test("sequential tables grow lighter, the wheel keeps its lightness and closes", async (t) => {
  const light = (name: (typeof TABLE_NAMES)[number], i: number): number => {
    const [r, g, b] = colourTable(name).subarray(4 * i, 4 * i + 3);
    return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
  };
  for (const name of ["viridis", "cividis", "magma", "grey"] as const)
    for (let i = 8; i < 256; i += 8) t.ok(light(name, i) > light(name, i - 8), `${name} at ${i}`);
  const all = Array.from({ length: 256 }, (_, i) => light("wheel", i));
  t.ok(Math.max(...all) - Math.min(...all) < 50);
  const [a, b] = [colourTable("wheel").subarray(0, 3), colourTable("wheel").subarray(1020, 1023)];
  t.ok(
    a.every((v, i) => Math.abs(v - (b[i] ?? 0)) < 8),
    "first and last are neighbours",
  );
});

t.test("curves run from 0 to 1, grow, and turn back", async (t) => {
  for (const curve of CURVES) {
    t.equal(bend(curve, 0, 999), 0);
    t.ok(Math.abs(bend(curve, 1, 999) - 1) < 1e-12);
    fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (x) => Math.abs(unbend(curve, bend(curve, x, 999), 999) - x) < 1e-9));
  }
});

t.test("tones: clamped, symmetric, wrapped, indexed", async (t) => {
  t.equal(toneOf(aLook(), 5), 0.5);
  t.equal(toneOf(aLook(), -1), 0);
  t.equal(toneOf(aLook(), 11), 1);
  t.ok(Number.isNaN(toneOf(aLook(), Number.NaN)));
  t.equal(toneOf(aLook({ curve: "sqrt" }), 2.5), 0.5);
  const signed = aLook({ kind: "signed", low: -10, curve: "sqrt" });
  t.equal(toneOf(signed, 0), 0.5);
  t.ok(Math.abs(toneOf(signed, 4) + toneOf(signed, -4) - 1) < 1e-12);
  const cyclic = aLook({ kind: "cyclic", high: 4 });
  t.equal(toneOf(cyclic, 5), 0.25);
  t.equal(toneOf(cyclic, -1), 0.75);
  t.equal(toneOf(aLook({ kind: "index" }), 255), 1);
  t.equal(toneOf(aLook({ low: 3, high: 3 }), 3), 0, "empty limits split at the limit");
  t.equal(toneOf(aLook({ low: 3, high: 3 }), 4), 1);
  t.same(colourOf(aLook(), 10), [255, 255, 255]);
  t.equal(hex([0, 128, 255]), "#0080ff");
});

t.test("samples are sorted, finite, bounded, and look at every column", async (t) => {
  t.same([...sortedSample(new Float32Array([3, Number.NaN, 1, Number.POSITIVE_INFINITY, 2]))], [1, 2, 3]);
  const rows = new Float32Array(512 * 512).map((_, i) => i % 512);
  const s = sortedSample(rows);
  t.ok(s.length <= 16_384);
  t.ok(new Set(s).size > 100, "a stride that divides the row would see few columns");
});

t.test("percentiles and automatic limits", async (t) => {
  const s = Float32Array.from({ length: 101 }, (_, i) => i);
  t.equal(percentile(s, 0.5), 50);
  t.equal(percentile(s, 1), 100);
  t.ok(Number.isNaN(percentile(new Float32Array(0), 0.5)));
  t.same(autoLimits(s, "sequence"), [0.5, 99.5]);
  t.same(autoLimits(Float32Array.from([-3, -3, 2, 2]), "signed"), [-3, 3]);
  t.same(autoLimits(Float32Array.from([0, 0]), "signed"), [-1, 1]);
  t.same(autoLimits(new Float32Array(0), "sequence"), [0, 1]);
  t.same(autoLimits(Float32Array.from([4, 4]), "sequence"), [3.5, 4.5], "a flat map is not divided by zero");
  t.same(autoLimits(s, "cyclic"), [0, 2 * Math.PI]);
});

t.test("the value axis holds data and limits, and runs both ways", async (t) => {
  const s = Float32Array.from({ length: 1000 }, (_, i) => i);
  for (const kind of ["sequence", "signed"] as const)
    for (const curve of CURVES) {
      const axis = valueAxis(s, [10, 900], kind, curve, 999);
      t.ok(axis.from <= 0 && axis.to >= 999 && axis.from < axis.to);
      for (const v of [-0.3, 5, 500, 998]) {
        if (v < axis.from) continue;
        const back = axisValue(axis, axisPlace(axis, v));
        t.ok(Math.abs(back - v) < 1e-6 * Math.max(1, Math.abs(v)), `${kind} ${curve} ${v}`);
      }
      const marks = axisTicks(axis, 4);
      t.ok(marks.length >= 2 && marks.every((v) => v >= axis.from && v <= axis.to));
    }
  t.equal(valueAxis(s, [0, 999], "sequence", "lin", 999).from, 0, "counts do not begin below zero");
  t.same([valueAxis(new Float32Array(0), [2, 4], "sequence", "lin", 9).to > 4], [true]);
  const axis = valueAxis(s, [0, 999], "sequence", "lin", 999);
  t.equal(
    histogram(s, axis, 16).reduce((a, b) => a + b, 0),
    1000,
  );
  t.same([...histogram(Float32Array.from([-5, 5000]), axis, 4)], [0, 0, 0, 0], "outside is not counted");
});

t.test("every layer of a daemon can be chosen, once, except vectors", async (t) => {
  const extra = { name: "thickness", kind: "intensity", claim: "exploratory", dtype: "float32", unit: "", revision: 0, about: "" } as const;
  const list = choices([
    { ...extra, shape: [4, 4] },
    { ...extra, name: "weights", shape: [3, 4, 4] },
    { ...extra, name: "strain", kind: "vector", shape: [4, 4] },
    { ...extra, name: "sum", shape: [4, 4] },
  ]);
  const names = list.map((c) => c.name);
  const APART = ["label", "inplane_angle", "fold", "grain", "boundary", "confidence", "novelty"];
  t.same(names, [
    "sum",
    "bf",
    "adf",
    "com_row",
    "com_col",
    "com_magnitude",
    "com_angle",
    "tier",
    "frame_status",
    "neighbours",
    ...APART,
    "thickness",
  ]);
  t.equal(choiceOf(list, "bf").title, "Bright field");
  t.match(choiceOf(list, "in_plane"), { title: "in plane", claim: "exploratory" }, "one that has not come yet");
  for (const kind of LAYER_KINDS) t.ok(tablesFor(lookKind(kind)).length > 0, kind);
});

const PROJECTIONS: LayerInfo = {
  name: "projections",
  kind: "signed",
  claim: "relative",
  dtype: "float32",
  unit: "",
  revision: 0,
  about: "Weights",
  shape: [4, 4, 2],
  parts: ["ring 1", "2-fold cos"],
};

t.test("channels with names are chosen one by one", async (t) => {
  const list = choices([PROJECTIONS]);
  t.match(list.slice(-2), [
    { name: "projections.0", layer: "projections", channel: 0, group: "projections", title: "ring 1", about: "ring 1: Weights" },
    { name: "projections.1", channel: 1, title: "2-fold cos", kind: "signed" },
  ]);
  t.match(choiceOf(list, "bf"), { layer: "bf", channel: 0, group: null });
  t.match(choiceOf([], "projections.1"), { layer: "projections", channel: 1 }, "before the daemon has told of it");
});

t.test("a layer of many channels is wanted while it is shown, all others always", async (t) => {
  const { parts, ...single } = { ...PROJECTIONS, name: "thickness", shape: [4, 4] };
  t.same(parts?.length, 2);
  const calm = wantedLayers(["bf", "com_angle"], [PROJECTIONS, single]);
  t.same(
    calm,
    [...LAYERS.map((l) => l.name).filter((name) => name !== "projections" && name !== "weights"), "thickness"].sort(),
    "and derived ones never",
  );
  t.same(wantedLayers(["projections.1", "projections.0"], [PROJECTIONS, single]), [...calm, "projections"].sort());
});
