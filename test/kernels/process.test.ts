import fc from "fast-check";
import t from "tap";
import { BYTES_PER_PIXEL, type FrameShape, PIXEL_TYPES, type PixelType, pixelArray } from "../../src/core/frame.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import { type LaneSetup, MEASURES, type PixelLane } from "../../src/kernels/pixel-lane.js";
import { createPlainLane } from "../../src/kernels/plain-lane.js";
import type { Summary } from "../../src/kernels/summarise.js";
import { aFrame, aRandom, packed } from "../fixtures/frames.js";
import { aWasmLane } from "../fixtures/lanes.js";

const UNSIGNED = ["uint8", "uint16", "uint32"] as const;

const aShape = (o: Partial<FrameShape> = {}): FrameShape => {
  const type = o.type ?? "uint16";
  return { height: 48, width: 64, type, encoding: "bslz4", element: BYTES_PER_PIXEL[type], bigEndian: false, ...o };
};
const aSetup = (shape: FrameShape, o: Partial<LaneSetup> = {}): LaneSetup => ({
  ...{ height: shape.height, width: shape.width, type: shape.type, mask: null },
  ...{ low: Number.NEGATIVE_INFINITY, high: 2 ** 20, ...o },
});

/** Measures of one payload; the edges of the output must stay as they are. */
function processed(lane: PixelLane, payload: Uint8Array, shape: FrameShape, beam = [20, 30, 6], add = true): readonly number[] {
  const out = new Float64Array(MEASURES.length + 2).fill(-7);
  const [row, col, radius] = beam as [number, number, number];
  const code = lane.process(payload, shape, add, out, 1, row, col, radius, -1);
  if (out[0] !== -7 || out[MEASURES.length + 1] !== -7) throw new Error("wrote beyond its place");
  return [code, ...out.subarray(1, MEASURES.length + 1)];
}

/** The same bits, but for the sign of zero. */
const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((v, i) => v === b[i] || (Number.isNaN(v) && Number.isNaN(b[i])));
const sameSummary = (a: Summary, b: Summary): boolean =>
  a.frames === b.frames && (["sum", "squares", "max", "valid"] as const).every((k) => same(a[k], b[k]));

/** `count` pixels as an electron counter sees them: mostly single counts, here and there a few more, some saturated. */
function aSparseFrame(type: PixelType, count: number, mean: number, saturated: number, seed: number) {
  const random = aRandom(seed);
  const pixels = pixelArray(type, count);
  for (let i = 0; i < mean * count; i++) {
    const at = Math.floor(random() ** 2 * count);
    pixels[at] = (pixels[at] as number) + 1;
  }
  for (let i = 0; i < saturated; i++) pixels[Math.floor(random() * count)] = 2 ** (8 * BYTES_PER_PIXEL[type]) - Math.floor(random() * 3);
  return pixels;
}

t.test("one call does what three do: all types, occupancies, masks, limits, blocks and shapes", async (t) => {
  let [sparse, runs] = [0, 0];
  fc.assert(
    fc.property(
      fc.constantFrom<PixelType>(...UNSIGNED, ...UNSIGNED, ...PIXEL_TYPES),
      fc.tuple(fc.integer({ min: 1, max: 90 }), fc.oneof(fc.integer({ min: 1, max: 140 }), fc.constantFrom(64, 128, 192))),
      fc.tuple(
        fc.double({ min: -9, max: 80, noNaN: true }),
        fc.double({ min: -9, max: 80, noNaN: true }),
        fc.oneof(fc.double({ min: -1, max: 60, noNaN: true }), fc.integer({ min: 0, max: 10 }), fc.constant(Number.NaN)),
      ),
      fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 3000 })),
      fc.constantFrom(0, 0.003, 0.01, 0.1, 0.3, 1, 4),
      fc.constantFrom(0, 0, 2, 60),
      fc.constantFrom(0, 0.1, 1),
      fc.tuple(fc.constantFrom(-Infinity, 0, 1, Number.NaN), fc.constantFrom(0.5, 1, 2, 3.5, 254, 65534, 2 ** 20)),
      fc.integer(),
      (type, [height, width], beam, units, mean, saturated, masked, [low, high], seed) => {
        const random = aRandom(seed);
        const count = height * width;
        const mask = masked > 0 ? Uint8Array.from({ length: count }, () => (random() < masked ? 1 : 0)) : null;
        const shape = aShape({ type, height, width });
        const [plain, apart, fused] = [createPlainLane(), aWasmLane(), aWasmLane()];
        for (const lane of [plain, apart, fused]) lane.configure(aSetup(shape, { mask, low, high }));
        for (let i = 0; i < 3; i++) {
          const pixels = i === 2 ? aFrame({ type, count, density: mean, seed }) : aSparseFrame(type, count, mean, saturated, seed + i);
          const payload = packed(pixels, shape, units * 8 * BYTES_PER_PIXEL[type]);
          if (payload.length < 0.2 * count) sparse++;
          runs++;
          const expected = processed(plain, payload, shape, beam, i !== 1);
          const out = new Float64Array(MEASURES.length);
          const code = apart.decode(payload, shape);
          apart.measure(out, 0, ...beam);
          if (i !== 1) apart.accumulate();
          if (!same(processed(fused, payload, shape, beam, i !== 1), [code, ...out])) return false;
          // Sums of floats depend on their order: measure.test.ts compares them.
          if (type !== "float32" && !same(expected, [code, ...out])) return false;
        }
        return sameSummary(plain.summary(), fused.summary()) && sameSummary(plain.summary(), apart.summary());
      },
    ),
    { numRuns: 700 },
  );
  t.ok(sparse > runs / 10 && sparse < (9 * runs) / 10, `${sparse} of ${runs} are small enough to be taken for sparse`);
});

t.test("a frame by hand", async (t) => {
  const shape = aShape({ type: "uint8" });
  const pixels = new Uint8Array(48 * 64);
  for (const [row, col, value] of [
    [20, 30, 1],
    [20, 32, 3],
    [22, 30, 1],
    [0, 0, 1],
    [47, 63, 2],
    [47, 62, 255],
    [5, 5, 9],
  ] as const)
    pixels[row * 64 + col] = value;
  const mask = new Uint8Array(48 * 64);
  mask[5 * 64 + 5] = 1;
  for (const [name, lane] of [
    ["plain", createPlainLane()],
    ["wasm", aWasmLane()],
  ] as const) {
    lane.configure(aSetup(shape, { mask, high: 254 }));
    const [code, ...found] = processed(lane, encodeBslz4(pixels, 1), shape, [20, 30, 2]);
    t.equal(code, 0);
    const com = [(4 * 20 + 22 + 2 * 47) / 8 - 20, (30 + 3 * 32 + 30 + 2 * 63) / 8 - 30];
    t.same(found, [8, 5, 3, ...com, 5, (4 * 20 + 22) / 5, (30 + 3 * 32 + 30) / 5, 3, 1], name);
    const { sum, squares, max, valid, frames } = lane.summary();
    const at = (row: number, col: number) => [row * 64 + col].map((p) => [sum[p], squares[p], max[p], valid[p]])[0];
    t.equal(frames, 1, name);
    t.same(at(20, 30), [1, 1, 1, 1], name);
    t.same(at(20, 32), [3, 9, 3, 1], name);
    t.same(at(47, 63), [2, 4, 2, 1], name);
    t.same(at(47, 62), [0, 0, Number.NaN, 0], `${name}: beyond the limits`);
    t.same(at(5, 5), [0, 0, Number.NaN, 0], `${name}: masked`);
    t.same(at(9, 9), [0, 0, 0, 1], `${name}: nothing`);
  }
});

t.test("it does not matter where in shared memory a payload lies", async (t) => {
  for (const encoding of ["bslz4", "lz4-block", "none"] as const) {
    const shape = aShape({ encoding });
    const payload = packed(aSparseFrame("uint16", 48 * 64, 0.1, 2, 5), shape);
    const [lane, expected] = [aWasmLane(), createPlainLane()].map((lane) => {
      lane.configure(aSetup(shape));
      return lane;
    }) as [PixelLane, PixelLane];
    const measured = processed(expected, payload, shape);
    t.equal(measured[0], 0);
    const shared = new Uint8Array(new SharedArrayBuffer(payload.length + 16)).fill(0xa5);
    for (let offset = 0; offset < 16; offset++) {
      shared.set(payload, offset);
      t.same(processed(lane, shared.subarray(offset, offset + payload.length), shape), measured, `${encoding} at ${offset}`);
    }
  }
});

t.test("what looks sparse and is not is done the dense way", async (t) => {
  for (const type of UNSIGNED) {
    const shape = aShape({ type, height: 100, width: 100 });
    const even = pixelArray(type, 10_000).fill(3);
    const thin = pixelArray(type, 10_000);
    thin[77] = 2;
    const lanes = [createPlainLane(), aWasmLane()] as const;
    for (const lane of lanes) lane.configure(aSetup(shape));
    const payloads = [even, thin].map((pixels) => encodeBslz4(pixels, BYTES_PER_PIXEL[type]));
    for (let i = 0; i < 300; i++) {
      const payload = payloads[i % 7 === 0 ? 0 : 1] as Uint8Array;
      const [a, b] = lanes.map((lane) => processed(lane, payload, shape));
      if (!same(a ?? [], b ?? [])) t.fail(`${type}, frame ${i}`);
    }
    t.ok(sameSummary(lanes[0].summary(), lanes[1].summary()), type);
  }
});

t.test("sums that pass 2^53 are those of the dense way", async (t) => {
  const shape = aShape({ type: "uint32", height: 2, width: 2 ** 17 });
  const [fused, apart] = [aWasmLane(), aWasmLane()];
  const out = new Float64Array(MEASURES.length);
  for (const lane of [fused, apart]) lane.configure(aSetup(shape, { high: Number.POSITIVE_INFINITY }));
  for (let seed = 0; seed < 20; seed++) {
    const random = aRandom(seed);
    const pixels = new Uint32Array(2 ** 18);
    for (let i = 0; i < 300; i++) pixels[Math.floor(random() * pixels.length)] = 2 ** 32 - 1 - Math.floor(random() * 2 ** 31);
    const payload = encodeBslz4(pixels, 4);
    t.ok(payload.length < 0.2 * pixels.length);
    apart.decode(payload, shape);
    apart.measure(out, 0, 0, 0, 1e6);
    t.ok((out[0] as number) * 2 ** 16 > 2 ** 53);
    t.same(processed(fused, payload, shape, [0, 0, 1e6]), [0, ...out], `frame ${seed}`);
    // Set up anew, or frames after a crowded one are not tried.
    fused.configure(aSetup({ ...shape, height: 1 }));
    fused.configure(aSetup(shape, { high: Number.POSITIVE_INFINITY }));
  }
});

t.test("more sparse frames than a tally holds, and a summary under way", async (t) => {
  for (const type of UNSIGNED) {
    const shape = aShape({ type, height: 1, width: 3000 });
    const lane = aWasmLane();
    lane.configure(aSetup(shape));
    const pixels = pixelArray(type, 3000);
    pixels.set([1, 1, 2], 129);
    const payload = encodeBslz4(pixels, BYTES_PER_PIXEL[type]);
    t.ok(payload.length < 600, `${payload.length} bytes`);
    const out = new Float64Array(MEASURES.length);
    for (let i = 0; i < 65_600; i++) {
      if (lane.process(payload, shape, true, out, 0, 0, 0, 1, -1) !== 0) t.fail("not decoded");
      if (i === 4) t.same([...lane.summary().sum.subarray(128, 132)], [0, 5, 5, 10], `${type}: five frames`);
    }
    const { sum, squares, max, valid } = lane.summary();
    for (const [p, value] of [
      [128, 0],
      [129, 1],
      [131, 2],
      [2999, 0],
    ] as const)
      t.same([sum[p], squares[p], max[p], valid[p]], [65_600 * value, 65_600 * value ** 2, value, 65_600], `${type} at ${p}`);
    lane.resetSummary();
    lane.process(payload, shape, true, out, 0, 0, 0, 1, -1);
    t.same([...lane.summary().sum.subarray(128, 132)], [0, 1, 1, 2], `${type}: begun anew`);
  }
});

t.test("a mask that grows under way", async (t) => {
  const shape = aShape({ type: "uint8", height: 40, width: 50 });
  const lanes = [createPlainLane(), aWasmLane()] as const;
  for (let i = 0; i < 12; i++) {
    const mask = Uint8Array.from({ length: 2000 }, (_, p) => (p % 11 < i / 3 ? 1 : 0));
    const payload = encodeBslz4(aSparseFrame("uint8", 2000, 0.02, i, i), 1);
    for (const lane of lanes) lane.configure(aSetup(shape, { mask, high: 254 }));
    const [a, b] = lanes.map((lane) => processed(lane, payload, shape));
    t.ok(same(a ?? [], b ?? []), `frame ${i}`);
  }
  t.ok(sameSummary(lanes[0].summary(), lanes[1].summary()));
});

t.test("elements that are not the pixels, and big-endian pixels", async (t) => {
  for (const o of [{ element: 1 }, { bigEndian: true }, { encoding: "none" as const }, { encoding: "lz4-block" as const }]) {
    const shape = aShape(o);
    const payload = packed(aSparseFrame("uint16", 48 * 64, 0.01, 0, 5), shape);
    const [a, b] = [createPlainLane(), aWasmLane()].map((lane) => {
      lane.configure(aSetup(shape));
      return processed(lane, payload, shape);
    });
    t.same(a, b, JSON.stringify(o));
  }
});

t.test("no decoded frame is left; what was not set up is a bug of the caller", async (t) => {
  const shape = aShape({ type: "uint8" });
  const payload = encodeBslz4(aSparseFrame("uint8", 48 * 64, 0.01, 0, 6), 1);
  const thick = encodeBslz4(aFrame({ type: "uint8", count: 48 * 64, density: 1 }), 1);
  for (const lane of [createPlainLane(), aWasmLane()]) {
    t.throws(() => processed(lane, payload, shape), /no decoded frame of the kind/);
    lane.configure(aSetup(aShape({ type: "uint8", height: 64, width: 48 })));
    t.throws(() => processed(lane, payload, shape), /no decoded frame of the kind/);
    lane.configure(aSetup(shape));
    for (const each of [payload, thick]) {
      lane.decode(payload, shape);
      t.equal(processed(lane, each, shape)[0], 0);
      t.throws(() => lane.pixels(), /no decoded frame/);
      t.throws(() => lane.accumulate(), /no decoded frame/);
    }
    t.equal(lane.summary().frames, 2);
  }
});

t.test("frames that are staged in one piece, damaged and dense ones among them, are what each is by itself", async (t) => {
  for (const o of [
    { type: "uint8" as const },
    { type: "uint16" as const },
    { type: "uint16" as const, encoding: "none" as const, element: 0 },
  ]) {
    const shape = aShape(o);
    const payloads = Array.from({ length: 9 }, (_, i) => packed(aSparseFrame(shape.type, 48 * 64, i === 4 ? 3 : 0.02, 1, i), shape));
    payloads[2] = (payloads[2] as Uint8Array).slice(0, 30);
    payloads[6] = new Uint8Array(7 * 48 * 64 * 4);
    const gap = 5;
    const memory = new Uint8Array(new SharedArrayBuffer(payloads.reduce((n, p) => n + p.length + gap, 3)));
    const from: number[] = [];
    let end = 3;
    for (const p of payloads) {
      memory.set(p, end);
      from.push(end - 3);
      end += p.length + gap;
    }
    const [alone, plain, fast] = [aWasmLane(), createPlainLane(), aWasmLane()];
    for (const lane of [alone, plain, fast]) lane.configure(aSetup(shape));
    plain.stage(memory.subarray(3), 6);
    t.ok(fast.stage(memory.subarray(3), 6));
    const centre = Float64Array.of(0, 0, 20, 30);
    payloads.forEach((payload, i) => {
      const expected = processed(alone, payload, shape);
      for (const lane of [plain, fast]) {
        const out = new Float64Array(MEASURES.length);
        const code = lane.processAt(from[i] as number, payload.length, shape, true, out, 0, centre, 2, -1);
        if (code !== expected[0] || (code === 0 && !same(out, expected.slice(1)))) t.fail(`frame ${i}: ${code}`);
      }
    });
    for (const lane of [plain, fast]) t.ok(sameSummary(lane.summary(), alone.summary()));
    const beyond = (lane: PixelLane): number =>
      lane.processAt(0, memory.length + 1, shape, false, new Float64Array(MEASURES.length), 0, centre, 0, -1);
    t.throws(() => beyond(plain), RangeError);
    t.throws(() => beyond(fast), RangeError);
    fast.decode(payloads[0] as Uint8Array, shape);
    t.throws(() => fast.processAt(0, 10, shape, false, new Float64Array(MEASURES.length), 0, centre, 0, -1), RangeError, "it is gone");
  }
});
