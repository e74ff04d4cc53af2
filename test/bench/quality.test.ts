import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import t from "tap";
import { angleMatcher } from "../../bench/quality/match-angle.js";
import { averaged, gatedMean, plainMean } from "../../bench/quality/neighbour-means.js";
import { parseQualityOptions } from "../../bench/quality/options.js";
import { principalComponents } from "../../bench/quality/principal-components.js";
import { boundaryMixing, scoreEstimates } from "../../bench/quality/score.js";
import { readTruthSet, type TruthSet } from "../../bench/quality/truth-set.js";
import { decodeNpy, readNpy } from "../../bench/read-npy.js";
import type { PixelArray } from "../../src/core/frame.js";
import { encodeNpy } from "../../src/sinks/npy.js";
import { tablesOf } from "../fixtures/bench-tables.js";
import { needs, sharedPath } from "../fixtures/shared.js";

t.setTimeout(480_000);
const folder = mkdtempSync(join(tmpdir(), "braggstream-quality-"));
t.teardown(() => rmSync(folder, { recursive: true }));

/** As encodeNpy writes it, under another name of the type. */
const renamed = (from: string, to: string, values: PixelArray): Buffer =>
  Buffer.from(
    Buffer.from(encodeNpy([values.length], values))
      .toString("latin1")
      .replace(from, to),
    "latin1",
  );

t.test("arrays of every type, plain and packed", async (t) => {
  for (const values of [Uint8Array.of(0, 255), Uint16Array.of(1, 65535), Int16Array.of(-3, 4), Float32Array.of(0.5, -2)]) {
    const bytes = encodeNpy([1, 2], values);
    t.same(decodeNpy(Buffer.from(bytes), "x"), { shape: [1, 2], values });
    writeFileSync(join(folder, "packed.npy.gz"), gzipSync(bytes));
    t.same(readNpy(join(folder, "packed.npy")), { shape: [1, 2], values });
  }
  t.same(decodeNpy(renamed("|u1", "|i1", Uint8Array.of(255, 2)), "x"), { shape: [2], values: Int8Array.of(-1, 2) });
  const version2 = Buffer.from(encodeNpy([2], Uint8Array.of(7, 8)));
  const longer = Buffer.concat([version2.subarray(0, 10), Buffer.alloc(2), version2.subarray(10)]);
  longer[6] = 2;
  t.same(decodeNpy(longer, "x").values, Uint8Array.of(7, 8));
});

t.test("what is no such array is told by name", async (t) => {
  t.throws(() => readNpy(join(folder, "absent.npy")), /absent\.npy: ENOENT/);
  t.throws(() => decodeNpy(Buffer.from("hello, this is no array"), "x"), /^x: is not a \.npy file/);
  t.throws(() => decodeNpy(renamed("<f4", "<c4", Float32Array.of(1)), "x"), /must hold uint8/);
  t.throws(() => decodeNpy(renamed("False", "True ", Float32Array.of(1)), "x"), /C order/);
  t.throws(() => decodeNpy(Buffer.from(encodeNpy([4], Uint8Array.of(1, 2, 3, 4)).slice(0, -1)), "x"), /is cut short/);
});

interface Small {
  readonly rows: number;
  readonly columns: number;
  readonly size: number;
  readonly expected: (position: number) => Float32Array;
}
const smallSet = ({ rows, columns, size, expected }: Small, more: Partial<TruthSet> = {}): TruthSet => {
  const positions = rows * columns;
  const pixels = size * size;
  const all = Uint32Array.from({ length: pixels }, (_, p) => p);
  return {
    name: "small",
    dose: 100,
    meanCount: 25,
    rows,
    columns,
    height: size,
    width: size,
    counts: Uint8Array.from({ length: positions * pixels }, (_, i) => expected(Math.floor(i / pixels))[i % pixels] ?? 0),
    expected,
    good: all,
    dark: all,
    boundary: new Uint8Array(positions),
    grain: new Int16Array(positions).fill(2),
    centre: new Float32Array(2 * positions).fill((size - 1) / 2),
    fold: null,
    ...more,
  };
};

t.test("scores with known answers", async (t) => {
  const truth = [Float32Array.of(4, 1, 0, 2), Float32Array.of(2, 1, 0, 10)];
  const expected = (p: number): Float32Array => truth[p] as Float32Array;
  const set = smallSet(
    { rows: 1, columns: 2, size: 2, expected },
    {
      good: Uint32Array.of(0, 1, 2),
      dark: Uint32Array.of(1, 2),
      boundary: Uint8Array.of(0, 1),
      counts: Uint8Array.of(5, 1, 0, 0, 2, 1, 1, 0),
    },
  );
  const exact = await scoreEstimates(set, (_, column) => expected(column));
  // What is nothing counts as a thousandth of the mean.
  t.match(exact, { psnr: Number.POSITIVE_INFINITY, deviance: 0.05, worse: 0, boundaryWorse: 0 });
  // Errors 1 and 0; 0 and 2: in pixels 0 and 1, whatever stands in the masked pixel.
  const estimates = [Float32Array.of(5, 1, 0, Number.NaN), Float32Array.of(2, 3, 0, Number.NaN)];
  const s = await scoreEstimates(set, async (_, column) => estimates[column] as Float32Array);
  const near = (found: number, wanted: number, what: string): boolean =>
    t.ok(Math.abs(found - wanted) < 1e-6, `${what}: ${found}, ${wanted}`);
  near(s.psnr, 10 * Math.log10(16 / (5 / 6)), "PSNR");
  near(s.darkPsnr, 10 * Math.log10(1 / (4 / 4)), "dark field");
  near(s.boundaryPsnr, 10 * Math.log10(16 / (4 / 3)), "boundary");
  const least = 1e-3 * 25;
  const deviance = (e: number, r: number): number => 2 * (Math.max(e, least) - r + (r > 0 ? r * Math.log(r / Math.max(e, least)) : 0));
  near(s.deviance, (deviance(5, 4) + deviance(3, 1) + 2 * deviance(0, 0)) / 2, "deviance");
  t.equal(s.worse, 0.5, "an error of 4, of the counts 1; an equal one is not worse");
  t.equal(s.boundaryWorse, 1);
});

t.test("contrast is without the mean over the scan, and without scale", async (t) => {
  const expected = (p: number): Float32Array => Float32Array.of(100 + p, 7, 7, 7);
  const set = smallSet({ rows: 2, columns: 2, size: 2, expected });
  const of = async (f: (p: number) => number): Promise<number> =>
    (await scoreEstimates(set, (r, c) => Float32Array.of(f(2 * r + c), 7, 7, 7))).contrast;
  t.ok(Math.abs((await of((p) => 3 * p)) - 1) < 1e-9);
  t.ok(Math.abs((await of((p) => -p)) + 1) < 1e-9);
  t.ok(Math.abs(await of((p) => (p === 1 || p === 2 ? 1 : 0))) < 1e-9);
});

t.test("averages of neighbours, and how much of them is of another grain", async (t) => {
  const expected = (p: number): Float32Array => new Float32Array(64).fill(p % 3 === 2 ? 40 : 10);
  const set = smallSet(
    { rows: 3, columns: 3, size: 8, expected },
    {
      grain: Int16Array.from({ length: 9 }, (_, p) => (p % 3 === 2 ? 3 : 2)),
      boundary: Uint8Array.from({ length: 9 }, (_, p) => (p === 4 || p === 0 ? 1 : 0)),
    },
  );
  const mean = plainMean(set, 1);
  t.equal(averaged(set, mean)(1, 1)[0], 20);
  t.equal(averaged(set, mean)(0, 0)[0], 10, "the window is cut off at the edge");
  t.ok(Math.abs(boundaryMixing(set, mean) - 1 / 6) < 1e-9);
  t.ok(Math.abs((averaged(set, gatedMean(set, 1, 1))(1, 1)[0] as number) - 10) < 1e-3, "the gate shuts out what is not alike");
  t.equal(averaged(set, plainMean(set, 0))(2, 2)[0], 40);
});

t.test("components give a scan of few patterns back", async (t) => {
  const one = Float32Array.of(9, 1, 0, 4);
  const other = Float32Array.of(1, 6, 3, 4);
  const set = smallSet({ rows: 3, columns: 4, size: 2, expected: (p) => (p % 2 ? one : other) });
  const at = principalComponents(set, 1);
  for (const [column, wanted] of [other, one].entries())
    for (const [p, v] of wanted.entries()) t.ok(Math.abs((at(1, column)[p] as number) - v) < 1e-4, `${column} ${p}`);
});

t.test("the matcher finds rotations, whatever the mean of its grain", async (t) => {
  const size = 48;
  const spots = (degrees: number): Float32Array =>
    Float32Array.from({ length: size * size }, (_, p) => {
      const [y, x] = [Math.floor(p / size) - 23.5, (p % size) - 23.5];
      let v = 0.1;
      for (const [radius, at] of [
        [12, 0],
        [16, 70],
        [9, 200],
      ] as const) {
        const a = ((at + degrees) * Math.PI) / 180;
        v += 20 * Math.exp(-((x - radius * Math.cos(a)) ** 2 + (y - radius * Math.sin(a)) ** 2) / 8);
      }
      return v;
    });
  const truth = [-2, -1, 0, 1, 2].map(spots);
  const set = smallSet(
    { rows: 1, columns: 5, size, expected: (p) => truth[p] as Float32Array },
    {
      fold: new Uint8Array(5).fill(1),
      boundary: Uint8Array.of(0, 0, 0, 1, 1),
    },
  );
  const match = angleMatcher(set);
  t.same(await match?.((_, column) => truth[column] as Float32Array), { core: 0, boundary: 0 });
  const turned = [-2, -1, 0, 1, 2].map((a) => spots(a + (a > 0 ? 3 : 1.5)));
  const found = await match?.((_, column) => turned[column] as Float32Array);
  t.ok(Math.abs((found?.core ?? 0) - 1.5) < 0.2 && Math.abs((found?.boundary ?? 0) - 3) < 0.2, JSON.stringify(found));
  t.equal(angleMatcher(smallSet({ rows: 1, columns: 1, size: 8, expected: () => new Float32Array(64) })), null);
});

t.test("a set from files, and what is wrong with one", async (t) => {
  const at = join(folder, "sets", "two");
  mkdirSync(at, { recursive: true });
  const put = (name: string, shape: number[], values: PixelArray): void => writeFileSync(join(at, `${name}.npy`), encodeNpy(shape, values));
  t.throws(() => readTruthSet(at, 100), /two is no scan with ground truth/);
  const meta = { name: "two", scan_shape: [1, 2], detector_shape: [2, 2], doses_electrons_per_pattern: [100], noiseless: { scale: 0.1 } };
  writeFileSync(join(at, "meta.json"), JSON.stringify(meta));
  put("noiseless_sqrt8", [1, 2, 2, 2], Uint8Array.of(255, 0, 51, 102, 255, 0, 51, 0));
  put("mask", [2, 2], Uint8Array.of(0, 0, 0, 2));
  put("counts_100", [1, 2, 2, 2], Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  put("grain_id", [1, 2], Int16Array.of(1, 2));
  put("purity", [1, 2], Float32Array.of(0.94, 1));
  put("centre", [1, 2, 2], Float32Array.of(0, 0, 1, 1));
  put("fold", [1, 2], Uint8Array.of(4, 4));
  const set = readTruthSet(at, 100);
  t.same([...set.expected(0)], [10, 0, Math.fround(0.4), Math.fround(1.6)]);
  t.same(
    [[...set.good], [...set.dark], [...set.boundary], [...(set.fold ?? [])]],
    [
      [0, 1, 2],
      [1, 2],
      [1, 0],
      [0, 4],
    ],
  );
  const options = (...args: string[]) => parseQualityOptions(["--data", join(folder, "sets"), ...args]);
  t.match(options("--set", "two", "--method", "mean-3x3,raw"), { cases: [{ name: "two", dose: 100 }], methods: ["raw", "mean-3x3"] });
  t.throws(() => options("--set", "three"), /--set must be of two, not three/);
  t.throws(() => options("--dose", "7"), /--dose must be of 100, not 7/);
  t.throws(() => options("--method", "magic"), /--method must be of raw, /);
  t.throws(() => parseQualityOptions(["--data", join(folder, "none")]), /there is no folder .*none; --data names one/);
  put("purity", [1], Float32Array.of(1));
  t.throws(() => readTruthSet(at, 100), /purity\.npy holds 1 values, not 2/);
  put("purity", [2], Uint8Array.of(1, 1));
  t.throws(() => readTruthSet(at, 100), /purity\.npy holds a Uint8Array/);
});

const data = sharedPath("data", "sim");

t.test("raw patterns that the daemon hands out score as the counts themselves", needs(data, "simulated scans"), async (t) => {
  const [table] = await tablesOf(t, "quality", "--data", data as string, "--method", "raw,daemon-raw");
  const [counts, daemon] = table?.rows ?? [];
  t.match(counts, { scan: "tiny", "e-": 200, "PSNR dB": Number, "angle core": Number });
  for (const name of ["PSNR dB", "dark dB", "deviance", "contrast", "edge dB", "worse %", "angle core", "angle edge"])
    t.equal(daemon?.[name], counts?.[name], name);
  t.type(daemon?.["last s"], "number");
});
