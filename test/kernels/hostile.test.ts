import { isDeepStrictEqual } from "node:util";
import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import t from "tap";
import type { Encoding, FrameShape, PixelType } from "../../src/core/frame.js";
import { BYTES_PER_PIXEL, frameBytes, PIXEL_TYPES } from "../../src/core/frame.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { ABOUT } from "../../src/kernels/lane-layout.js";
import { MEASURES } from "../../src/kernels/pixel-lane.js";
import { createPlainLane } from "../../src/kernels/plain-lane.js";
import { fillTable, polarGrid } from "../../src/kernels/polar-bins.js";
import { aFrame, aRandom, packed } from "../fixtures/frames.js";
import { aWasmLane, theKernels } from "../fixtures/lanes.js";

const PACKED: readonly Encoding[] = ["lz4-block", "lz4-hdf5", "bslz4"];

/** A payload, damaged: cut, overwritten with other bytes, bits turned, or pieces moved. */
function damaged(good: Uint8Array, seed: number): Uint8Array {
  const random = aRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  let bytes = good.slice();
  const blows = 1 + below(3);
  for (let i = 0; i < blows && bytes.length > 0; i++) {
    const at = below(bytes.length);
    switch (below(6)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        bytes[at] = below(256);
        break;
      case 3:
        bytes[at] = [0, 255, 15, 240][below(4)] ?? 0;
        break;
      case 4:
        for (let j = at; j < Math.min(bytes.length, at + 40); j++) bytes[j] = below(256);
        break;
      default:
        bytes.copyWithin(at, below(bytes.length));
    }
  }
  return bytes;
}

/** A damaged payload and what it claims to be. */
const aDamagedFrame = fc
  .record({
    type: fc.constantFrom<PixelType>(...PIXEL_TYPES),
    encoding: fc.constantFrom<Encoding>(...PACKED),
    height: fc.integer({ min: 1, max: 40 }),
    width: fc.integer({ min: 1, max: 40 }),
    units: fc.integer({ min: 1, max: 200 }),
    density: fc.constantFrom(0, 0.02, 0.3, 1),
    seed: fc.integer(),
    noise: fc.constantFrom(false, false, false, true),
  })
  .map(({ type, encoding, height, width, units, density, seed, noise }) => {
    const element = encoding === "bslz4" ? BYTES_PER_PIXEL[type] : 0;
    const shape: FrameShape = { height, width, type, encoding, element, bigEndian: false };
    const good = noise
      ? aFrame({ type: "uint8", count: 3 * units, density: 1, seed })
      : packed(aFrame({ type, count: height * width, density, seed }), shape, units * 8 * BYTES_PER_PIXEL[type]);
    return { shape, payload: damaged(good as Uint8Array, seed) };
  });

t.test("damaged payloads: both decoders say the same, and make the same pixels", async (t) => {
  const [plain, wasm] = [createPlainLane(), aWasmLane()];
  const codes = new Map<number, number>();
  fc.assert(
    fc.property(aDamagedFrame, ({ shape, payload }) => {
      const code = wasm.decode(payload, shape);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (plain.decode(payload, shape) !== code) return false;
      return code !== 0 || Buffer.from(wasm.pixels().slice().buffer).equals(Buffer.from(plain.pixels().slice().buffer));
    }),
    { numRuns: 4000 },
  );
  t.ok(codes.has(0), "some still decode");
  for (const code of [-1, -2, -3, -4]) t.ok(codes.has(code), `some answer ${code}`);
});

t.test("damaged payloads: nothing is written but the frame, the scratch and their padding", async () => {
  const kernels = instantiateKernels(theKernels);
  const GUARD = 512;
  const PAD = 64;
  fc.assert(
    fc.property(aDamagedFrame, ({ shape, payload }) => {
      const bytes = frameBytes(shape);
      const start = Math.ceil(kernels.run.base() / 16) * 16;
      const packedAt = start + GUARD;
      const frame = packedAt + payload.length + PAD + GUARD;
      const scratch = frame + bytes + PAD + GUARD;
      const end = scratch + bytes + PAD + GUARD;
      if (!kernels.reserve(end)) return false;
      const memory = kernels.bytes();
      memory.fill(0xa5, start, end);
      memory.set(payload, packedAt);
      if (shape.encoding === "lz4-block") kernels.run.decodeLz4(packedAt, packedAt + payload.length, frame, bytes);
      else if (shape.encoding === "lz4-hdf5") kernels.run.decodeLz4Hdf5(packedAt, payload.length, frame, bytes);
      else kernels.run.decodeBslz4(packedAt, payload.length, frame, bytes, scratch, shape.element);
      const untouched = (from: number, to: number): boolean => memory.subarray(from, to).every((b) => b === 0xa5);
      return (
        untouched(start, packedAt) &&
        Buffer.from(memory.subarray(packedAt, packedAt + payload.length)).equals(Buffer.from(payload)) &&
        untouched(packedAt + payload.length, frame) &&
        untouched(frame + bytes + PAD, scratch) &&
        untouched(scratch + bytes + PAD, end)
      );
    }),
    { numRuns: 3000 },
  );
});

const BINS = { rings: 5, sectors: 7, inner: 2, outer: 25, ratio: 1, angle: 0, batch: 1 };

/** A damaged payload small enough to be taken for sparse, and what it claims to be. */
const aDamagedSparseFrame = fc
  .record({
    type: fc.constantFrom<PixelType>("uint8", "uint16", "uint32"),
    height: fc.integer({ min: 20, max: 70 }),
    width: fc.integer({ min: 20, max: 90 }),
    units: fc.integer({ min: 8, max: 600 }),
    density: fc.constantFrom(0, 0.003, 0.02),
    seed: fc.integer(),
  })
  .map(({ type, height, width, units, density, seed }) => {
    const element = BYTES_PER_PIXEL[type];
    const shape: FrameShape = { height, width, type, encoding: "bslz4", element, bigEndian: false };
    return { shape, payload: damaged(packed(aFrame({ type, count: height * width, density, seed }), shape, units * 8 * element), seed) };
  });

t.test("damaged sparse payloads: one call answers as three do, and sums up nothing that it refuses", async (t) => {
  const codes = new Map<number, number>();
  fc.assert(
    fc.property(aDamagedSparseFrame, ({ shape, payload }) => {
      const [plain, wasm] = [createPlainLane(), aWasmLane()];
      const [a, b] = [plain, wasm].map((lane) => {
        lane.configure({ ...shape, mask: null, low: 0, high: 2 ** 16 });
        const out = new Float64Array(MEASURES.length);
        lane.setPolar(BINS);
        lane.polarBatch().fill(7);
        const code = lane.process(payload, shape, true, out, 0, 10, 11, 5, 0);
        return { code, out: [...out], polar: [...lane.polarBatch()], ...lane.summary() };
      });
      codes.set(a?.code as number, (codes.get(a?.code as number) ?? 0) + 1);
      return isDeepStrictEqual(a, b) && a?.frames === (a?.code === 0 ? 1 : 0);
    }),
    { numRuns: 1500 },
  );
  t.ok(codes.has(0), "some still decode");
  for (const code of [-1, -2, -3]) t.ok(codes.has(code), `some answer ${code}`);
});

t.test("damaged sparse payloads: nothing is written but the kernel's own buffers and their padding", async () => {
  const kernels = instantiateKernels(theKernels);
  const GUARD = 256;
  fc.assert(
    fc.property(aDamagedSparseFrame, ({ shape, payload }) => {
      const { height, width, element } = shape;
      const count = height * width;
      const bits = 16 * Math.ceil(count / 128);
      const most = Math.ceil(count / 8);
      let end = Math.ceil(kernels.run.base() / 16) * 16;
      const free: [number, number][] = [];
      const take = (bytes: number): number => {
        free.push([end, end + GUARD]);
        const at = end + GUARD;
        end = at + Math.ceil((bytes + 64) / 16) * 16;
        return at;
      };
      const [sum, squares, max, missed] = [take(8 * count), take(8 * count), take(element * count), take(4 * count)];
      const [quickSum, quickSquares, tally] = [take(4 * count), take(8 * count), take(32 * bits)];
      const [planes, ones, admitted] = [take(8 * element * (bits + 16)), take(bits + 128), take(bits)];
      const [events, answers, at, scratch] = [take(16 * (most + 128)), take(8 * ABOUT.count), take(payload.length), take(element * count)];
      const grid = polarGrid(BINS);
      const [wide, batch, bytes] = [take(16 * (grid.bins + 5)), take(4 * grid.bins), take(grid.bins)];
      const table = take(2 * grid.entries);
      take(0);
      if (!kernels.reserve(end)) return false;
      const memory = kernels.bytes();
      memory.fill(0xa5, free[0]?.[0], end);
      memory.fill(0, sum, planes);
      for (const [from, to] of free) memory.fill(0xa5, from, to);
      memory.fill(255, admitted, admitted + bits);
      memory.set(payload, at);
      const { run } = kernels;
      run.setSummary(sum, squares, quickSum, quickSquares, max, missed, tally);
      run.setPlanes(count, planes, ones, admitted, events, most);
      run.setUp(PIXEL_TYPES.indexOf(shape.type), height, width, 0, 2 ** 16, 0, 0);
      run.begin();
      run.setPolar(grid.bins, grid.reach, wide);
      fillTable(BINS, grid, 0, new Uint16Array(memory.buffer, table, grid.entries));
      new Float64Array(memory.buffer, answers, ABOUT.count).set([10, 11, 25, 30, 50], ABOUT.row);
      const code = run.processSparse(at, payload.length, scratch, 1, answers);
      new Float64Array(memory.buffer, answers, 1)[0] = height * width * (payload.length % 2);
      if (code === 0) run.polarPlanes(table, 10, 11, answers, batch, bytes);
      run.settle();
      return free.every(([from, to]) => memory.subarray(from, to).every((b) => b === 0xa5));
    }),
    { numRuns: 1500 },
  );
});

t.test("a small message cannot claim much memory", async (t) => {
  const header = new Uint8Array(16);
  new DataView(header.buffer).setUint32(4, 2 ** 30);
  new DataView(header.buffer).setUint32(8, 8192);
  const shape: FrameShape = { height: 16384, width: 16384, type: "float32", encoding: "bslz4", element: 4, bigEndian: false };
  for (const lane of [createPlainLane(), aWasmLane()]) {
    t.equal(lane.decode(header, shape), -5);
    lane.configure({ ...shape, mask: null, low: 0, high: 1 });
    t.equal(lane.decode(header, shape), -5);
    t.same(lane.summary().sum.length, 0, "no summary either");
    t.throws(() => lane.accumulate(), /no decoded frame/);
    t.equal(lane.decode(new Uint8Array(4), { ...shape, height: 1, width: 1, encoding: "none" }), 0, "small frames still pass");
  }
});

t.test("a frame of another size where the set-up has no memory", async (t) => {
  const shape: FrameShape = { height: 16384, width: 16384, type: "float32", encoding: "none", element: 0, bigEndian: false };
  const lane = aWasmLane();
  lane.configure({ ...shape, mask: null, low: 0, high: 1 });
  t.equal(lane.stage(new Uint8Array(4), 1), false);
  t.equal(lane.process(new Uint8Array(4), { ...shape, height: 1, width: 1 }, false, new Float64Array(10), 0, 0, 0, 1, -1), -5);
});

t.test("no more memory: frames are refused, nothing is thrown", async (t) => {
  const shape: FrameShape = { height: 1000, width: 1000, type: "uint16", encoding: "none", element: 0, bigEndian: false };
  const setup = { height: 1000, width: 1000, type: "uint16" as const, mask: null, low: 0, high: 10 };
  setFlagsFromString("--wasm-max-mem-pages=80");
  t.teardown(() => setFlagsFromString("--wasm-max-mem-pages=65536"));
  t.equal(instantiateKernels(theKernels).reserve(2 ** 23), false);
  const lane = aWasmLane();
  t.equal(lane.decode(new Uint8Array(2_000_000), shape), -5, "frame");
  lane.configure(setup);
  t.equal(lane.decode(new Uint8Array(2_000_000), shape), -5, "set-up");
  t.equal(lane.process(new Uint8Array(2_000_000), shape, true, new Float64Array(10), 0, 0, 0, 1, -1), -5, "all in one");
  t.equal(lane.decode(new Uint8Array(200), { ...shape, height: 10, width: 10 }), 0, "a small one");
  lane.setPolar({ ...BINS, outer: 300 });
  t.equal(lane.process(new Uint8Array(2_000_000), shape, true, new Float64Array(10), 0, 0, 0, 1, 0), -5, "no memory for the bins");
  t.same([lane.polarBatch(), lane.polarPixels(1, 1)], [new Float32Array(35), new Float32Array(35)]);
  t.equal(lane.polarBytes(1), null);
  t.equal(lane.decode(new Uint8Array(200), { ...shape, height: 10, width: 10 }), 0, "a small one");
  t.throws(() => lane.accumulate(), /no decoded frame of the kind/);
});
