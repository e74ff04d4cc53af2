import t from "tap";
import { Denoiser, type DenoiseSetup } from "../../src/denoise/denoiser.js";
import { createPlainEstimator } from "../../src/denoise/plain-estimator.js";
import type { BlindBank, RowEstimate } from "../../src/denoise/row-estimate.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { theKernels } from "../fixtures/lanes.js";
import { type TwoGrains, twoGrains } from "../fixtures/two-grains.js";

interface Denoised {
  readonly rows: readonly RowEstimate[];
  pattern(row: number, column: number): Float32Array;
}

const setupOf = (s: Pick<TwoGrains, "columns" | "side">, plain = false): DenoiseSetup => ({
  columns: s.columns,
  height: s.side,
  width: s.side,
  newEstimator: plain ? createPlainEstimator : (setup) => createWasmEstimator(theKernels, setup),
  products: plain ? null : instantiateKernels(theKernels),
});

interface How {
  /** What is done to the pixels of each frame first. */
  readonly turn?: (pixels: Uint8Array) => Uint8Array;
  /** Positions that did not come. */
  readonly lost?: ReadonlySet<number>;
  readonly used?: Uint8Array;
  readonly plain?: boolean;
}

/** Denoises a scan. */
function denoise(s: TwoGrains, { turn = (p) => p, lost = new Set(), used, plain = false }: How = {}): Denoised {
  const denoiser = new Denoiser(setupOf(s, plain));
  if (used) denoiser.setUsed(used);
  const at = (row: number, column: number): Uint8Array[] =>
    lost.has(row * s.columns + column) ? [] : [turn(s.frames[row]?.[column] as Uint8Array)];
  const rows = s.frames.flatMap((_, row) => denoiser.takeRow(row, (column) => at(row, column), 254).estimates);
  rows.push(...denoiser.finish());
  return { rows, pattern: (row, column) => denoiser.pattern(at, s.rows, row, column, 254) as Float32Array };
}

const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((a, v) => a + (Number.isNaN(v) ? 0 : v), 0);
const squaredError = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  sumOf(Array.from(a, (v, p) => (Number.isNaN(v) ? 0 : (v - (b[p] as number)) ** 2)));

const quarter = (side: number, pixels: Uint8Array): Uint8Array =>
  pixels.map((_, p) => pixels[(p % side) * side + (side - 1 - Math.floor(p / side))] as number);

const positions = (s: TwoGrains): [number, number][] =>
  s.frames.flatMap((line, row) => line.map((_, column): [number, number] => [row, column]));

for (const dose of [30, 300, 3000])
  t.test(`at ${dose} electrons every pattern is nearer to the truth than the frame, at the boundary too`, async (t) => {
    const s = twoGrains(dose, 7);
    const d = denoise(s);
    let [better, ours, raw] = [0, 0, 0];
    for (const [row, column] of positions(s)) {
      const truth = s.expected(row, column);
      const [a, b] = [squaredError(d.pattern(row, column), truth), squaredError(s.frames[row]?.[column] as Uint8Array, truth)];
      if (a < b) better++;
      ours += a;
      raw += b;
    }
    t.equal(better, s.rows * s.columns);
    t.ok(ours < 0.2 * raw, `${(raw / ours).toFixed(1)} times nearer on average`);
  });

t.test("the counts of the scan are kept", async (t) => {
  const s = twoGrains(200, 3);
  const d = denoise(s);
  const [ours, theirs] = positions(s).reduce(
    ([a, b], [row, column]) => [a + sumOf(d.pattern(row, column)), b + sumOf(s.frames[row]?.[column] as Uint8Array)],
    [0, 0],
  );
  t.ok(Math.abs(ours / theirs - 1) < 0.01, `${(100 * (ours / theirs - 1)).toFixed(2)} %`);
});

t.test("frames that are turned give patterns that are turned", async (t) => {
  const s = twoGrains(500, 11);
  const plain = denoise(s);
  const turned = denoise(s, { turn: (pixels) => quarter(s.side, pixels) });
  for (const [row, column] of positions(s).filter((_, i) => i % 13 === 0)) {
    const expected = plain.pattern(row, column);
    const found = turned.pattern(row, column);
    const most = Math.max(...expected);
    const off = found.map((v, p) => Math.abs(v - (expected[(p % s.side) * s.side + (s.side - 1 - Math.floor(p / s.side))] as number)));
    t.ok(Math.max(...off) < 1e-3 * most, `row ${row}, column ${column}: off by ${Math.max(...off) / most}`);
  }
});

t.test("each row is estimated with what is known, and again when its neighbours are", async (t) => {
  const s = twoGrains(100, 5);
  const { rows } = denoise(s);
  t.same(
    rows.filter((r) => !r.final).map((r) => r.row),
    s.frames.map((_, row) => row),
  );
  t.same(
    rows.filter((r) => r.final).map((r) => r.row),
    s.frames.map((_, row) => row),
  );
  t.ok(rows.every((r) => r.neighbours.length === s.columns && r.neighbours.every((n) => n >= 0.999 && n <= 25.001)));
  const most = (final: boolean): number => Math.max(...(rows.find((r) => r.row === 0 && r.final === final)?.neighbours ?? []));
  t.ok(most(false) <= 5 && most(true) > 5, "the first row has only itself at first, and two more later");
});

t.test("positions without a frame have no estimate and do not disturb their neighbours", async (t) => {
  const s = twoGrains(300, 9);
  const lost = new Set([
    0,
    5 * s.columns + 4,
    5 * s.columns + 5,
    11 * s.columns + 13,
    ...Array.from({ length: s.columns }, (_, c) => 7 * s.columns + c),
  ]);
  const { rows, pattern } = denoise(s, { lost });
  for (const { row, neighbours } of rows)
    t.same(
      [...neighbours].map(Number.isNaN),
      Array.from(neighbours, (_, column) => lost.has(row * s.columns + column)),
      `row ${row}`,
    );
  t.equal(pattern(5, 4), null);
  t.ok(squaredError(pattern(6, 3), s.expected(6, 3)) < squaredError(s.frames[6]?.[3] as Uint8Array, s.expected(6, 3)));
});

t.test("the same rows give the same bits", async (t) => {
  const s = twoGrains(300, 21);
  const [a, b] = [denoise(s), denoise(s)];
  t.same(a.rows, b.rows);
  for (const [row, column] of positions(s).filter((_, i) => i % 29 === 0)) t.same(a.pattern(row, column), b.pattern(row, column));
});

t.test("masked pixels have no value, and a hot one spoils nothing", async (t) => {
  const s = twoGrains(300, 13);
  const hot = 10 * s.side + 12;
  const used = new Uint8Array(s.side * s.side).fill(1);
  used[hot] = 0;
  const d = denoise(s, { turn: (pixels) => pixels.map((v, p) => (p === hot ? 250 : v)), used });
  const pattern = d.pattern(6, 3);
  t.same([pattern.findIndex(Number.isNaN), pattern.filter(Number.isNaN).length], [hot, 1]);
  t.ok(squaredError(pattern, s.expected(6, 3)) < 0.2 * squaredError(s.frames[6]?.[3] as Uint8Array, s.expected(6, 3)));
});

t.test("a pixel that turns out to be hot is learnt anew", async (t) => {
  const s = twoGrains(300, 17);
  const hot = 5 * s.side + 20;
  const spoilt = (pixels: Uint8Array): Uint8Array => pixels.map((v, p) => (p === hot ? 240 : v));
  const denoiser = new Denoiser(setupOf(s));
  const good = Uint8Array.from({ length: s.side * s.side }, (_, p) => (p === hot ? 0 : 1));
  const at = (row: number, column: number): Uint8Array[] => [spoilt(s.frames[row]?.[column] as Uint8Array)];
  for (let row = 0; row < s.rows; row++) {
    if (row === 6) denoiser.setUsed(good);
    denoiser.takeRow(row, (column) => at(row, column), 254);
  }
  denoiser.finish();
  const pattern = denoiser.pattern(at, s.rows, 8, 9, 254) as Float32Array;
  t.ok(Number.isNaN(pattern[hot]));
  t.ok(squaredError(pattern, s.expected(8, 9)) < 0.3 * squaredError(s.frames[8]?.[9] as Uint8Array, s.expected(8, 9)));
});

t.test("a pixel that turns out to be dead costs nothing that was learnt", async (t) => {
  const s = twoGrains(300, 19);
  const dead = 6 * s.side + 10;
  const blind = (pixels: Uint8Array): Uint8Array => pixels.map((v, p) => (p === dead ? 0 : v));
  const good = Uint8Array.from({ length: s.side * s.side }, (_, p) => (p === dead ? 0 : 1));
  for (const plain of [false, true]) {
    const denoiser = new Denoiser(setupOf(s, plain));
    const at = (row: number, column: number): Uint8Array[] => [blind(s.frames[row]?.[column] as Uint8Array)];
    for (let row = 0; row < s.rows; row++) {
      if (row === s.rows - 1) denoiser.setUsed(good);
      denoiser.takeRow(row, (column) => at(row, column), 254);
    }
    denoiser.finish();
    const known = denoise(s, { turn: blind, used: good, plain });
    const [ours, theirs] = [denoiser.pattern(at, s.rows, 5, 5, 254) as Float32Array, known.pattern(5, 5)];
    t.ok(Number.isNaN(ours[dead]) && Number.isNaN(theirs[dead]));
    const [a, b] = [squaredError(ours, s.expected(5, 5)), squaredError(theirs, s.expected(5, 5))];
    t.ok(a < 1.3 * b, `${(a / b).toFixed(2)} times the error of a mask that was known from the start`);
  }
});

t.test("the kernels answer what plain TypeScript does", async (t) => {
  const s = twoGrains(300, 31);
  const [fast, plain] = [denoise(s), denoise(s, { plain: true })];
  const off = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Math.max(...Array.from(a, (v, i) => Math.abs(v - (b[i] as number)))) / Math.max(...Array.from(b));
  fast.rows.forEach((row, i) => {
    t.ok(off(row.neighbours, plain.rows[i]?.neighbours as Float32Array) < 1e-2, `row ${row.row}`);
  });
  for (const [row, column] of positions(s).filter((_, i) => i % 17 === 0))
    t.ok(off(fast.pattern(row, column), plain.pattern(row, column)) < 1e-2, `pattern ${row}, ${column}`);
});

t.test("banks end with the pattern, and blind ones do not depend on the own frame", async (t) => {
  const s = twoGrains(300, 41);
  const pixels = s.side * s.side;
  const used = new Uint8Array(pixels).fill(1).fill(0, 77, 78);
  for (const plain of [false, true]) {
    const denoiser = new Denoiser(setupOf(s, plain));
    const at = (row: number, column: number): Uint8Array[] => [s.frames[row]?.[column] as Uint8Array];
    t.equal(denoiser.bankAt(at, s.rows, 5, 5, 254), null, "nothing is known yet");
    denoiser.setUsed(used);
    t.same(denoiser.used, used);
    const judged: number[] = [];
    for (let row = 0; row < s.rows; row++) {
      denoiser.takeRow(row, (column) => at(row, column), 254);
      for (const { planes, counts, mean, frames } of denoiser.judged()) {
        judged.push(row);
        const own = (s.frames[row - 2] as Uint8Array[]).map((f) => f.map((v, p) => v * (used[p] as number)));
        t.ok(
          own.some((f) => f.every((v, p) => v === counts[p])),
          "counts of a frame of the row before the last two",
        );
        t.ok(Math.abs(mean / (300 / pixels) - 1) < 0.1 && frames >= 1 && planes.every(Number.isFinite));
      }
    }
    t.same([...new Set(judged)], [10, 11], "not the rows that come before much is known");
    denoiser.finish();
    const bank = denoiser.bankAt(at, s.rows, 6, 5, 254);
    const [planes, frames] = [bank?.planes.slice() as Float32Array, bank?.frames];
    const pattern = denoiser.pattern(at, s.rows, 6, 5, 254) as Float32Array;
    t.same(
      planes.slice(12 * pixels).filter((_, p) => p !== 77),
      pattern.filter((_, p) => p !== 77),
    );
    t.equal(frames, denoiser.weighAt(at, s.rows, 6, 5, 254));
    // How much of the noise of the own frame is in the averages of the first window.
    const shareOf = (ask: typeof denoiser.bankAt): number => {
      let [shared, all] = [0, 0];
      for (const [row, column] of positions(s)) {
        const [truth, own] = [s.expected(row, column), s.frames[row]?.[column] as Uint8Array];
        const found = ask.call(denoiser, at, s.rows, row, column, 254)?.planes as Float32Array;
        for (let p = 0; p < pixels; p++) {
          const noise = (own[p] as number) - (truth[p] as number);
          shared += noise * ((found[p] as number) - (truth[p] as number));
          all += noise * noise;
        }
      }
      return shared / all;
    };
    const [seen, blind] = [shareOf(denoiser.bankAt), shareOf(denoiser.blindAt)];
    t.ok(seen > 0.1 && Math.abs(blind) < 0.1 * seen, `${seen}, ${blind}`);
    const { frames: others } = denoiser.blindAt(at, s.rows, 6, 5, 254) as BlindBank;
    t.ok(others >= 1 && others < 24.001);
    t.equal(
      denoiser.blindAt((r, c) => (r === 6 && c === 5 ? at(r, c) : []), s.rows, 6, 5, 254),
      null,
      "it has no neighbours",
    );
  }
});

for (const plain of [false, true])
  t.test(`empty frames, a scan of one position and no scan at all${plain ? ", plain" : ""}`, async (t) => {
    const setup = setupOf({ columns: 3, side: 8 }, plain);
    const empty = new Denoiser(setup);
    const nothing = (): Uint8Array[] => [new Uint8Array(64)];
    for (let row = 0; row < 4; row++) empty.takeRow(row, nothing, 254);
    t.equal(empty.finish().length, 2);
    t.ok(empty.pattern(nothing, 4, 1, 1, 254)?.every((v) => v === 0));

    const one = new Denoiser(setupOf({ columns: 1, side: 8 }, plain));
    const frame = (): Uint8Array[] => [Uint8Array.from({ length: 64 }, (_, p) => p % 5)];
    t.same(
      one.takeRow(0, frame, 254).estimates.map((r) => [...r.neighbours]),
      [[1]],
    );
    one.finish();
    t.ok(one.pattern(frame, 1, 0, 0, 254)?.every((v) => Number.isFinite(v)));

    const none = new Denoiser(setup);
    t.same(
      [none.takeRow(0, () => [], 254), none.finish(), none.pattern(() => [], 1, 0, 0, 254)],
      [{ estimates: [], refused: 0 }, [], null],
    );
  });

for (const plain of [false, true])
  t.test(
    `pixels that are no counts are refused, many counts are listed, frames of one position add up${plain ? ", plain" : ""}`,
    async (t) => {
      const e = setupOf({ columns: 1, side: 2 }, plain).newEstimator({ height: 2, width: 2, seats: 2 });
      e.setUsed(Uint8Array.of(1, 1, 1, 0));
      t.notOk(e.put(0, Float32Array.of(0, 1, 0, 0), 10));
      t.notOk(e.put(0, Uint32Array.of(1e9, 0, 0, 0), 2e9));
      t.notOk(e.has(0));
      t.ok(e.put(0, Uint16Array.of(300, 20, 65535, 9), 65533));
      t.equal(e.counts(0), 320, "sentinels and masked pixels are left out");
      t.ok(e.put(0, Int16Array.of(1, -1, 2, 0), 32767));
      t.equal(e.counts(0), 323, "negative values carry no data");
      t.throws(() => e.weigh([1], 1), { message: "seat 1 is empty" });
      t.throws(() => e.mix(), { message: "no model is set" });
    },
  );
