import t from "tap";
import { Denoiser, type RowEstimate } from "../../src/denoise/denoiser.js";
import { type TwoGrains, twoGrains } from "../fixtures/two-grains.js";

interface Denoised {
  readonly rows: readonly RowEstimate[];
  pattern(row: number, column: number): Float32Array;
}

/** Denoises a scan; `turn`: what is done to the pixels of each frame first. `lost`: positions that did not come. */
function denoise(s: TwoGrains, turn = (pixels: Uint8Array): Uint8Array => pixels, lost = new Set<number>(), used?: Uint8Array): Denoised {
  const denoiser = new Denoiser({
    columns: s.columns,
    height: s.side,
    width: s.side,
    used: used ?? new Uint8Array(s.side * s.side).fill(1),
  });
  const lists = s.frames.map((line, row) =>
    line.map((pixels, column) => (lost.has(row * s.columns + column) ? null : denoiser.list(turn(pixels), 254))),
  );
  const rows = lists.flatMap((line, row) => denoiser.takeRow(row, line));
  rows.push(...denoiser.finish());
  return { rows, pattern: (row, column) => denoiser.pattern((r, c) => lists[r]?.[c] ?? null, row, column) as Float32Array };
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
  const turned = denoise(s, (pixels) => quarter(s.side, pixels));
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
  t.ok(rows.every((r) => r.neighbours.length === s.columns && r.neighbours.every((n) => n >= 1 && n <= 25)));
  const mean = (final: boolean): number => {
    const all = rows.filter((r) => r.final === final && r.row > 3 && r.row < s.rows - 3).flatMap((r) => [...r.neighbours]);
    return sumOf(all) / all.length;
  };
  t.ok(mean(true) > mean(false), "more frames are in the final estimates");
});

t.test("positions without a frame have no estimate and do not disturb their neighbours", async (t) => {
  const s = twoGrains(300, 9);
  const lost = new Set([0, 5 * s.columns + 4, 5 * s.columns + 5, 11 * s.columns + 13, ...s.frames[7]!.map((_, c) => 7 * s.columns + c)]);
  const { rows, pattern } = denoise(s, undefined, lost);
  for (const { row, neighbours } of rows)
    neighbours.forEach((n, column) => t.equal(Number.isNaN(n), lost.has(row * s.columns + column), `row ${row}, column ${column}`));
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
  const d = denoise(s, (pixels) => pixels.map((v, p) => (p === hot ? 250 : v)), undefined, used);
  const pattern = d.pattern(6, 3);
  t.same([pattern.findIndex(Number.isNaN), pattern.filter(Number.isNaN).length], [hot, 1]);
  t.ok(squaredError(pattern, s.expected(6, 3)) < 0.2 * squaredError(s.frames[6]?.[3] as Uint8Array, s.expected(6, 3)));
});

t.test("a pixel that turns out to be hot is learnt anew", async (t) => {
  const s = twoGrains(300, 17);
  const hot = 5 * s.side + 20;
  const spoilt = (pixels: Uint8Array): Uint8Array => pixels.map((v, p) => (p === hot ? 240 : v));
  const used = new Uint8Array(s.side * s.side).fill(1);
  const denoiser = new Denoiser({ columns: s.columns, height: s.side, width: s.side, used });
  const good = used.map((u, p) => (p === hot ? 0 : u));
  const lists = s.frames.map((line, row) => {
    if (row === 6) denoiser.setUsed(good);
    const listed = line.map((pixels) => denoiser.list(spoilt(pixels), 254));
    denoiser.takeRow(row, listed);
    return listed;
  });
  denoiser.finish();
  const pattern = denoiser.pattern((r, c) => lists[r]?.[c] ?? null, 8, 9) as Float32Array;
  t.ok(Number.isNaN(pattern[hot]));
  t.ok(squaredError(pattern, s.expected(8, 9)) < 0.3 * squaredError(s.frames[8]?.[9] as Uint8Array, s.expected(8, 9)));
});

t.test("empty frames, a scan of one position and no scan at all", async (t) => {
  const setup = { columns: 3, height: 8, width: 8, used: new Uint8Array(64).fill(1) };
  const empty = new Denoiser(setup);
  const nothing = [0, 1, 2].map(() => new Uint32Array());
  for (let row = 0; row < 4; row++) empty.takeRow(row, nothing);
  t.equal(empty.finish().length, 2);
  t.ok(empty.pattern(() => nothing[0] as Uint32Array, 1, 1)?.every((v) => v === 0));

  const one = new Denoiser({ ...setup, columns: 1 });
  const list = one.list(Uint8Array.from({ length: 64 }, (_, p) => p % 5), 254);
  t.same(
    one.takeRow(0, [list]).map((r) => [...r.neighbours]),
    [[1]],
  );
  one.finish();
  t.ok(one.pattern(() => list, 0, 0)?.every((v) => Number.isFinite(v)));

  const none = new Denoiser(setup);
  t.same([none.takeRow(0, [null, null, null]), none.finish(), none.pattern(() => null, 0, 0)], [[], [], null]);
});

t.test("pixels that are no counts are refused, and many counts are listed", async (t) => {
  const d = new Denoiser({ columns: 1, height: 2, width: 2, used: Uint8Array.of(1, 1, 1, 0) });
  t.equal(d.list(Float32Array.of(0, 0.5, 0, 0), 10), null);
  t.equal(d.list(Int16Array.of(0, -1, 0, 0), 10), null);
  t.equal(d.list(Uint32Array.of(1e9, 0, 0, 0), 2e9), null);
  const total = (list: Uint32Array | null): number => (list ?? new Uint32Array()).reduce((a, e) => a + (e >>> 25), 0);
  t.equal(total(d.list(Uint16Array.of(300, 20, 65535, 9), 65533)), 320, "sentinels and masked pixels are left out");
});
