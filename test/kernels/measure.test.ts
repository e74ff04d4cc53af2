import fc from "fast-check";
import t from "tap";
import type { PixelType } from "../../src/core/frame.js";
import { PIXEL_TYPES, pixelArray } from "../../src/core/frame.js";
import type { LaneSetup, Measure, PixelLane } from "../../src/kernels/pixel-lane.js";
import { MEASURES } from "../../src/kernels/pixel-lane.js";
import { createPlainLane } from "../../src/kernels/plain-lane.js";
import { aFrame, aRandom } from "../fixtures/frames.js";
import { aWasmLane } from "../fixtures/lanes.js";

const raw = (type: PixelType, height: number, width: number) => ({
  type,
  height,
  width,
  encoding: "none" as const,
  element: 0,
  bigEndian: false,
});
const aSetup = (o: Partial<LaneSetup> = {}): LaneSetup => ({
  ...{ height: 5, width: 7, type: "uint16", mask: null, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  ...o,
});

/** The measures of pixels, by name. */
function measured(
  lane: PixelLane,
  setup: LaneSetup,
  pixels: ArrayLike<number>,
  row: number,
  col: number,
  radius: number,
): Record<Measure, number> {
  const frame = pixelArray(setup.type, pixels.length);
  frame.set(pixels as number[]);
  lane.configure(setup);
  const code = lane.decode(new Uint8Array(frame.buffer), raw(setup.type, setup.height, setup.width));
  if (code !== 0) throw new Error(`code ${code}`);
  const out = new Float64Array(MEASURES.length + 2).fill(-7);
  lane.measure(out, 1, row, col, radius);
  if (out[0] !== -7 || out[MEASURES.length + 1] !== -7) throw new Error("wrote beyond its place");
  return Object.fromEntries(MEASURES.map((name, i) => [name, out[i + 1]])) as Record<Measure, number>;
}

const lanes: readonly (readonly [name: string, lane: PixelLane])[] = [
  ["plain", createPlainLane()],
  ["wasm", aWasmLane()],
];

t.test("measures of a small frame, by hand", async (t) => {
  // A disk of radius 1 at (2, 3), one count at the corner, one saturated and one masked pixel.
  const pixels = new Uint16Array(35);
  for (const at of [2 * 7 + 3, 1 * 7 + 3, 3 * 7 + 3, 2 * 7 + 2, 2 * 7 + 4]) pixels[at] = 10;
  pixels[6] = 2;
  pixels[7] = 65535;
  pixels[8] = 99;
  const mask = new Uint8Array(35);
  mask[8] = 4;
  for (const [name, lane] of lanes) {
    const m = measured(lane, aSetup({ mask, high: 65534 }), pixels, 2, 3, 1);
    t.match(m, { sum: 52, bf: 50, adf: 2, disk_sum: 50, disk_row: 2, disk_col: 3, max: 10, invalid: 1 }, name);
    t.equal(m.com_row, (50 * 2 + 2 * 0) / 52 - 2, name);
    t.equal(m.com_col, (50 * 3 + 2 * 6) / 52 - 3, name);
  }
});

t.test("a frame without counts has no centre of mass", async (t) => {
  for (const [name, lane] of lanes) {
    const none = {
      sum: 0,
      bf: 0,
      adf: 0,
      com_row: Number.NaN,
      com_col: Number.NaN,
      disk_sum: 0,
      disk_row: Number.NaN,
      disk_col: Number.NaN,
    };
    t.same(measured(lane, aSetup(), new Uint16Array(35), 2, 3, 1), { ...none, max: 0, invalid: 0 }, name);
    const masked = aSetup({ mask: new Uint8Array(35).fill(1) });
    t.same(measured(lane, masked, new Uint16Array(35).fill(5), 2, 3, 1), { ...none, max: Number.NaN, invalid: 0 }, `${name}, all masked`);
    const out = aSetup({ low: 6 });
    t.same(
      measured(lane, out, new Uint16Array(35).fill(5), 2, 3, 1),
      { ...none, max: Number.NaN, invalid: 35 },
      `${name}, all out of bounds`,
    );
    const nan = aSetup({ type: "float32" });
    t.same(measured(lane, nan, new Array(35).fill(Number.NaN), 2, 3, 1), { ...none, max: Number.NaN, invalid: 35 }, `${name}, no numbers`);
  }
});

t.test("negative counts add, and have no centre of mass on balance", async (t) => {
  for (const type of ["int16", "int32", "float32"] as const)
    for (const [name, lane] of lanes) {
      const pixels = new Array(35).fill(-1);
      const m = measured(lane, aSetup({ type }), pixels, 2, 3, 1);
      t.match(m, { sum: -35, bf: -5, adf: -30, disk_sum: -9, max: -1, invalid: 0 }, `${type}, ${name}`);
      t.ok(Number.isNaN(m.com_row) && Number.isNaN(m.disk_col), `${type}, ${name}`);
    }
});

t.test("radii that hold nothing or everything", async (t) => {
  const pixels = aFrame({ count: 35, density: 1, seed: 2 });
  for (const [name, lane] of lanes) {
    const sum = measured(lane, aSetup(), pixels, 2, 3, 1).sum;
    for (const radius of [-1, Number.NaN])
      t.match(measured(lane, aSetup(), pixels, 2, 3, radius), { bf: 0, adf: sum, disk_sum: 0 }, `${name} ${radius}`);
    for (const radius of [1e9, Number.POSITIVE_INFINITY])
      t.match(measured(lane, aSetup(), pixels, 2, 3, radius), { bf: sum, adf: 0, disk_sum: sum }, `${name} ${radius}`);
    t.match(measured(lane, aSetup(), pixels, 2, 3, 0), { bf: pixels[17] }, `${name}: a point`);
    t.match(measured(lane, aSetup(), pixels, 500, -500, 3), { bf: 0, disk_sum: 0, adf: sum }, `${name}: elsewhere`);
  }
});

t.test("WebAssembly measures as the plain loop does: exactly for integers", async () => {
  const [plain, wasm] = [createPlainLane(), aWasmLane()];
  fc.assert(
    fc.property(
      fc.constantFrom<PixelType>(...PIXEL_TYPES),
      fc.integer({ min: 1, max: 40 }),
      fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 250, max: 600 })),
      fc.double({ min: -20, max: 60, noNaN: true }),
      fc.double({ min: -20, max: 60, noNaN: true }),
      fc.oneof(fc.double({ min: -1, max: 80, noNaN: true }), fc.integer({ min: 0, max: 10 })),
      fc.constantFrom(0, 0.02, 0.4, 1),
      fc.constantFrom(0, 0.1),
      fc.tuple(
        fc.constantFrom(-Infinity, -3, 0, 0.5, 2, 300, Number.NaN),
        fc.constantFrom(Infinity, -1, 4, 4.5, 254, 60000, 1e12, Number.NaN),
      ),
      fc.integer(),
      (type, height, width, row, col, radius, density, masked, [low, high], seed) => {
        const count = height * width;
        const random = aRandom(seed);
        const mask = masked > 0 ? Uint8Array.from({ length: count }, () => (random() < masked ? 2 : 0)) : null;
        const setup = { height, width, type, mask, low, high };
        const pixels = aFrame({ type, count, density, seed });
        const a = measured(plain, setup, pixels, row, col, radius);
        const b = measured(wasm, setup, pixels, row, col, radius);
        let scale = 0;
        for (const v of pixels) scale += Math.abs(v);
        return MEASURES.every((name) => {
          const [x, y] = [a[name], b[name]];
          if (type !== "float32" || name === "max" || name === "invalid") return Object.is(x, y) || x === y;
          if (name.includes("row") || name.includes("col")) return true;
          return Math.abs(x - y) <= 1e-12 * scale;
        });
      },
    ),
    { numRuns: 1500 },
  );
});

t.test("centres of mass of floats agree too, where the sum is not near zero", async (t) => {
  const random = aRandom(5);
  const pixels = Float32Array.from({ length: 40 * 50 }, () => random() * 100);
  const setup = aSetup({ height: 40, width: 50, type: "float32" });
  const a = measured(createPlainLane(), setup, pixels, 18.3, 22.8, 6.6);
  const b = measured(aWasmLane(), setup, pixels, 18.3, 22.8, 6.6);
  for (const name of MEASURES) t.ok(Math.abs(a[name] - b[name]) < 1e-9 * (1 + Math.abs(a[name])), name);
});

t.test("the largest counts do not overflow", async (t) => {
  for (const [type, top] of [
    ["uint8", 255],
    ["uint16", 65535],
    ["uint32", 4294967295],
    ["int16", 32767],
    ["int32", 2147483647],
    ["int16", -32768],
    ["int32", -2147483648],
  ] as const) {
    const setup = aSetup({ height: 3, width: 1500, type });
    const pixels = new Array(4500).fill(top);
    for (const [name, lane] of lanes) {
      const m = measured(lane, setup, pixels, 1, 700, 1e4);
      t.equal(m.sum, 4500 * top, `${type} ${top}, ${name}`);
      t.equal(m.bf, 4500 * top, `${type} ${top}, ${name}`);
      // The moments of the largest counts pass 2^53.
      if (top > 0) t.ok(Math.abs(m.com_col - 49.5) < 1e-9, `${type} ${top}, ${name}`);
    }
  }
});

t.test("a mask of another size, and measuring what was not decoded or set up, are bugs of the caller", async (t) => {
  for (const lane of [createPlainLane(), aWasmLane()]) {
    const out = new Float64Array(10);
    t.throws(() => lane.measure(out, 0, 0, 0, 1), /no decoded frame/);
    t.throws(() => lane.configure(aSetup({ mask: new Uint8Array(34) })), /mask of 34 for 5x7 px/);
    lane.configure(aSetup());
    t.throws(() => lane.measure(out, 0, 0, 0, 1), /no decoded frame/);
    lane.decode(new Uint8Array(35), raw("uint8", 5, 7));
    t.throws(() => lane.measure(out, 0, 0, 0, 1), /of the kind that was set up/);
    t.throws(() => lane.accumulate(), /of the kind that was set up/);
  }
});
