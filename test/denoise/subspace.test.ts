import t from "tap";
import { Basis } from "../../src/denoise/basis.js";
import { layOutBins } from "../../src/denoise/bins.js";
import { COMPONENTS, RESERVOIR } from "../../src/denoise/method.js";
import { Subspace } from "../../src/denoise/subspace.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { aRandom } from "../fixtures/frames.js";
import { apart } from "../fixtures/kernel-memory.js";
import { theKernels } from "../fixtures/lanes.js";

const BINS = 150;

/** Mixtures of a few patterns, and a little of each own. */
function someFrames(n: number, patterns: number, seed: number): Float32Array[] {
  const random = aRandom(seed);
  const shapes = Array.from({ length: patterns }, () => Float32Array.from({ length: BINS }, () => random() ** 3));
  return Array.from({ length: n }, () => {
    const shares = shapes.map(() => random());
    return Float32Array.from({ length: BINS }, (_, b) =>
      shapes.reduce((a, s, i) => a + (s[b] as number) * (shares[i] as number), 0.001 * random()),
    );
  });
}

const column = (rows: Float32Array, c: number): number[] => Array.from({ length: BINS }, (_, b) => rows[b * COMPONENTS + c] as number);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Share of the frames' squares that the columns do not hold. */
function missed(frames: readonly Float32Array[], rows: Float32Array, k: number): number {
  const columns = Array.from({ length: k }, (_, c) => column(rows, c));
  const held = frames.map((f) => columns.reduce((a, v) => a + dot(f, v) ** 2, 0) / dot(f, f));
  return 1 - held.reduce((a, v) => a + v, 0) / frames.length;
}

t.test("columns are orthonormal and hold nearly all of the frames, with and without kernels, cold and warm", async (t) => {
  for (const kernels of [null, instantiateKernels(theKernels)]) {
    const subspace = new Subspace(BINS, kernels);
    const root = new Float32Array(BINS).fill(1);
    const frames = someFrames(60, 5, 1);
    for (let round = 0; round < 4; round++) {
      const rows = subspace.fit(frames, root, 5);
      for (let a = 0; a < 5; a++)
        for (let b = 0; b <= a; b++) t.ok(Math.abs(dot(column(rows, a), column(rows, b)) - (a === b ? 1 : 0)) < 1e-3, `${a} ${b}`);
      t.ok(column(rows, 5).every((v) => v === 0));
      t.ok(missed(frames, rows, 5) < 1e-5, `round ${round}`);
      for (const [i, f] of someFrames(10, 5, 1).entries()) frames[6 * i + round] = f;
    }
  }
});

t.test("a warm fit is as good as a cold one; new weights and more frames are seen", async (t) => {
  const warm = new Subspace(BINS, instantiateKernels(theKernels));
  const root = new Float32Array(BINS).fill(1);
  const frames = someFrames(100, 12, 2);
  warm.fit(frames, root, 10);
  for (const [i, f] of someFrames(30, 12, 3).entries()) frames[3 * i] = f;
  const cold = new Subspace(BINS, null);
  const expected = missed(frames, cold.fit(frames, root, 10), 10);
  t.ok(missed(frames, warm.fit(frames, root, 10), 10) < 1.1 * expected);
  const heavy = Float32Array.from(root, (_, b) => 1 + (b % 3));
  const weighed = frames.map((f) => f.map((v, b) => v * (heavy[b] as number)));
  t.ok(missed(weighed, warm.fit(frames, heavy, 10), 10) < 1.1 * missed(weighed, cold.fit(weighed, root, 10), 10));
  frames.push(...someFrames(40, 12, 4));
  t.ok(missed(frames, warm.fit(frames, root, 10), 10) < 1.1 * missed(frames, cold.fit(frames, root, 10), 10));
});

t.test("with kernels and without, bases score the same", async (t) => {
  const used = Uint8Array.from({ length: 30 * 20 }, (_, p) => (p % 37 === 0 ? 0 : 1));
  const bins = layOutBins(30, 20, used);
  const bases = [new Basis(bins), new Basis(bins, instantiateKernels(theKernels))];
  const frames = someFrames(40, 3, 5);
  for (const basis of bases)
    for (const f of frames) {
      basis.note(f);
      basis.reservoir[basis.seat()] = f;
    }
  const [a, b] = bases.map((basis) => basis.fit(COMPONENTS)) as [ReturnType<Basis["fit"]>, ReturnType<Basis["fit"]>];
  t.equal(a.components, 40);
  t.same([...a.weight], [...b.weight]);
  const [plain, wasm] = [a, b].map((table) => {
    const scores = (f: Float32Array, k: number): number =>
      f.reduce((sum, v, bin) => sum + v * (table.basis[bin * table.components + k] as number), 0);
    return frames.map((f) => Array.from({ length: 3 }, (_, k) => scores(f, k) ** 2).reduce((x, y) => x + y, 0));
  }) as [number[], number[]];
  t.ok(apart(plain, wasm) < 1e-3);
});

t.test("frames without counts, and more than the reservoir holds", async (t) => {
  const bins = layOutBins(8, 8, new Uint8Array(64).fill(1));
  for (const kernels of [null, instantiateKernels(theKernels)]) {
    const basis = new Basis(bins, kernels);
    basis.reservoir.push(new Float32Array(bins.count), new Float32Array(bins.count));
    const { basis: rows, power, weight } = basis.fit(COMPONENTS);
    t.ok([rows, power, weight].every((a) => a.every(Number.isFinite)));
  }
  const basis = new Basis(bins);
  const seats = Array.from({ length: 3 * RESERVOIR }, () => {
    const seat = basis.seat();
    if (seat >= 0) basis.reservoir[seat] = new Float32Array(bins.count);
    return seat;
  });
  t.equal(basis.reservoir.length, RESERVOIR);
  t.ok(seats.slice(RESERVOIR).some((s) => s < 0) && seats.slice(RESERVOIR).some((s) => s >= 0));
});

t.test("no memory for a subspace is said", async (t) => {
  const kernels = instantiateKernels(theKernels);
  t.throws(() => new Subspace(2 ** 24, kernels), RangeError);
});
