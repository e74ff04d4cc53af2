import t from "tap";
import { classFill, classTable, grainTable, hatchOf, isDark } from "../../dashboard/lib/class-table.js";
import { colourTable } from "../../dashboard/lib/colour-tables.js";
import { colourOf, hex } from "../../dashboard/lib/look.js";
import { CLASS_COLOURS, colourBytes, GRAIN_COLOURS } from "../../src/core/class-colours.js";
import { paletteOf } from "../../src/sinks/paint.js";
import { aComponent } from "./some-components.js";

const look = (table: Uint8Array) => ({ kind: "index", curve: "lin", low: 0, high: 255, steep: 1, table }) as const;
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
