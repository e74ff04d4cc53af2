import fc from "fast-check";
import t from "tap";
import { binImage, blurImage, type Picture } from "../../src/kernels/blur-image.js";
import { dropSpikes } from "../../src/kernels/drop-spikes.js";
import { fitDisk } from "../../src/kernels/fit-disk.js";
import { scoreSymmetry } from "../../src/kernels/score-symmetry.js";
import { aRandom } from "../fixtures/frames.js";

const none = Number.NaN;
const aPicture = (height: number, width: number, at: (row: number, col: number) => number): Picture => ({
  height,
  width,
  value: Float64Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width)),
});

t.test("blurring spreads a point over a tent, and keeps what is even", async (t) => {
  const point = blurImage(
    aPicture(1, 9, (_, col) => (col === 4 ? 9 : 0)),
    1,
  );
  t.same(
    [...point.value].map((v) => Math.round(v * 1e9) / 1e9),
    [0, 0, 1, 2, 3, 2, 1, 0, 0],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      (height, width, reach, seed) => {
        const random = aRandom(seed);
        const holes = blurImage(
          aPicture(height, width, () => (random() < 0.3 ? none : 5)),
          reach,
        );
        return holes.value.every((v) => Number.isNaN(v) || Math.abs(v - 5) < 1e-9);
      },
    ),
  );
});

t.test("blurring fills small holes, not large ones", async (t) => {
  const { value } = blurImage(
    aPicture(1, 12, (_, col) => (col === 2 || col > 5 ? none : 4)),
    1,
  );
  t.same(
    [...value].map((v) => Math.round(v)),
    [4, 4, 4, 4, 4, 4, 4, 4, none, none, none, none],
  );
});

t.test("binning averages what there is", async (t) => {
  const binned = binImage(
    aPicture(3, 5, (row, col) => (col === 0 || (row === 2 && col === 4) ? none : 10 * row + col)),
    2,
  );
  t.same({ ...binned, value: [...binned.value] }, { height: 2, width: 3, value: [6, 7.5, 9, 21, 22.5, none] });
});

t.test("spikes go, disks and pairs of spots stay", async (t) => {
  const image = aPicture(9, 9, (row, col) => (Math.hypot(row - 3, col - 3) < 2 ? 10 : 1));
  image.value[8 * 9 + 8] = 50;
  image.value[8 * 9] = 9;
  image.value[5] = none;
  const { value } = dropSpikes(image);
  t.ok(Number.isNaN(value[80]), "stands alone");
  t.equal(value[72], 9, "alone, but not above what is supported");
  t.ok(Number.isNaN(value[5]), "a hole stays one");
  t.same([...value].filter(Number.isNaN).length, 2, "nothing else");
});

t.test("symmetry is 1 about the centre of a symmetric pattern, less elsewhere", async (t) => {
  const image = aPicture(21, 21, (row, col) => 1 + Math.cos((row - 10) * 0.9) * Math.cos((col - 10) * 0.7));
  t.equal(Math.round(scoreSymmetry(image, 10, 10) * 1e9) / 1e9, 1);
  t.ok(scoreSymmetry(image, 9, 10.5) < 0.9);
  t.ok(scoreSymmetry(image, 3, 3) < 0.6);
  image.value[3] = none;
  t.equal(Math.round(scoreSymmetry(image, 10, 10) * 1e9) / 1e9, 1, "neither a hole nor its mirror image counts");
  t.equal(
    scoreSymmetry(
      aPicture(5, 5, () => 0),
      2,
      2,
    ),
    0,
    "nothing",
  );
});

t.test("a disk is fitted from a start that is off, too small or too large", async (t) => {
  const image = aPicture(80, 90, (row, col) => 0.5 + 4 * Math.min(1, Math.max(0, 7.5 - Math.hypot(row - 38.3, col - 51.6))));
  for (const start of [
    { row: 36, col: 53, radius: 6 },
    { row: 38, col: 51, radius: 1 },
    { row: 38, col: 51, radius: 25 },
  ]) {
    const disk = fitDisk(image, start);
    t.ok(Math.hypot(disk.row - 38.3, disk.col - 51.6) < 0.05, `${start.radius}: ${disk.row} ${disk.col}`);
    t.ok(Math.abs(disk.radius - 7) < 0.2, `${start.radius}: ${disk.radius}`);
    t.ok(Math.abs(disk.level - 4.5) < 0.1 && Math.abs(disk.background - 0.5) < 0.05, `${start.radius}: ${disk.level} ${disk.background}`);
  }
});

t.test("where there is no disk, the level is not above the background", async (t) => {
  const start = { row: 20, col: 20, radius: 5 };
  const even = fitDisk({ height: 40, width: 40, value: new Float64Array(1600).fill(3) }, start);
  t.ok(Math.abs(even.level - 3) < 1e-9 && Math.abs(even.background - 3) < 1e-9, `${even.level} ${even.background}`);
  const holes = fitDisk({ height: 40, width: 40, value: new Float64Array(1600).fill(none) }, start);
  t.match(holes, { row: 20, col: 20, level: 0, background: 0 });
});
