import { join } from "node:path";
import t from "tap";
import { findHot } from "../../src/kernels/find-hot.js";
import { aCount, aRandom } from "../fixtures/frames.js";
import { readNpy } from "../fixtures/read-npy.js";
import { needs, sharedPath } from "../fixtures/shared.js";

const SIM = sharedPath("data", "sim");
const SIZE = 64;

/** Sums of `frames` Poisson frames whose expectation is given per pixel, in counts per frame. */
function sums(expected: (row: number, col: number) => number, frames: number, seed: number) {
  const random = aRandom(seed);
  const sum = new Float64Array(SIZE * SIZE);
  const squares = new Float64Array(SIZE * SIZE);
  for (let at = 0; at < sum.length; at++) {
    sum[at] = aCount(expected(Math.floor(at / SIZE), at % SIZE) * frames, random);
    squares[at] = (sum[at] ?? 0) * (1 + (sum[at] ?? 0) / frames);
  }
  return { sum, squares, valid: new Uint32Array(SIZE * SIZE).fill(frames) };
}
const found = (s: ReturnType<typeof sums>, frames: number) => findHot(s.sum, s.squares, s.valid, frames, SIZE, SIZE);
const disk = (row: number, col: number): number => (Math.hypot(row - 30, col - 33) < 6 ? 4 : 0.01);

t.test("hot and dead pixels at random places", async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const random = aRandom(seed);
    const hot = new Set<number>();
    while (hot.size < 20) hot.add(Math.floor(random() * SIZE * SIZE));
    const isNear = (row: number, col: number): boolean => Math.hypot(row - 30, col - 33) < 8;
    for (const at of hot) if (isNear(Math.floor(at / SIZE), at % SIZE)) hot.delete(at);
    const s = sums((row, col) => disk(row, col) + (hot.has(row * SIZE + col) ? 0.5 + 20 * random() : 0), 400, seed);
    const dead = 31 * SIZE + 34;
    s.sum[dead] = 0;
    s.squares[dead] = 0;
    const answer = found(s, 400);
    t.same(
      [...answer.hot],
      [...hot].sort((a, b) => a - b),
      `hot, ${seed}`,
    );
    t.same([...answer.dead], [dead], `dead, ${seed}`);
  }
});

t.test("no false alarms: empty, sparse, even and bright patterns", async (t) => {
  for (const [what, expected] of Object.entries({
    nothing: () => 0,
    "a few counts": () => 0.0005,
    sparse: () => 0.01,
    "about one count": () => 1,
    bright: () => 50,
    "the edge of a bright disk": disk,
    "a sharp step": (row: number) => (row < 30 ? 20 : 0.001),
  }))
    for (const seed of [1, 2, 3, 4, 5]) {
      const { hot, dead } = found(sums(expected, 300, seed), 300);
      t.same([...hot], [], `${what}, hot`);
      t.same([...dead], [], `${what}, dead`);
    }
});

t.test("sharp Bragg spots keep their pixels: electrons spill into the neighbours", async (t) => {
  const spill = [
    [0, 0, 0.8],
    [0, 1, 0.05],
    [1, 0, 0.05],
    [0, -1, 0.05],
    [-1, 0, 0.05],
  ] as const;
  const spots = (row: number, col: number): number => {
    let sum = 0.01;
    for (const [r, c, share] of spill) if ((row + r) % 8 === 4 && (col + c) % 8 === 4) sum += share * (1 + row);
    return sum;
  };
  for (const seed of [1, 2, 3]) t.same([...found(sums(spots, 1000, seed), 1000).hot], []);
  const sum = sums((row, col) => (row === 20 && col === 20 ? 10 : 0.01), 1000, 1);
  t.same([...found(sum, 1000).hot], [20 * SIZE + 20], "without a spill it is a hot pixel");
});

t.test("a pair of hot pixels, and hot pixels in the corner", async (t) => {
  const pair = new Set([20 * SIZE + 20, 20 * SIZE + 21]);
  t.same(
    [
      ...found(
        sums((row, col) => (pair.has(row * SIZE + col) ? 10 : 0.05), 300, 1),
        300,
      ).hot,
    ],
    [...pair],
  );
  t.same(
    [
      ...found(
        sums((row, col) => (row + col === 0 ? 10 : 0.05), 300, 1),
        300,
      ).hot,
    ],
    [0],
  );
});

t.test("one burst is not a hot pixel", async (t) => {
  const s = sums(() => 0.01, 300, 1);
  s.sum[500] = 1000;
  s.squares[500] = 1000 * 1000;
  t.same([...found(s, 300).hot], []);
});

t.test("silent without enough frames, of the scan or of the pixel, or without neighbours", async (t) => {
  const s = sums((row, col) => (row === 20 && col === 20 ? 10 : 0.5), 400, 1);
  t.same([...found(s, 400).hot], [20 * SIZE + 20]);
  t.same([...found(s, 255).hot], [], "255 frames");
  s.valid[20 * SIZE + 20] = 100;
  t.same([...found(s, 400).hot], [], "100 frames in which the pixel was valid");
  const alone = sums(() => 5, 400, 1);
  alone.valid.fill(0);
  alone.valid[777] = 400;
  t.same(found(alone, 400), { hot: new Int32Array(), dead: new Int32Array() }, "all others masked");
  const masked = sums((row, col) => (row === 20 && col === 20 ? 10 : 0.5), 400, 1);
  for (let row = 18; row < 23; row++)
    for (let col = 18; col < 23; col++) if (Math.abs(row - 20) === 2 || Math.abs(col - 20) === 2) masked.valid[row * SIZE + col] = 0;
  t.same([...found(masked, 400).hot], [20 * SIZE + 20], "the ring around the neighbours masked");
});

t.test("the simulated sets: all hot pixels, no others; dead ones where counts allow", needs(SIM, "simulated scans"), async (t) => {
  const sets = {
    tiny: "counts_1000.npy",
    poly_al_64: "counts_50.npy.gz",
    fibre_au_48: "counts_1000.npy.gz",
    strain_si_32: "counts_5000.npy.gz",
  };
  for (const [set, file] of Object.entries(sets)) {
    const mask = readNpy(join(SIM ?? "", set, "mask.npy")).data;
    const { shape, data } = readNpy(join(SIM ?? "", set, file));
    const [rows = 0, cols = 0, height = 0, width = 0] = shape;
    const pixels = height * width;
    const sum = new Float64Array(pixels);
    const squares = new Float64Array(pixels);
    const truth = (kind: number): number[] => [...mask.keys()].filter((at) => mask[at] === kind);
    for (let frame = 0; frame < rows * cols; frame++) {
      for (let i = 0; i < pixels; i++) {
        const v = data[frame * pixels + i] ?? 0;
        sum[i] = (sum[i] ?? 0) + v;
        squares[i] = (squares[i] ?? 0) + v * v;
      }
      const frames = frame + 1;
      if (frames !== 256 && frames !== 1000 && frames !== rows * cols) continue;
      const { hot, dead } = findHot(sum, squares, new Uint32Array(pixels).fill(frames), frames, height, width);
      t.same([...hot], truth(2), `${set} after ${frames}`);
      t.same(
        [...dead].filter((at) => mask[at] !== 1),
        [],
        `${set} after ${frames}: nothing dead that is alive`,
      );
    }
  }
});

t.test("a recording that is sent several times repeats its noise: no alarms, and real hot pixels are still found", async (t) => {
  for (const [frames, times, rate] of [
    [64, 64, 0.02],
    [64, 16, 0.5],
    [64, 256, 0.001],
  ] as const) {
    const s = sums(() => rate, frames, 7);
    const again = { sum: s.sum.map((v) => v * times), squares: s.squares.map((v) => v * times), valid: s.valid.map((v) => v * times) };
    const { hot, dead } = found(again, frames * times);
    t.same([...hot, ...dead], [], `${frames} frames ${times} times at ${rate} counts`);
  }
  const s = sums((row, col) => (row === 20 && col === 20 ? 3 : 0.05), 1024, 8);
  const twice = { sum: s.sum.map((v) => v * 2), squares: s.squares.map((v) => v * 2), valid: s.valid.map((v) => v * 2) };
  t.same([...found(twice, 2048).hot], [20 * SIZE + 20]);
});
