import fc from "fast-check";
import t from "tap";
import { plainProducts, wasmProducts } from "../../src/kernels/products.js";
import { aRandom } from "../fixtures/frames.js";
import { aKernelMemory, apart } from "../fixtures/kernel-memory.js";

const COLUMNS = 48;
const NEAR = 1e-5;
const some = (length: number, random: () => number): Float32Array => Float32Array.from({ length }, () => random() - 0.3);

t.test("rows are combined as by the plain kernel, whichever way the matrix lies", async (t) => {
  const sizes = fc.record({ rows: fc.integer({ min: 1, max: 20 }), count: fc.nat(30), seed: fc.integer(), turned: fc.boolean() });
  fc.assert(
    fc.property(sizes, ({ rows, count, seed, turned }) => {
      const random = aRandom(seed);
      const memory = aKernelMemory(2 ** 20);
      const products = wasmProducts(memory.run);
      const inKernels = (a: Float32Array): Float32Array => memory.floats(memory.put(a), a.length);
      const [down, along] = turned ? [1, rows + 3] : [count + 5, 1];
      const [a, q] = [some((rows + 3) * (count + 5), random), some(count * COLUMNS, random)];
      const [plain, wasm] = [new Float32Array(rows * COLUMNS), inKernels(new Float32Array((rows + 1) * COLUMNS).fill(7))];
      plainProducts.combineRows(a, down, along, rows, count, q, plain);
      products.combineRows(inKernels(a), down, along, rows, count, inKernels(q), wasm);
      t.ok(apart(plain, wasm.subarray(0, plain.length)) < NEAR);
      t.ok(wasm.subarray(plain.length).every((v) => v === 7));
    }),
    { numRuns: 60 },
  );
});

t.test("products of frames are those of the plain kernel, of some and of all", async (t) => {
  const sizes = fc.record({ count: fc.integer({ min: 1, max: 12 }), blocks: fc.integer({ min: 1, max: 150 }), seed: fc.integer() });
  fc.assert(
    fc.property(sizes, fc.constantFrom(0, 0.3, 1), ({ count, blocks, seed }, share) => {
      const random = aRandom(seed);
      const memory = aKernelMemory(2 ** 20);
      const products = wasmProducts(memory.run);
      const [bins, pitch, gramPitch] = [4 * blocks, 4 * blocks + 16, count + 5];
      const frames = some(pitch * (count + 3), random);
      const changed = Uint32Array.from({ length: count }, (_, i) => i).filter(() => random() < share);
      const before = Float32Array.from({ length: count * gramPitch }, (_, at) => (Math.floor(at / gramPitch) + 1) * ((at % gramPitch) + 1));
      const plain = before.slice();
      plainProducts.gramFrames(frames, pitch, bins, count, changed, plain, gramPitch);
      const inKernels = memory.floats(memory.put(before), before.length);
      const list = memory.put(changed);
      const placed = memory.floats(memory.put(frames), frames.length);
      products.gramFrames(placed, pitch, bins, count, memory.words(list, changed.length), inKernels, gramPitch);
      const square = (m: Float32Array): number[] => [...m].filter((_, at) => at % gramPitch < count);
      t.ok(apart(square(plain), square(inKernels)) < NEAR);
    }),
    { numRuns: 80 },
  );
});
