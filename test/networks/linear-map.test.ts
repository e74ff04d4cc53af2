import fc from "fast-check";
import t from "tap";
import { plainProduct } from "../../bench/plain-product.js";
import { BATCH_ROWS, fitsIntegers, type LinearMapShape, openLinearMap } from "../../src/networks/linear-map.js";
import { aRandom } from "../fixtures/frames.js";

const aShape = (o: Partial<LinearMapShape> = {}): LinearMapShape => ({
  features: 40,
  outputs: 3,
  rows: BATCH_ROWS,
  counts: "float32",
  ...o,
});

type Counts = Float32Array | Uint8Array;
const aCounts = ({ counts, rows, features }: LinearMapShape): Counts =>
  counts === "uint8" ? new Uint8Array(rows * features) : new Float32Array(rows * features);

/** Results of one batch, and the format they were computed in. */
async function applied(shape: LinearMapShape, weights: Float32Array, counts: Counts) {
  const map = await openLinearMap(shape, weights);
  const results = new Float32Array(shape.rows * shape.outputs);
  await map.apply(counts, results);
  await map.close();
  return { format: map.format, results };
}

/** Sums in float64: exact for integers. */
function exact({ rows, features, outputs }: LinearMapShape, weights: Float32Array, counts: Counts): Float64Array {
  const sums = new Float64Array(rows * outputs);
  plainProduct(counts, weights, features, outputs, sums);
  return sums;
}

const bits = (values: Float32Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");

t.test("float counts and weights: the sums, and new weights from the next batch on", async (t) => {
  const shape = aShape();
  const random = aRandom(3);
  const counts = Float32Array.from({ length: shape.rows * shape.features }, random);
  const weights = Float32Array.from({ length: shape.features * shape.outputs }, () => random() - 0.5);
  const map = await openLinearMap(shape, weights);
  t.equal(map.format, "f32");
  const results = new Float32Array(shape.rows * shape.outputs);
  const agrees = (w: Float32Array) => exact(shape, w, counts).every((sum, i) => Math.abs(sum - (results[i] as number)) < 1e-5);
  await map.apply(counts, results);
  t.ok(agrees(weights));
  const next = weights.map((w) => 2 * w - 0.1);
  const kept = next.slice();
  map.setWeights(next);
  next.fill(0);
  await map.apply(counts, results);
  t.ok(agrees(kept), "weights were copied");
  // Asked for before the change, computed after it.
  const before = map.apply(counts, results);
  map.setWeights(weights);
  await before;
  t.ok(agrees(kept));
  await map.close();
});

t.test("counts and results may lie in WebAssembly memory", async (t) => {
  const shape = aShape();
  const memory = new WebAssembly.Memory({ initial: 2 });
  const counts = new Float32Array(memory.buffer, 64, shape.rows * shape.features).fill(2);
  const results = new Float32Array(memory.buffer, 65536, shape.rows * shape.outputs);
  const map = await openLinearMap(shape, new Float32Array(shape.features * shape.outputs).fill(0.5));
  await map.apply(counts, results);
  t.ok(results.every((v) => v === shape.features));
  // Grown meanwhile, the views are empty: a fault, no crash.
  const late = map.apply(counts, results);
  memory.grow(1);
  await t.rejects(late, { code: "bad-network" });
  await t.rejects(map.apply(counts, results), { code: "bad-network", at: "counts" });
  await map.close();
});

t.test("bytes times small whole weights: integers and floats give the same bits, which are exact", async (t) => {
  const formats = { u8s8: 0, f32: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.record({ features: fc.integer({ min: 1, max: 300 }), outputs: fc.integer({ min: 1, max: 40 }), rows: fc.constantFrom(16, 64) }),
      fc.oneof(
        fc.constant(() => 255),
        fc.constant((r: number) => Math.floor(256 * r)),
        fc.constant((r: number) => Math.floor(4 * r * r)),
      ),
      fc.oneof(
        ...[(r: number) => Math.round(128 * r) - 64, (r: number) => (r < 0.5 ? -64 : 64), (r: number) => (r < 0.5 ? -0 : 1)].map((f) =>
          fc.constant(f),
        ),
        fc.constant((r: number) => Math.round(300 * r) - 150),
      ),
      fc.nat(),
      async (size, countOf, weightOf, seed) => {
        const random = aRandom(seed + 1);
        const bytes = aShape({ ...size, counts: "uint8" });
        const weights = Float32Array.from({ length: size.features * size.outputs }, () => weightOf(random()));
        const counts = Uint8Array.from({ length: size.rows * size.features }, () => countOf(random()));
        const integers = await applied(bytes, weights, counts);
        const floats = await applied(aShape(size), weights, Float32Array.from(counts));
        formats[integers.format]++;
        t.equal(floats.format, "f32");
        return bits(integers.results) === bits(floats.results) && exact(bytes, weights, counts).every((v, i) => v === integers.results[i]);
      },
    ),
    { numRuns: 60 },
  );
  t.ok(formats.u8s8 > 0 && formats.f32 > 0, JSON.stringify(formats));
});

t.test("bytes times weights that are not whole: floats, the same as for float counts", async (t) => {
  const shape = aShape({ counts: "uint8", features: 500 });
  const random = aRandom(8);
  const weights = Float32Array.from({ length: 1500 }, () => random() - 0.5);
  const counts = Uint8Array.from({ length: shape.rows * 500 }, () => 256 * random());
  const { format, results } = await applied(shape, weights, counts);
  t.equal(format, "f32");
  t.equal(bits(results), bits((await applied({ ...shape, counts: "float32" }, weights, Float32Array.from(counts))).results));
});

t.test("integers only where every CPU computes them exactly", async (t) => {
  const filled = (length: number, weight: number) => new Float32Array(length).fill(weight);
  t.ok(fitsIntegers(filled(30, -64), 3));
  for (const weight of [65, -65, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const weights = filled(30, 1);
    weights[17] = weight;
    t.notOk(fitsIntegers(weights, 3), String(weight));
  }
  // One output of three may reach 2^24: 255 x 65793 = 2^24 - 1.
  const weights = filled(3 * 1029, 0);
  for (let i = 1; i < 3 * 1028; i += 3) weights[i] = -64;
  weights[3 * 1028 + 1] = 1;
  t.ok(fitsIntegers(weights, 3));
  weights[3 * 1028 + 1] = 2;
  t.notOk(fitsIntegers(weights, 3));
  const shape = aShape({ counts: "uint8", features: 1028, outputs: 1 });
  for (const weight of [64, -64]) {
    const { format, results } = await applied(shape, filled(1028, weight), new Uint8Array(64 * 1028).fill(255));
    t.equal(format, "u8s8");
    t.ok(results.every((v) => v === 255 * 1028 * weight));
  }
});

t.test("a row's result depends neither on its place nor on the other rows", async (t) => {
  const random = aRandom(5);
  for (const features of [100, 2048, 3072, 36864])
    for (const outputs of [1, 3, 16, 17, 64])
      for (const rows of [16, 48, 64]) {
        if (features > 4000 && rows === 48) continue;
        const shape = aShape({ features, outputs, rows });
        const weights = Float32Array.from({ length: features * outputs }, () => random() - 0.5);
        const row = Float32Array.from({ length: features }, () => 10 * random());
        const map = await openLinearMap(shape, weights);
        const [counts, results] = [aCounts(shape), new Float32Array(rows * outputs)];
        counts.set(row);
        await map.apply(counts, results);
        const alone = bits(results.subarray(0, outputs));
        // Random rows, an endless one and one without a number between those that must agree.
        for (let i = features; i < counts.length; i += 7) counts[i] = 100 * random();
        counts.fill(Number.NaN, features, 2 * features).fill(Number.POSITIVE_INFINITY, 5 * features, 6 * features);
        const places = [0, 2, 3, 7, 8, 11, rows - 3, rows - 2, rows - 1];
        for (const place of places) counts.set(row, place * features);
        await map.apply(counts, results);
        const same = places.filter((place) => bits(results.subarray(place * outputs, (place + 1) * outputs)) === alone);
        t.same(same, places, `${features} features, ${outputs} outputs, ${rows} rows`);
        for (let place = 0; place < rows; place++) counts.set(row, place * features);
        await map.apply(counts, results);
        t.equal(bits(results), alone.repeat(rows));
        await map.close();
      }
});

t.test("what does not fit is a fault", async (t) => {
  const weights = new Float32Array(120);
  for (const [at, o] of [
    ["features", { features: 0 }],
    ["outputs", { outputs: 1.5 }],
    ["rows", { rows: -16 }],
    ["rows", { rows: 40 }],
  ] as const)
    await t.rejects(openLinearMap(aShape(o), weights), { code: "bad-network", at });
  for (const counts of ["float32", "uint8"] as const)
    await t.rejects(openLinearMap(aShape({ counts }), new Float32Array(119)), { at: "weights", message: /\[40, 3\]: the array has 119/ });
  const map = await openLinearMap(aShape(), weights);
  const [counts, results] = [new Float32Array(64 * 40), new Float32Array(64 * 3)];
  t.throws(() => map.setWeights(new Float32Array(121)), { code: "bad-network", at: "weights" });
  await t.rejects(map.apply(counts.subarray(1), results), { code: "bad-network", at: "counts", message: /\[64, 40\]: the array has 2559/ });
  await t.rejects(map.apply(new Uint8Array(64 * 40), results), { code: "bad-network", at: "counts", message: /not Uint8Array/ });
  const shared = new Float32Array(new SharedArrayBuffer(4 * 64 * 40));
  await t.rejects(map.apply(shared, results), { code: "bad-network", at: "counts", message: /shared memory/ });
  await t.rejects(map.apply(counts, new Float32Array(3)), { code: "bad-network", at: "results" });
  await map.apply(counts, results);
  await map.close();
  await t.rejects(map.apply(counts, results), { code: "bad-network" });
});
