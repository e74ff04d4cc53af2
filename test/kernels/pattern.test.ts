import fc from "fast-check";
import t from "tap";
import { blurPlane, gaussianTaps } from "../../src/kernels/blur-plane.js";
import { fillMasked, listMasked } from "../../src/kernels/fill-masked.js";
import { listCounts } from "../../src/kernels/list-counts.js";
import { columnOf, MIX_COLUMNS, MIX_STRIDE, type MixTable, mixPlanes, rowOf } from "../../src/kernels/mix-planes.js";
import { spreadEntries } from "../../src/kernels/spread-entries.js";
import { aCount, aRandom } from "../fixtures/frames.js";
import { aPatternMemory, near, type PatternMemory } from "../fixtures/pattern-memory.js";

const aSide = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 70 }), fc.constantFrom(16, 32, 48));
const aPlane = (pixels: number, random: () => number): Float32Array => Float32Array.from({ length: pixels }, () => 5 * random());
const SIGMAS = [0.5, 0.8, Math.sqrt(1.2 ** 2 - 0.8 ** 2), 1.6, 2.498, 3.5];

/** Shares of frames as the kernels have them: two addresses, room for two more, and four weights. */
function shareRows(
  memory: PatternMemory,
  frames: readonly Uint32Array[],
  weights: readonly (readonly number[])[],
): [from: number, to: number] {
  const rows = new Uint32Array(8 * frames.length);
  for (const [j, entries] of frames.entries()) {
    const at = memory.words(entries);
    rows.set([at, at + entries.byteLength], 8 * j);
    rows.set(new Uint32Array(Float32Array.from(weights[j] as number[]).buffer), 8 * j + 4);
  }
  const from = memory.words(rows);
  return [from, from + rows.byteLength];
}

/** Frame after frame in float32, as it has to be to the bit. */
function sumInTurn(frames: readonly Uint32Array[], weights: readonly (readonly number[])[], n: number, pixels: number): Float32Array {
  const sums = new Float32Array(pixels);
  for (const [j, entries] of frames.entries()) {
    const weight = Math.fround(weights[j]?.[n] as number);
    for (const e of entries) (sums[e & 0x1ffffff] as number) += Math.fround(weight * (e >>> 25));
  }
  return sums;
}

const LANES = [0, 1, 2, 3] as const;
/** Of frames in one, two, three windows, of the own frame, of one that has no part. */
const PARTS = [
  [0, 0, 0, 1],
  [0, 0, 1, 1],
  [0, 1, 1, 1],
  [1, 1, 1, 1],
  [0, 0, 0, 0],
  [1, 0, 0, 0],
];

function listsOf(count: number, pixels: number, dose: number, random: () => number): Uint32Array[] {
  const room = new Uint32Array(4 * pixels);
  return Array.from({ length: count }, () => {
    const used = Uint8Array.from({ length: pixels }, () => (random() < 0.9 ? 1 : 0));
    const counts = Uint32Array.from({ length: pixels }, () => aCount(dose, random));
    return room.slice(0, listCounts(counts, used, 1000, room));
  });
}

const weightsOf = (count: number, random: () => number): number[][] =>
  Array.from({ length: count }, () => (PARTS[Math.floor(PARTS.length * random())] as number[]).map((part) => part * random()));

/** Four planes at once, and each alone. */
function sumsOfShares(frames: readonly Uint32Array[], weights: readonly (readonly number[])[], pixels: number) {
  const memory = aPatternMemory();
  const { run } = memory;
  const sums = memory.floats(new Float32Array(4 * pixels));
  const marks = new Float32Array(pixels).fill(7);
  const [planes, alone] = [LANES.map(() => memory.floats(marks)), LANES.map(() => memory.floats(marks))];
  const [from, to] = shareRows(memory, frames, weights);
  run.spreadShares(from, to, pixels, sums);
  run.partSums(sums, pixels, ...(planes as [number, number, number, number]));
  for (const n of LANES) run.sumShares(from, to, n, pixels, alone[n] as number);
  return {
    planes: planes.map((at) => memory.readFloats(at, pixels)),
    alone: alone.map((at) => memory.readFloats(at, pixels)),
    clean: memory.whole() && memory.readFloats(sums, 4 * pixels).every((v) => v === 0),
  };
}

t.test("frames are summed up one after the other, to the bit, also where that is done in passes", async () => {
  const aSize = fc.oneof({ weight: 8, arbitrary: fc.tuple(aSide, aSide) }, fc.constantFrom<[number, number][]>([80, 83], [131, 160]));
  fc.assert(
    fc.property(
      aSize,
      fc.constantFrom(0, 0.03, 1, 150),
      fc.integer({ min: 1, max: 7 }),
      fc.integer(),
      ([height, width], dose, count, seed) => {
        const random = aRandom(seed);
        const pixels = height * width;
        const frames = listsOf(count, pixels, dose, random);
        const weights = weightsOf(count, random);
        const { planes, alone, clean } = sumsOfShares(frames, weights, pixels);
        const same = (found: Float32Array | undefined, n: number): boolean => {
          const expected = sumInTurn(frames, weights, n, pixels);
          return found?.every((v, p) => v === expected[p]) === true;
        };
        const plain = new Float32Array(pixels);
        for (const [j, list] of frames.entries()) spreadEntries(list, 0, list.length, weights[j]?.[3] as number, plain);
        return clean && LANES.every((n) => same(planes[n], n) && same(alone[n], n)) && near(plain, alone[3] as Float32Array, 0);
      },
    ),
    { numRuns: 150 },
  );
});

t.test("entries in any order are summed up", async (t) => {
  const random = aRandom(3);
  const pixels = 131 * 160;
  const twice = listsOf(3, pixels, 1, random).map((list) => Uint32Array.of(...list.subarray(9), ...list, 0x82000000 + pixels - 1));
  const weights = weightsOf(3, random);
  const { planes, alone } = sumsOfShares(twice, weights, pixels);
  for (const n of LANES) {
    const expected = sumInTurn(twice, weights, n, pixels);
    t.ok(near(planes[n] as Float32Array, expected, 0) && near(alone[n] as Float32Array, expected, 0), `weight ${n}`);
  }
});

t.test("masked pixels get the mean of the valid ones around them", async (t) => {
  fc.assert(
    fc.property(aSide, aSide, fc.constantFrom(0, 0.1, 0.7, 1), fc.integer(), (height, width, masked, seed) => {
      const random = aRandom(seed);
      const used = Uint8Array.from({ length: height * width }, () => (random() < masked ? 0 : 1));
      const plane = aPlane(used.length, random);
      const list = listMasked(used, height, width);
      const memory = aPatternMemory();
      const at = memory.floats(plane);
      const listAt = memory.words(list);
      memory.run.fillMasked(at, listAt, listAt + 4 * list.length);
      fillMasked(plane, list);
      return near(memory.readFloats(at, plane.length), plane, 0) && memory.whole();
    }),
    { numRuns: 100 },
  );
  const corner = Float32Array.of(9, 1, 2, 4, 3, 5);
  fillMasked(corner, listMasked(Uint8Array.of(0, 1, 1, 1, 1, 0), 2, 3));
  t.same(
    [...corner].map((v) => Math.round(1000 * v)),
    [2667, 1000, 2000, 4000, 3000, 2000],
  );
  const none = Float32Array.of(7, 7);
  fillMasked(none, listMasked(new Uint8Array(2), 1, 2));
  t.same([...none], [0, 0]);
});

t.test("planes are blurred as by the plain kernel, also those smaller than the blur", async () => {
  fc.assert(
    fc.property(aSide, aSide, fc.constantFrom(...SIGMAS), fc.integer(), (height, width, sigma, seed) => {
      const pixels = height * width;
      const plane = aPlane(pixels, aRandom(seed));
      const taps = gaussianTaps(sigma);
      const reach = taps.length - 1;
      const memory = aPatternMemory();
      const [from, to, tapsAt] = [memory.floats(plane), memory.floats(plane), memory.floats(taps)];
      const room = memory.floats(new Float32Array(2 * (width + 2 * reach + 8)));
      memory.run.blurPlane(from, height, width, tapsAt, reach, room, to);
      const out = new Float32Array(pixels);
      blurPlane(plane, height, width, taps, new Float32Array(pixels), out);
      return near(memory.readFloats(to, pixels), out, 0) && near(memory.readFloats(from, pixels), plane, 0) && memory.whole();
    }),
    { numRuns: 300 },
  );
});

t.test("the guide without the own frame", async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.95, noNaN: true }), fc.integer(), (pixels, own, seed) => {
      const random = aRandom(seed);
      const [plane, blurred] = [aPlane(pixels, random), aPlane(pixels, random)];
      const memory = aPatternMemory();
      const [at, blurredAt, to] = [memory.floats(plane), memory.floats(blurred), memory.floats(plane)];
      memory.run.blindGuide(at, blurredAt, own, pixels, to);
      const expected = plane.map((v, p) => Math.max(0, (v - own * (blurred[p] as number)) / (1 - own)));
      return near(memory.readFloats(to, pixels), expected, 5 / (1 - own)) && memory.whole();
    }),
    { numRuns: 150 },
  );
});

t.test("planes are mixed as by the plain kernel", async () => {
  const rates = [0, 1e-45, 1e-38, 1e-30, 0.04, 1, 2.5, 300, 1e30, 3e38, Number.POSITIVE_INFINITY, Number.NaN, -1, -3e38, -0];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 1200 }),
      fc.constantFrom(0.003, 1, 47),
      fc.constantFrom(1, MIX_COLUMNS),
      fc.integer(),
      (members, pixels, mean, columns, seed) => {
        const random = aRandom(seed);
        const planes = Array.from({ length: members }, () => aPlane(pixels, random));
        const guide = Float32Array.from({ length: pixels }, (_, p) => rates[p % 64] ?? mean * 2 ** (14 * random() - 7));
        const around = guide.map((r, p) => rates[(p + 7) % 50] ?? r * 2 ** (3 * random() - 1.5));
        const weights = Float32Array.from({ length: 161 * columns * MIX_STRIDE }, (_, i) =>
          i % MIX_STRIDE < members ? random() - 0.2 : 0,
        );
        const table: MixTable = {
          weights,
          columns,
          first: new Int32Array(Float32Array.of(mean / 32).buffer)[0] as number,
          dark: Math.fround(mean / 50),
        };
        const floor = members - 1;
        const memory = aPatternMemory();
        const pitch = 4 * pixels + 64;
        const at = planes.map((plane) => memory.floats(plane));
        const [guideAt, aroundAt, weightsAt, out] = [guide, around, weights, guide].map((v) => memory.floats(v)) as [
          number,
          number,
          number,
          number,
        ];
        const floorAt = at[floor] as number;
        const of = [members, guideAt, columns === 1 ? 0 : aroundAt, weightsAt, 160, table.first, table.dark] as const;
        memory.run.mixPlanes(at[0] as number, pitch, ...of, floorAt, 0.2, pixels, out);
        const estimate = new Float32Array(pixels);
        mixPlanes(planes, guide, around, table, floor, 0.2, estimate);
        return near(memory.readFloats(out, pixels), estimate, 5) && memory.whole();
      },
    ),
    { numRuns: 300 },
  );
});

t.test("rows of the mixing table", async (t) => {
  const first = new Int32Array(Float32Array.of(0.25).buffer)[0] as number;
  const row = (rate: number): number => rowOf(new Int32Array(Float32Array.of(rate).buffer)[0] as number, first, 160);
  t.same([0, -1, 0.2, 0.25, 0.2656, 0.266, 0.5, 1, 256, 1e9, Number.POSITIVE_INFINITY].map(row), [0, 0, 0, 0, 0, 1, 16, 32, 160, 160, 160]);
  const columns = [0, 0.4, 0.5, 0.53, 0.9999, 1, 1.99, 2, 1e9, Number.NaN].map((rate) => columnOf(rate, 1, 0));
  t.same(columns, [0, 0, 0, 0, 15, 16, 31, 31, 31, 0]);
  t.equal(columnOf(1, 0, 1), 31);
});

t.test("counts are kept", async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.constantFrom(0, 0.2, 1), fc.integer(), (pixels, masked, seed) => {
      const random = aRandom(seed);
      const plane = aPlane(pixels, random);
      const used = Uint8Array.from(plane, () => (random() < masked ? 0 : 1 + 254 * random()));
      const memory = aPatternMemory();
      const [at, usedAt] = [memory.floats(plane), memory.bytes(used)];
      const sum = plane.reduce((a, v, p) => (used[p] === 0 ? a : a + v), 0);
      if (!near([memory.run.sumUsed(at, usedAt, pixels)], [sum], 0)) return false;
      memory.run.keepCounts(at, usedAt, pixels, 7);
      const expected = sum > 0 ? plane.map((v) => (7 * v) / sum) : plane;
      return near(memory.readFloats(at, pixels), expected, 0) && memory.whole();
    }),
    { numRuns: 150 },
  );
});
