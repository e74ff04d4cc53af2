import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import type { ArchivedRows } from "../../src/core/archive.js";
import type { FrameShape } from "../../src/core/frame.js";
import { layerSpec } from "../../src/core/map-layer.js";
import { PLAIN_RASTER, type ScanGrid } from "../../src/core/scan.js";
import { prepareDirectory } from "../../src/sinks/archive/archive.js";
import { binnedKind, binPattern, patternRoom } from "../../src/sinks/archive/bin-pattern.js";
import { MapArrays } from "../../src/sinks/archive/map-arrays.js";
import { DATA_CHUNK, RawFrames } from "../../src/sinks/archive/raw-frames.js";
import { readRaw } from "../../src/sinks/archive/read-raw.js";
import { ZarrStore } from "../../src/sinks/archive/zarr-store.js";
import { attributesOf, readZarr } from "../fixtures/read-zarr.js";
import { aRandom } from "../fixtures/scan.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-store-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
function aStore(): ZarrStore {
  const store = new ZarrStore(join(folder, `${count++}.zspy`));
  store.group("braggstream");
  return store;
}

const shape: FrameShape = { height: 4, width: 6, type: "uint16", encoding: "none", element: 0, bigEndian: false };
const begin = {
  key: "k",
  wireSeries: 1,
  wireUniqueId: null,
  expected: 12,
  channels: ["a"],
  channel: "a",
  height: 4,
  width: 6,
  type: "uint16" as const,
  mask: null,
  saturation: 900,
  errorValue: null,
  scan: {},
  meta: { who: "Å" },
  implied: false,
};
const grid: ScanGrid = { rows: 3, columns: 4, ...PLAIN_RASTER };

t.test("frames of any size come back in order, over the ends of chunks", async (t) => {
  const store = aStore();
  const raw = new RawFrames(store, begin, grid);
  const random = aRandom(7);
  const sizes = [10, 3 << 20, 0, 5, 7 << 20, 1 << 20, 6 << 20, 2, (1 << 21) - 1, 9];
  const sent = sizes.map((n) => Uint8Array.from({ length: n }, (_, i) => (i % 4096 === 0 ? 256 * random() : i)));
  sent.forEach((bytes, i) => {
    raw.add(i === 9 ? 2 ** 33 : i, i === 3 ? { ...shape, encoding: "bslz4", element: 2 } : { ...shape }, i !== 5, bytes);
    if (i === 6) raw.flush();
  });
  t.equal(readRaw(store.path).count, 7, "what was flushed");
  raw.flush();
  const stored = readRaw(store.path);
  const frames = [...stored.frames()];
  t.ok(frames.every((f, i) => Buffer.compare(f.bytes, sent[i] as Uint8Array) === 0));
  t.ok(sizes.reduce((n, m) => n + m, 0) > DATA_CHUNK);
  t.same(
    frames.map((f) => [f.image, f.position, f.complete, f.shape.encoding]),
    sizes.map((_, i) => [i === 9 ? 2 ** 33 : i, i === 9 ? -2 : i, i !== 5, i === 3 ? "bslz4" : "none"]),
  );
  t.match(stored.begin, { key: "k", expected: 12, saturation: 900, mask: null });
  t.same(stored.grid, grid);
  const { buffer, offset, length } = raw.recall([3, 8, 11, 0]);
  t.same([...length], [5, (1 << 21) - 1, -1, 10]);
  t.same(Uint8Array.from(new Uint8Array(buffer, offset[3], 10)), sent[0]);
  const seen: number[] = [];
  raw.place({ ...grid, rows: 4, columns: 3, order: "serpentine" }, (_, at) => seen.push(at));
  t.same(seen, [0, 1, 2, 5, 4, 3, 6, 7, 8, -2]);
  t.same(
    [...readRaw(store.path).frames()].map((f) => f.position),
    seen,
  );
  raw.close();
});

t.test("more kinds of frames than there are numbers for", async (t) => {
  const raw = new RawFrames(aStore(), begin, grid);
  for (let i = 0; i < 300; i++) raw.add(i, { ...shape, height: i + 1 }, true, new Uint8Array(1));
  raw.flush();
  t.equal(raw.entries(299, 1)[0]?.shape, 255);
  raw.close();
});

t.test("a damaged store is told, with its path", async (t) => {
  const store = aStore();
  const raw = new RawFrames(store, begin, grid);
  for (let i = 0; i < 5; i++) raw.add(i, shape, true, new Uint8Array(48).fill(i));
  raw.flush();
  raw.close();
  const at = (name: string): string => join(store.path, "braggstream/raw", name);
  const damage = (name: string, text: string): void => {
    const before = readFileSync(at(name));
    writeFileSync(at(name), text);
    t.throws(() => [...readRaw(store.path).frames()], { code: "bad-file", at: store.path }, `${name}: ${text.slice(0, 40)}`);
    writeFileSync(at(name), before);
  };
  const attributes = attributesOf(store.path, "braggstream/raw");
  for (const change of [
    { shapes: [] },
    { shapes: [3] },
    { shapes: [{ ...shape, type: "complex" }] },
    { grid: { ...grid, rows: 0 } },
    { grid: { ...grid, lineSkip: -1 } },
    { grid: null },
  ])
    damage(".zattrs", JSON.stringify({ ...attributes, ...change }));
  for (const text of ["", "[]", "{", JSON.stringify({ shape: [5], chunks: [0], dtype: "<i4", compressor: null })])
    damage("length/.zarray", text);
  damage("length/0", "short");
  const bytes = readFileSync(at("length/0"));
  bytes.writeInt32LE(-1, 0);
  damage("length/0", bytes.toString("latin1"));
  damage("data/0", "short");
  mkdirSync(at("mask/0"), { recursive: true });
  writeFileSync(at("mask/0/0"), new Uint8Array(3));
  t.throws(() => readRaw(store.path), /the mask has another size/);
  rmSync(at("mask"), { recursive: true });
  t.equal([...readRaw(store.path).frames()].length, 5, "it is whole again");
  rmSync(at(".zattrs"));
  t.throws(() => readRaw(store.path), /holds no frames/);
  writeFileSync(at(".zattrs"), JSON.stringify({ ...attributes, begin: 4 }));
  t.match(readRaw(store.path).begin, { key: "", expected: null });
});

t.test("maps: channels first or last, other channels than before, rows beyond the last", async (t) => {
  const store = aStore();
  const maps = new MapArrays(store);
  const rows = (name: string, channels: number, row: number, chunk: number, values: number[]): ArchivedRows => {
    const layer = { ...layerSpec(name), channels };
    const value =
      layer.dtype === "int32" ? Int32Array.from(values) : layer.dtype === "uint8" ? Uint8Array.from(values) : Float32Array.from(values);
    return { layer, rows: 3, columns: 2, row, chunk, value };
  };
  const read = (name: string): number[] => Array.from(readZarr(store.path, "braggstream/maps", name).values, Number);
  maps.put(rows("weights", 2, 0, 2, [1, 2, 3, 4, 5, 6, 7, 8]));
  t.same(read("weights"), [1, 3, 5, 7, Number.NaN, Number.NaN, 2, 4, 6, 8, Number.NaN, Number.NaN]);
  maps.put(rows("weights", 3, 2, 2, [1, 2, 3, 4, 5, 6]));
  t.same(readZarr(store.path, "braggstream/maps/weights").shape, [3, 3, 2]);
  t.same(read("weights").slice(4, 6), [1, 4]);
  maps.put(rows("label", 1, 2, 2, [5, 6]));
  t.same(read("label"), [-1, -1, -1, -1, 5, 6]);
  maps.put(rows("tier", 1, 2, 2, [1, 2]));
  t.same(read("tier"), [0, 0, 0, 0, 1, 2]);
  maps.put(rows("centre", 2, 0, 1, [1, 2, 3, 4]));
  t.same(readZarr(store.path, "braggstream/maps/centre").shape, [3, 2, 2]);
  t.match(attributesOf(store.path, "braggstream/maps/centre"), { kind: "vector", unit: "px" });
  maps.keep(["label"]);
  t.notOk(existsSync(join(store.path, "braggstream/maps/tier")));
  maps.clear();
  t.notOk(existsSync(join(store.path, "braggstream/maps/label")));
});

t.test("binning keeps every count, and pixels without data out", async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(1, 2, 4),
      fc.nat(),
      (height, width, bin, seed) => {
        const frame = { height, width, type: "uint8" } as const;
        const random = aRandom(seed);
        const pixels = Uint8Array.from({ length: height * width }, () => (random() < 0.2 ? 255 : 250 * random()));
        const kind = binnedKind({ signal: "raw", frame }, bin as 1 | 2 | 4);
        const out = patternRoom(kind, 1);
        binPattern(pixels, { frame, low: 0, high: 254 }, bin as 1 | 2 | 4, out, 0);
        const [h, w] = [kind.height * bin, kind.width * bin];
        let sum = 0;
        for (let r = 0; r < h; r++)
          for (let c = 0; c < w; c++) if (bin === 1 || (pixels[r * width + c] as number) < 255) sum += pixels[r * width + c] as number;
        return Array.from<number>(out).reduce((n, v) => n + v, 0) === sum && (bin === 1 || out instanceof Uint16Array);
      },
    ),
  );
  const out = new Float32Array(2);
  const frame = { height: 2, width: 4, type: "float32" } as const;
  binPattern(Float32Array.of(1, Number.NaN, Number.NaN, Number.NaN, 2, 3, Number.NaN, Number.NaN), { frame, low: -9, high: 9 }, 2, out, 0);
  t.same([...out], [6, Number.NaN]);
});

t.test("files: whole or not at all", async (t) => {
  const store = aStore();
  t.throws(() => new ZarrStore(store.path), { code: "EEXIST" }, "what is there is not written over");
  store.json("braggstream/.zattrs", { unit: "1/Å" });
  t.equal(readFileSync(join(store.path, "braggstream/.zattrs"), "latin1"), '{"unit":"1/\\u00c5"}');
  mkdirSync(join(store.path, "braggstream/folder"));
  t.throws(() => store.file("braggstream/folder", new Uint8Array(4)), "a file cannot take the place of a folder");
  t.throws(() => store.file("braggstream/.zattrs/x", new Uint8Array(4)), { code: "ENOTDIR" });
  rmSync(store.path, { recursive: true });
  t.throws(() => store.json("braggstream/maps/a", {}), { code: "ENOENT" });
  t.notOk(existsSync(store.path));
  const inside = join(folder, "made/for/it");
  prepareDirectory(inside);
  t.ok(existsSync(inside));
  chmodSync(inside, 0o700);
});
