import t from "tap";
import { DENOISE_VARIANTS } from "../../src/core/wire.js";
import { Denoiser } from "../../src/denoise/denoiser.js";
import { aRandom } from "../fixtures/frames.js";
import { twoGrains } from "../fixtures/two-grains.js";
import { denoise, positions, quarter, setupOf, squaredError, sumOf } from "./denoise-grains.js";

for (const dose of [30, 300, 3000])
  t.test(`at ${dose} electrons every pattern is nearer to the truth than the frame, at the boundary too`, async (t) => {
    const s = twoGrains(dose, 7);
    const d = denoise(s);
    for (const variant of DENOISE_VARIANTS) {
      let [better, ours, raw] = [0, 0, 0];
      for (const [row, column] of positions(s)) {
        const truth = s.expected(row, column);
        const [a, b] = [squaredError(d.pattern(row, column, variant), truth), squaredError(s.frames[row]?.[column] as Uint8Array, truth)];
        if (a < b) better++;
        ours += a;
        raw += b;
      }
      t.equal(better, s.rows * s.columns, variant);
      t.ok(ours < 0.2 * raw, `${variant}: ${(raw / ours).toFixed(1)} times nearer on average`);
    }
  });

t.test("the counts of the scan are kept", async (t) => {
  const s = twoGrains(200, 3);
  const d = denoise(s);
  for (const variant of DENOISE_VARIANTS) {
    const [ours, theirs] = positions(s).reduce(
      ([a, b], [row, column]) => [a + sumOf(d.pattern(row, column, variant)), b + sumOf(s.frames[row]?.[column] as Uint8Array)],
      [0, 0],
    );
    t.ok(Math.abs(ours / theirs - 1) < 0.01, `${variant}: ${(100 * (ours / theirs - 1)).toFixed(2)} %`);
  }
});

t.test("the cheap variant is far nearer to the truth than counts, though less than the full one, and another estimate", async (t) => {
  const s = twoGrains(300, 23);
  const d = denoise(s);
  const [full, cheap] = DENOISE_VARIANTS.map((variant) =>
    positions(s).reduce((sum, [row, column]) => sum + squaredError(d.pattern(row, column, variant), s.expected(row, column)), 0),
  ) as [number, number];
  const raw = positions(s).reduce(
    (sum, [row, column]) => sum + squaredError(s.frames[row]?.[column] as Uint8Array, s.expected(row, column)),
    0,
  );
  t.ok(cheap < raw / 8, `${(raw / cheap).toFixed(1)} times less error than counts`);
  t.ok(full < cheap, `${(cheap / full).toFixed(2)} times the error of the full one`);
  t.notSame(d.pattern(5, 5, "cheap"), d.pattern(5, 5, "full"));
  t.same(d.pattern(5, 5), d.pattern(5, 5, "full"), "the full one is what is answered without asking");
});

t.test("frames that are turned give patterns that are turned", async (t) => {
  const s = twoGrains(500, 11);
  const plain = denoise(s);
  const turned = denoise(s, { turn: (pixels) => quarter(s.side, pixels) });
  for (const variant of DENOISE_VARIANTS)
    for (const [row, column] of positions(s).filter((_, i) => i % 13 === 0)) {
      const expected = plain.pattern(row, column, variant);
      const found = turned.pattern(row, column, variant);
      const most = Math.max(...expected);
      const off = found.map((v, p) => Math.abs(v - (expected[(p % s.side) * s.side + (s.side - 1 - Math.floor(p / s.side))] as number)));
      t.ok(Math.max(...off) < 1e-3 * most, `${variant}, row ${row}, column ${column}: off by ${Math.max(...off) / most}`);
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
  for (const variant of DENOISE_VARIANTS)
    for (const [row, column] of positions(s).filter((_, i) => i % 29 === 0))
      t.same(a.pattern(row, column, variant), b.pattern(row, column, variant));
});

t.test("how much was done between rows shows in no bit", async (t) => {
  const s = twoGrains(300, 21, 52, 14, 20);
  const used = Uint8Array.from({ length: s.side * s.side }, (_, p) => (p === 7 ? 0 : 1));
  // A basis is begun after row 48, and used after row 50: it is being made when the scan is over, or a pixel turns out to be dead.
  const patternOf = (rows: number, parts: (row: number) => number): Float32Array => {
    const denoiser = new Denoiser(setupOf(s));
    const at = (row: number, column: number): Uint8Array[] => [s.frames[row]?.[column] as Uint8Array];
    for (let row = 0; row < rows; row++) {
      if (row === 50) denoiser.setUsed(used);
      denoiser.takeRow(row, (column) => at(row, column), 254);
      for (let i = 0; i < parts(row) && denoiser.work(); i++);
    }
    denoiser.finish();
    t.notOk(denoiser.work(), "all is done");
    return denoiser.pattern(at, rows, 46, 3, 254) as Float32Array;
  };
  const random = aRandom(5);
  for (const rows of [49, s.rows]) {
    const none = patternOf(rows, () => 0);
    const some = Array.from({ length: 3 }, () => patternOf(rows, () => Math.floor(6 * random())));
    for (const pattern of [patternOf(rows, () => 99), ...some]) t.same(pattern, none);
  }
});

t.test("mixing weights are made anew when there is twice as much to learn them from", async (t) => {
  const s = twoGrains(300, 21);
  const denoiser = new Denoiser(setupOf(s));
  const seen: number[] = [];
  for (let row = 0; row < s.rows; row++) {
    denoiser.takeRow(row, (column) => [s.frames[row]?.[column] as Uint8Array], 254);
    denoiser.learn();
    seen.push(denoiser.doublings);
  }
  // As much of each row, from the first final one on: once after one of them, after two, four, eight.
  const learnt = seen.map((_, row) => Math.max(0, row - 1));
  t.same(
    seen,
    learnt.map((n) => (n === 0 ? 0 : 1 + Math.floor(Math.log2(n)))),
  );
});

t.test("masked pixels have no value, and a hot one spoils nothing", async (t) => {
  const s = twoGrains(300, 13);
  const hot = 10 * s.side + 12;
  const used = new Uint8Array(s.side * s.side).fill(1);
  used[hot] = 0;
  const d = denoise(s, { turn: (pixels) => pixels.map((v, p) => (p === hot ? 250 : v)), used });
  for (const variant of DENOISE_VARIANTS) {
    const pattern = d.pattern(6, 3, variant);
    t.same([pattern.findIndex(Number.isNaN), pattern.filter(Number.isNaN).length], [hot, 1]);
    t.ok(squaredError(pattern, s.expected(6, 3)) < 0.2 * squaredError(s.frames[6]?.[3] as Uint8Array, s.expected(6, 3)), variant);
  }
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

for (const plain of [false, true])
  t.test(`a pattern is written where it is wanted${plain ? ", plain" : ""}`, async (t) => {
    const s = twoGrains(300, 23);
    const pixels = s.side * s.side;
    const denoiser = new Denoiser(setupOf(s, plain));
    const at = (row: number, column: number): Uint8Array[] => [s.frames[row]?.[column] as Uint8Array];
    denoiser.setUsed(Uint8Array.from({ length: pixels }, (_, p) => (p === 77 ? 0 : 1)));
    for (let row = 0; row < s.rows; row++) denoiser.takeRow(row, (column) => at(row, column), 254);
    const [row, last] = [s.rows - 3, s.rows - 1];
    const out = new Float32Array(new SharedArrayBuffer(4 * pixels)).fill(-1);
    t.equal(denoiser.seatedPattern(row, 4, last, out), out);
    t.ok(Number.isNaN(out[77]), "a masked pixel has no count");
    t.same([...out], [...(denoiser.seatedPattern(row, 4, last) as Float32Array)]);
    t.same([...out], [...(denoiser.pattern(at, s.rows, row, 4, 254) as Float32Array)]);
  });

t.test("the kernels answer what plain TypeScript does", async (t) => {
  const s = twoGrains(300, 31);
  const [fast, plain] = [denoise(s), denoise(s, { plain: true })];
  const off = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Math.max(...Array.from(a, (v, i) => Math.abs(v - (b[i] as number)))) / Math.max(...Array.from(b));
  fast.rows.forEach((row, i) => {
    t.ok(off(row.neighbours, plain.rows[i]?.neighbours as Float32Array) < 1e-2, `row ${row.row}`);
  });
  for (const variant of DENOISE_VARIANTS)
    for (const [row, column] of positions(s).filter((_, i) => i % 17 === 0))
      t.ok(off(fast.pattern(row, column, variant), plain.pattern(row, column, variant)) < 1e-2, `${variant} ${row}, ${column}`);
});

for (const plain of [false, true])
  t.test(`empty frames, a scan of one position and no scan at all${plain ? ", plain" : ""}`, async (t) => {
    const setup = setupOf({ columns: 3, side: 8 }, plain);
    const empty = new Denoiser(setup);
    const nothing = (): Uint8Array[] => [new Uint8Array(64)];
    for (let row = 0; row < 4; row++) empty.takeRow(row, nothing, 254);
    t.equal(empty.finish().length, 2);
    for (const variant of DENOISE_VARIANTS) t.ok(empty.pattern(nothing, 4, 1, 1, 254, variant)?.every((v) => v === 0));

    const one = new Denoiser(setupOf({ columns: 1, side: 8 }, plain));
    const frame = (): Uint8Array[] => [Uint8Array.from({ length: 64 }, (_, p) => p % 5)];
    t.same(
      one.takeRow(0, frame, 254).estimates.map((r) => [...r.neighbours]),
      [[1]],
    );
    one.finish();
    for (const variant of DENOISE_VARIANTS) t.ok(one.pattern(frame, 1, 0, 0, 254, variant)?.every((v) => Number.isFinite(v)));

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
      t.throws(() => e.mix(new Float32Array(4)), { message: "no model is set" });
    },
  );
