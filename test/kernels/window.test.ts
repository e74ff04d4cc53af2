import fc from "fast-check";
import t from "tap";
import { binEntries } from "../../src/kernels/bin-entries.js";
import { frameDistances } from "../../src/kernels/frame-distances.js";
import { krigeWeights } from "../../src/kernels/krige-weights.js";
import { type ScoreTable, scoreEntries } from "../../src/kernels/score-entries.js";
import { binGains, fillScores, MOST_MEMBERS, WINDOW_FRAME } from "../../src/kernels/window-frame.js";
import { aRandom } from "../fixtures/frames.js";
import { aKernelMemory, apart, type KernelMemory } from "../fixtures/kernel-memory.js";

const PIXELS = 600;
const BINS = 40;
const NEAR = 1e-5;

/** A table of `components` for some pixels, of which some bins are partly masked. */
function aTable(components: number, random: () => number): ScoreTable {
  const bin = Uint16Array.from({ length: PIXELS }, () => Math.floor(random() * BINS));
  const gains = Float32Array.from({ length: BINS }, () => (random() < 0.8 ? 1 : 4 / 3));
  const gain = Float32Array.from(bin, (b) => gains[b] as number);
  const basis = Float32Array.from({ length: BINS * components }, () => random() - 0.5);
  const weight = Float32Array.from({ length: BINS }, () => 0.1 + random());
  const power = Float32Array.from({ length: BINS }, () => random());
  return { components, bin, gain, basis, power, weight };
}

const someEntries = (n: number, random: () => number): Uint32Array =>
  Uint32Array.from({ length: n }, () => ((1 + Math.floor(random() ** 8 * 127)) << 25) | Math.floor(random() * PIXELS));

/** Frames of both kinds: plain ones, and records one after the other in the memory of the kernels. */
function bothScored(memory: KernelMemory, table: ScoreTable, entries: readonly Uint32Array[]) {
  const gains = binGains(table.bin, table.gain, BINS);
  const [basis, noise] = [new Float32Array(BINS * WINDOW_FRAME.scores), new Float32Array(2 * BINS)];
  fillScores(table, gains, basis, noise);
  memory.run.setScores(memory.put(table.bin), memory.put(basis), memory.put(noise));
  const records = new Uint32Array(entries.length * WINDOW_FRAME.words);
  entries.forEach((e, i) => {
    const at = memory.put(e);
    records[i * WINDOW_FRAME.words + WINDOW_FRAME.from] = at;
    records[i * WINDOW_FRAME.words + WINDOW_FRAME.to] = at + e.byteLength;
  });
  const at = memory.put(records);
  memory.run.scoreFrames(at, entries.length);
  const frames = entries.map((e) => {
    const scores = new Float32Array(table.components);
    const found = { inScores: 0, inFrame: 0 };
    scoreEntries(e, 0, e.length, table, scores, 0, found);
    return { scores, power: scores.reduce((a, z) => a + z * z, 0) - found.inScores, noise: found.inFrame };
  });
  return { at, frames };
}

t.test("scores, power and noise are those of the plain kernel", async (t) => {
  for (const components of [1, 7, 48]) {
    const random = aRandom(components);
    const memory = aKernelMemory(2 ** 20);
    const { at, frames } = bothScored(
      memory,
      aTable(components, random),
      [0, 1, 5, 400].map((n) => someEntries(n, random)),
    );
    frames.forEach(({ scores, power, noise }, i) => {
      const record = memory.floats(at + i * WINDOW_FRAME.bytes, WINDOW_FRAME.words);
      const square = Math.max(
        1,
        scores.reduce((a, z) => a + z * z, 0),
      );
      t.ok(apart(scores, record.subarray(0, components)) < NEAR, "scores");
      t.ok(record.subarray(components, WINDOW_FRAME.scores).every((z) => z === 0));
      t.ok(Math.abs(power - (record[WINDOW_FRAME.power] as number)) < NEAR * square, "power");
      t.ok(apart([noise], [record[WINDOW_FRAME.noise] as number]) < NEAR, "noise");
    });
  }
});

t.test("frames that are absent stay as they are", async (t) => {
  const memory = aKernelMemory(2 ** 20);
  const random = aRandom(1);
  const { at } = bothScored(memory, aTable(48, random), [someEntries(20, random)]);
  const record = memory.words(at, WINDOW_FRAME.words);
  record[WINDOW_FRAME.from] = 0;
  record.fill(5, 0, 50);
  memory.run.scoreFrames(at, 1);
  t.ok(record.subarray(0, 50).every((v) => v === 5));
});

t.test("distances and weights of windows are those of the plain kernels", async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 63 }), fc.integer(), fc.constantFrom(0.1, 0.2, 0.5, 1), (count, seed, kappa) => {
      const random = aRandom(seed);
      const memory = aKernelMemory(2 ** 20);
      const entries = Array.from({ length: count }, () => someEntries(random() < 0.05 ? 0 : 10 + Math.floor(random() * 80), random));
      const { at, frames } = bothScored(memory, aTable(48, random), entries);
      const members = memory.put(Uint32Array.from({ length: count }, (_, j) => at + j * WINDOW_FRAME.bytes));
      const weights = memory.put(new Float32Array(MOST_MEMBERS).fill(9));
      const effective = memory.run.weighWindow(members, count, kappa, weights);
      const rows = memory.floats(memory.run.frameDistances(members, count), MOST_MEMBERS * MOST_MEMBERS);
      const plain = new Float32Array(MOST_MEMBERS * MOST_MEMBERS);
      frameDistances(frames, plain, MOST_MEMBERS);
      const scale = Math.max(1, ...frames.map((f) => f.scores.reduce((a, z) => a + z * z, 0)));
      const off = (at: number): number => Math.abs((plain[at] as number) - (rows[at] as number)) / scale;
      const worst = Math.max(...plain.map((_, at) => (Math.max(at / MOST_MEMBERS, at % MOST_MEMBERS) < count ? off(at) : 0)));
      t.ok(worst < NEAR, "distances");
      const expected = new Float32Array(MOST_MEMBERS);
      const noise = Float32Array.from(frames, (f) => f.noise);
      krigeWeights(count, rows.slice(), MOST_MEMBERS, noise, kappa, expected, new Float32Array(MOST_MEMBERS));
      const found = memory.floats(weights, MOST_MEMBERS);
      t.ok(apart(expected.subarray(0, count), found.subarray(0, count)) < NEAR, "weights");
      t.ok(found.subarray(count, (count + 15) & ~15).every((w) => w === 0));
      const squares = expected.reduce((a, w) => a + w * w, 0);
      t.ok(Math.abs(effective * squares - 1) < NEAR, "effective number");
    }),
    { numRuns: 60 },
  );
});

t.test("frames without counts share their weight", async (t) => {
  const memory = aKernelMemory(2 ** 20);
  const { at } = bothScored(
    memory,
    aTable(48, aRandom(3)),
    Array.from({ length: 5 }, () => new Uint32Array(0)),
  );
  const members = memory.put(Uint32Array.from({ length: 5 }, (_, j) => at + j * WINDOW_FRAME.bytes));
  const weights = memory.put(new Float32Array(MOST_MEMBERS));
  t.ok(Math.abs(memory.run.weighWindow(members, 5, 0.1, weights) - 5) < 5 * NEAR);
  t.ok(apart(new Float32Array(5).fill(0.2), memory.floats(weights, 5)) < NEAR);
  const plain = new Float32Array(5);
  krigeWeights(5, new Float32Array(25), 5, new Float32Array(5), 0.1, plain, new Float32Array(5));
  t.ok(apart(new Float32Array(5).fill(0.2), plain) < NEAR);
});

t.test("sums by bin are those of the plain kernel", async (t) => {
  const random = aRandom(5);
  const memory = aKernelMemory(2 ** 20);
  const table = aTable(48, random);
  const entries = [0, 3, 101, 44].map((n) => someEntries(n, random));
  const { at } = bothScored(memory, table, entries);
  const weights = [0.5, 0.25, 0, 0.25];
  const [bin, window, single] = [table.bin, new Float32Array(BINS), new Float32Array(BINS)].map((a) => memory.put(a)) as [
    number,
    number,
    number,
  ];
  const members = memory.put(Uint32Array.from(weights, (_, j) => at + j * WINDOW_FRAME.bytes));
  const expected = new Float32Array(BINS);
  for (const [j, e] of entries.entries()) binEntries(e, 0, e.length, weights[j] as number, table.bin, expected);
  memory.run.binWindow(members, weights.length, memory.put(Float32Array.from(weights)), bin, window);
  t.ok(apart(expected, memory.floats(window, BINS)) < NEAR);
  const e = entries[2] as Uint32Array;
  const list = memory.put(e);
  memory.run.binEntries(list, list + e.byteLength, 1, bin, single);
  const plain = new Float32Array(BINS);
  binEntries(e, 0, e.length, 1, table.bin, plain);
  t.same([...memory.floats(single, BINS)], [...plain]);
  t.equal(
    memory.run.countEntries(list, list + e.byteLength),
    plain.reduce((a, v) => a + v, 0),
  );
});
