import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { findDisk } from "../../src/kernels/find-disk.js";
import { aCount, aRandom } from "../fixtures/frames.js";
import { readNpy } from "../fixtures/read-npy.js";
import { needs, sharedPath } from "../fixtures/shared.js";

const SIM = sharedPath("data", "sim");

interface Spot {
  readonly row: number;
  readonly col: number;
  readonly level: number;
}

/** A mean pattern: disks with an edge of about a pixel over an even background, in counts of `frames` frames. */
function aPattern(o: { size?: number; radius?: number; spots?: readonly Spot[]; background?: number; frames?: number; seed?: number }) {
  const { size = 96, radius = 6, spots = [], background = 0.01, frames = 100, seed = 1 } = o;
  const random = aRandom(seed);
  const mean = new Float32Array(size * size);
  for (let at = 0; at < mean.length; at++) {
    let expected = background;
    for (const { row, col, level } of spots) {
      const distance = Math.hypot(Math.floor(at / size) - row, (at % size) - col);
      expected += level * Math.min(1, Math.max(0, radius - distance + 0.5));
    }
    mean[at] = aCount(expected * frames, random) / frames;
  }
  return { size, mean, valid: new Uint32Array(size * size).fill(frames) };
}

t.test("disks of 2 to 60 px, from many counts to few", async (t) => {
  for (const [radius, level, frames] of [
    [2, 5, 100],
    [2.5, 1, 64],
    [4, 3, 100],
    [10, 1, 100],
    [10, 0.05, 30],
    [25, 0.5, 64],
    [60, 0.5, 64],
    [60, 0.02, 30],
  ] as const) {
    const centre = { row: 91.3, col: 101.8 };
    const { size, mean, valid } = aPattern({ size: 192, radius, spots: [{ ...centre, level }], background: level / 200, frames });
    const disk = findDisk(mean, size, size, valid);
    const counts = Math.PI * radius ** 2 * level * frames;
    const tolerance = 0.15 + (3 * radius) / Math.sqrt(counts);
    t.ok(disk.found, `${radius} px is found`);
    t.ok(Math.hypot(disk.row - centre.row, disk.col - centre.col) < tolerance, `${radius} px: centre ${disk.row} ${disk.col}`);
    t.ok(Math.abs(disk.radius - radius) < 0.25 + 0.06 * radius, `${radius} px: radius ${disk.radius}`);
  }
});

t.test("a Bragg disk that outshines the beam", async (t) => {
  const g = [17.3, 6.1] as const;
  const spots: Spot[] = [];
  for (const [h, k, level] of [
    [0, 0, 2],
    [1, 0, 4],
    [-1, 0, 1],
    [0, 1, 1.2],
    [0, -1, 0.8],
    [1, 1, 0.5],
    [-1, -1, 0.4],
    [1, -1, 0.4],
    [-1, 1, 0.6],
  ] as const)
    spots.push({ row: 50.2 + h * g[0] - k * g[1], col: 44.6 + h * g[1] + k * g[0], level });
  const { size, mean, valid } = aPattern({ radius: 4, spots });
  const disk = findDisk(mean, size, size, valid);
  t.ok(disk.found);
  t.ok(Math.hypot(disk.row - 50.2, disk.col - 44.6) < 0.2, `${disk.row} ${disk.col}`);
  t.ok(Math.abs(disk.radius - 4) < 0.3, `${disk.radius}`);
});

t.test("masked, dead and hot pixels in the disk do not move it", async (t) => {
  const centre = { row: 40.4, col: 52.7 };
  const { size, mean, valid } = aPattern({ radius: 7, spots: [{ ...centre, level: 2 }] });
  for (let row = 42; row < 46; row++) for (let col = 47; col < 51; col++) mean[row * size + col] = Number.NaN;
  for (let row = 34; row < 37; row++) valid[row * size + 53] = 0;
  mean[38 * size + 55] = 300;
  mean[10 * size + 10] = 500;
  const disk = findDisk(mean, size, size, valid);
  t.ok(disk.found);
  t.ok(Math.hypot(disk.row - centre.row, disk.col - centre.col) < 0.25, `${disk.row} ${disk.col}`);
  t.ok(Math.abs(disk.radius - 7) < 0.4, `${disk.radius}`);
});

t.test("a disk that the frame cuts", async (t) => {
  const { size, mean, valid } = aPattern({ radius: 8, spots: [{ row: 3, col: 50, level: 2 }] });
  const disk = findDisk(mean, size, size, valid);
  t.ok(disk.found);
  t.ok(Math.abs(disk.col - 50) < 1 && disk.row < 6, `${disk.row} ${disk.col}`);
});

t.test("frames larger than the search image, and longer than high", async (t) => {
  const [height, width] = [300, 900];
  const mean = new Float64Array(height * width).fill(0.02);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) if (Math.hypot(row - 120.5, col - 611.25) <= 9) mean[row * width + col] = 3;
  const disk = findDisk(mean, height, width, new Uint32Array(height * width).fill(50));
  t.ok(disk.found);
  t.ok(Math.hypot(disk.row - 120.5, disk.col - 611.25) < 0.2, `${disk.row} ${disk.col}`);
  t.ok(Math.abs(disk.radius - 9) < 0.5, `${disk.radius}`);
});

t.test("small disks in large frames: seen in bins, fitted in full", async (t) => {
  for (const radius of [2, 3, 40]) {
    const { size, mean, valid } = aPattern({ size: 512, radius, spots: [{ row: 260.4, col: 243.7, level: 3 }], background: 0.02 });
    const disk = findDisk(mean, size, size, valid);
    t.ok(disk.found);
    t.ok(Math.hypot(disk.row - 260.4, disk.col - 243.7) < 0.2, `${radius}: ${disk.row} ${disk.col}`);
    t.ok(Math.abs(disk.radius - radius) < 0.5, `${radius}: ${disk.radius}`);
  }
});

t.test("no disk: the centre of mass, and found is false", async (t) => {
  const flat = aPattern({ background: 3 });
  const disk = findDisk(flat.mean, 96, 96, flat.valid);
  t.match(disk, { found: false, radius: 12 });
  t.ok(Math.hypot(disk.row - 47.5, disk.col - 47.5) < 1, `${disk.row} ${disk.col}`);
  const few = aPattern({ background: 20 / 96 ** 2, frames: 1 });
  t.equal(findDisk(few.mean, 96, 96, few.valid).found, false, "twenty electrons");
  t.same(findDisk(new Float32Array(96 * 96), 96, 96, few.valid), { row: 47.5, col: 47.5, radius: 12, found: false }, "nothing");
  t.same(
    findDisk(new Float32Array(96 * 96), 96, 96, new Uint32Array(96 * 96)),
    { row: 47.5, col: 47.5, radius: 12, found: false },
    "no frames",
  );
  t.same(findDisk(new Float32Array(64).fill(1), 8, 8, new Uint32Array(64).fill(9)).found, false, "all the same");
  t.same(findDisk(Float32Array.of(5), 1, 1, Uint32Array.of(100)), { row: 0, col: 0, radius: 0.125, found: false }, "a single pixel");
});

t.test("every scan line of the simulated sets, and the sets as a whole", needs(SIM, "simulated scans"), async (t) => {
  const sets = {
    tiny: "counts_200.npy",
    poly_al_64: "counts_50.npy.gz",
    fibre_au_48: "counts_1000.npy.gz",
    strain_si_32: "counts_1000.npy.gz",
  };
  for (const [set, file] of Object.entries(sets)) {
    const { disk_radius_px: radius } = JSON.parse(readFileSync(join(SIM ?? "", set, "meta.json"), "utf8")) as { disk_radius_px: number };
    const centre = readNpy(join(SIM ?? "", set, "centre.npy")).data;
    const { shape, data } = readNpy(join(SIM ?? "", set, file));
    const [rows = 0, cols = 0, height = 0, width = 0] = shape;
    const pixels = height * width;
    const line = (first: number, last: number, tolerance: number, what: string): void => {
      const frames = (last - first) * cols;
      const mean = new Float64Array(pixels);
      const truth = [0, 0];
      for (let f = first * cols; f < last * cols; f++) {
        for (let i = 0; i < pixels; i++) mean[i] = (mean[i] ?? 0) + (data[f * pixels + i] ?? 0) / frames;
        for (const axis of [0, 1]) truth[axis] = (truth[axis] ?? 0) + (centre[2 * f + axis] ?? 0) / frames;
      }
      const disk = findDisk(mean, height, width, new Uint32Array(pixels).fill(frames));
      const error = Math.hypot(disk.row - (truth[0] ?? 0), disk.col - (truth[1] ?? 0));
      if (!disk.found || error > tolerance || Math.abs(disk.radius - radius) > 0.4)
        t.fail(`${set} ${what}: ${error} px off, radius ${disk.radius} of ${radius}`);
    };
    for (let row = 0; row < rows; row++) line(row, row + 1, 0.5, `row ${row}`);
    line(0, rows, 0.15, "whole");
    t.pass(set);
  }
});
