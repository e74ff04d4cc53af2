import t from "tap";
import { FrameRing } from "../../src/kernels/frame-ring.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { WINDOW_FRAME } from "../../src/kernels/window-frame.js";
import { theKernels } from "../fixtures/lanes.js";

const COLUMNS = 6;
/** One entry per frame, of which row and column can be told; some positions are empty. */
const entryOf = (row: number, column: number): number => (1 << 25) | (row * 100 + column);
const isThere = (row: number, column: number): boolean => (row + 2 * column) % 5 !== 0;
const aRow = (row: number, length = 1): (Uint32Array | null)[] =>
  Array.from({ length: COLUMNS }, (_, c) => (isThere(row, c) ? new Uint32Array(length).fill(entryOf(row, c)) : null));

function aRing(rows: number) {
  const kernels = instantiateKernels(theKernels);
  const start = Math.ceil(kernels.run.base() / 64) * 64;
  const ring = new FrameRing(kernels, rows, COLUMNS, start);
  const words = (at: number, n: number): Uint32Array => new Uint32Array(kernels.bytes().buffer, at, n);
  /** First entries of what is gathered. */
  const gathered = (row: number, column: number, back: number, ahead: number, across: number, to: number): number[] => {
    const n = ring.gather(row, column, { back, ahead, across }, to);
    return [...words(ring.members, n)].map((at) => words(words(at, WINDOW_FRAME.words)[WINDOW_FRAME.from] as number, 1)[0] as number);
  };
  return { kernels, ring, words, gathered };
}

t.test("windows are gathered as the scan lies, with holes and edges, as long as the ring holds them", async (t) => {
  const { ring, gathered } = aRing(4);
  for (let row = 0; row < 11; row++) {
    if (row !== 6) t.ok(ring.takeRow(row, aRow(row, 1 + row)));
    for (let c = 0; c < COLUMNS; c++)
      for (const [at, back, ahead] of [
        [row, 2, 0],
        [row - 1, 2, 1],
        [row - 3, 0, 3],
      ] as const) {
        if (at < 0) continue;
        const expected: number[] = [];
        for (let r = Math.max(0, at - back, row - 3); r <= Math.min(row, at + ahead); r++)
          for (let q = Math.max(0, c - 2); q <= Math.min(COLUMNS - 1, c + 2); q++)
            if (r !== 6 && isThere(r, q) && !(r === at && q === c)) expected.push(entryOf(r, q));
        const own = at !== 6 && isThere(at, c) ? [entryOf(at, c), ...expected] : [];
        t.same(gathered(at, c, back, ahead, 2, row), own, `row ${at} of ${row}, column ${c}`);
      }
  }
  t.same(gathered(9, 0, 0, 4, 0, 9), [entryOf(9, 0)], "rows that are to come are not there");
});

t.test("all frames of the ring are scored and weighed", async (t) => {
  const { kernels, ring, words } = aRing(3);
  const floats = (at: number, n: number): Float32Array => new Float32Array(kernels.bytes().buffer, at, n);
  const tables = Math.ceil(kernels.bytes().length / 64) * 64;
  kernels.reserve(tables + 8192);
  // One bin: a basis whose first component is 2, no noise of the scores, noise 3 per count.
  floats(tables + 4096, 1)[0] = 2;
  floats(tables + 6144, 2)[1] = 3;
  kernels.run.setScores(tables, tables + 4096, tables + 6144);
  for (let row = 0; row < 3; row++) ring.takeRow(row, aRow(row, row + 1));
  ring.score(1);
  const frame = (row: number, column: number): Float32Array => {
    ring.gather(row, column, { back: 0, ahead: 0, across: 0 }, row);
    return floats(words(ring.members, 1)[0] as number, WINDOW_FRAME.words);
  };
  t.equal(frame(1, 1)[WINDOW_FRAME.noise], 6);
  t.equal(frame(2, 0)[WINDOW_FRAME.noise], 0);
  ring.scoreAll();
  t.equal(frame(2, 0)[WINDOW_FRAME.noise], 9);
  t.equal(frame(2, 0)[WINDOW_FRAME.power], 36);
  const n = ring.gather(1, 4, { back: 0, ahead: 0, across: 1 }, 1);
  t.equal(n, 3);
  t.ok(Math.abs(ring.weigh(n, 1) - 3) < 1e-5, "frames alike weigh alike");
  for (const w of floats(ring.weights, n)) t.ok(Math.abs(w - 1 / 3) < 1e-6);
});

t.test("without memory a row is empty, and a ring is refused", async (t) => {
  const { ring, gathered, kernels } = aRing(2);
  ring.takeRow(0, aRow(0));
  const most = { ...kernels, reserve: (end: number) => end <= kernels.bytes().length && kernels.reserve(end) };
  t.throws(() => new FrameRing(most, 1000, 1000, ring.end), RangeError);
  const full = new FrameRing(most, 1, COLUMNS, 64 * Math.ceil(ring.end / 64));
  t.notOk(full.takeRow(0, aRow(0)));
  t.equal(full.gather(0, 1, { back: 0, ahead: 0, across: 1 }, 0), 0);
  t.same(gathered(0, 1, 0, 0, 0, 0), [entryOf(0, 1)]);
});
