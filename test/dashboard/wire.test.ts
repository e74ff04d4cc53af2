import fc from "fast-check";
import t from "tap";
import { createAssembly, tileValues } from "../../dashboard/lib/assembly.js";
import { retryDelay } from "../../dashboard/lib/backoff.js";
import { MAX_POSITIONS, readEvent, readMade, readMessage, readSeries, readStats } from "../../dashboard/lib/read-message.js";
import { NOT_DENOISED } from "../../src/core/denoise.js";
import { LAYERS } from "../../src/core/map-layer.js";
import type { SeriesInfo } from "../../src/core/series.js";
import type { Tile } from "../../src/core/wire.js";

const aSeries = (over: Record<string, unknown> = {}): SeriesInfo => {
  const s = readSeries({
    id: "20261121T000000Z-1",
    shape: [4, 3],
    layers: LAYERS.map((l) => ({ ...l, shape: [4, 3], revision: 0 })),
    ...over,
  });
  if (!s) throw new Error("the series of this test is not readable");
  return s;
};
const aTile = (over: Partial<Tile> = {}): Tile => ({
  t: "tile",
  series: "20261121T000000Z-1",
  layer: "sum",
  seq: 1,
  revision: 1,
  row: 0,
  col: 0,
  rows: 1,
  cols: 3,
  dtype: "float32",
  scale: 1,
  offset: 0,
  data: new Uint8Array(new Float32Array([1, 2, Number.NaN]).buffer),
  ...over,
});

t.test("an integer-coded float layer is offset + scale * code, its highest code no result", async (t) => {
  const bytes = new Uint8Array([0, 10, 255]);
  t.same([...tileValues(aTile({ dtype: "uint8", scale: 0.5, offset: -1, data: bytes }), "float32")], [-1, 4, Number.NaN]);
  const words = new Uint8Array(new Uint16Array([0, 65534, 65535]).buffer);
  t.same([...tileValues(aTile({ dtype: "uint16", scale: 2, offset: 1, data: words }), "float32")], [1, 131069, Number.NaN]);
});

t.test("labels and masks are never coded; label -1 is no result", async (t) => {
  t.same([...tileValues(aTile({ dtype: "uint8", scale: 9, offset: 9, data: new Uint8Array([0, 3, 255]) }), "uint8")], [0, 3, 255]);
  const labels = new Uint8Array(new Int32Array([-1, 0, 7]).buffer);
  t.same([...tileValues(aTile({ dtype: "int32", data: labels }), "int32")], [Number.NaN, 0, 7]);
});

t.test("data that starts at an odd byte of a message is read", async (t) => {
  const whole = new Uint8Array(13);
  whole.set(new Uint8Array(new Float32Array([1, 2, 3]).buffer), 1);
  t.same([...tileValues(aTile({ data: whole.subarray(1) }), "float32")], [1, 2, 3]);
});

t.test("tiles of any cut give the whole map", async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.nat(8)),
      (rows, cols, channels, random) => {
        const next = (most: number): number => ((random.next().value as number) % most) + 1;
        const assembly = createAssembly();
        assembly.series(aSeries({ shape: [rows, cols] }));
        const truth = Float32Array.from({ length: channels * rows * cols }, (_, i) => i + 0.5);
        for (let row = 0, high = 0; row < rows; row += high) {
          high = Math.min(next(4), rows - row);
          for (let col = 0, wide = 0; col < cols; col += wide) {
            wide = Math.min(next(4), cols - col);
            const cut = new Float32Array(channels * high * wide);
            for (let c = 0, k = 0; c < channels; c++)
              for (let r = 0; r < high; r++)
                for (let x = 0; x < wide; x++) cut[k++] = truth[(c * rows + row + r) * cols + col + x] as number;
            const why = assembly.apply(aTile({ layer: "centre", row, col, rows: high, cols: wide, data: new Uint8Array(cut.buffer) }));
            if (why !== undefined) return false;
          }
        }
        const [band, ...more] = assembly.take();
        return (
          more.length === 0 &&
          band !== undefined &&
          band.count === rows &&
          band.channels === channels &&
          band.data.every((v, i) => v === truth[i])
        );
      },
    ),
    { numRuns: 60 },
  );
});

t.test("only rows that changed are handed out, once, in runs", async (t) => {
  const assembly = createAssembly();
  assembly.series(aSeries());
  for (const row of [0, 1, 3]) assembly.apply(aTile({ row, seq: row + 1 }));
  t.same(
    assembly.take().map((b) => [b.row, b.count]),
    [
      [0, 2],
      [3, 1],
    ],
  );
  t.same(assembly.take(), []);
  t.same(assembly.since(), { series: "20261121T000000Z-1", seq: 4 });
});

t.test("magnitude and angle of the centre of mass follow both of its layers", async (t) => {
  const assembly = createAssembly();
  assembly.series(aSeries());
  const values = (v: number[]): Uint8Array => new Uint8Array(new Float32Array(v).buffer);
  assembly.apply(aTile({ layer: "com_row", data: values([1, -1, 0]) }));
  t.same(
    assembly.take().map((b) => b.layer),
    ["com_row"],
    "not from one alone",
  );
  assembly.apply(aTile({ layer: "com_col", data: values([0, 0, Number.NaN]) }));
  const bands = new Map(assembly.take().map((b) => [b.layer, b]));
  t.same([...(bands.get("com_magnitude")?.data ?? [])], [1, 1, Number.NaN]);
  const angle = bands.get("com_angle")?.data ?? [];
  t.ok(Math.abs((angle[0] ?? 0) - Math.PI / 2) < 1e-6, "towards +row is 90°: clockwise on screen");
  t.ok(Math.abs((angle[1] ?? 0) - 1.5 * Math.PI) < 1e-6, "never negative");
  t.ok(Number.isNaN(angle[2]));
});

t.test("a new shape begins again; a tile that does not fit is named, not taken", async (t) => {
  const assembly = createAssembly();
  t.equal(assembly.since(), undefined);
  t.match(assembly.apply(aTile()), /unknown series/);
  assembly.series(aSeries());
  assembly.apply(aTile());
  t.match(assembly.apply(aTile({ row: 4 })), /outside the map/);
  t.match(assembly.apply(aTile({ cols: 1, rows: 1, data: new Uint8Array(4 * 65) })), /65 channels/);
  assembly.series(aSeries({ shape: [2, 6] }));
  t.equal(assembly.since(), undefined, "nothing of the new grid has come");
  assembly.apply(aTile({ cols: 6, data: new Uint8Array(24) }));
  t.same(
    assembly.take().map((b) => [b.rows, b.cols]),
    [[2, 6]],
  );
});

t.test("the newest series is what to resume from; the oldest are let go", async (t) => {
  const assembly = createAssembly(2);
  for (const n of [1, 2, 3]) {
    assembly.series(aSeries({ id: `s-${n}` }));
    assembly.apply(aTile({ series: `s-${n}`, seq: n }));
  }
  t.same(assembly.since(), { series: "s-3", seq: 3 });
  t.match(assembly.apply(aTile({ series: "s-1" })), /unknown series s-1/);
  assembly.series(aSeries({ id: "s-3" }));
  t.equal(assembly.apply(aTile({ series: "s-3" })), undefined);
});

t.test("a layer that nobody named is a float layer, and empty is no result", async (t) => {
  const assembly = createAssembly();
  assembly.series(aSeries({ layers: [] }));
  assembly.apply(aTile({ layer: "thickness", col: 1, cols: 1, data: new Uint8Array(new Float32Array([5]).buffer) }));
  assembly.apply(aTile({ layer: "tier", dtype: "uint8", cols: 1, data: new Uint8Array([1]) }));
  const bands = assembly.take();
  t.same([...(bands[0]?.data ?? [])], [Number.NaN, 5, Number.NaN]);
  t.same([...(bands[1]?.data ?? [])], [1, 0, 0], "zero is what a mask holds where nothing is");
});

t.test("messages are read or refused with a sentence", async (t) => {
  t.match(readMessage(null), /no map/);
  t.match(readMessage([1]), /no map/);
  t.match(readMessage({ t: "party" }), /unknown message party/);
  t.match(readMessage({ t: "series", id: "x", shape: [0, 3] }), /without id or shape/);
  t.match(readMessage({ t: "event" }), /without id/);
  t.match(readMessage({ t: "stats" }), { t: "stats", clients: 0 });
  t.match(readMessage({ t: "stats", reduced_rate: true }), { reduced_rate: true });
  t.match(readMessage({ t: "event", id: 3, level: "loud" }), { level: "info" });
  t.match(readMessage({ t: "series", id: "x", shape: [2, 3] }), { t: "series", state: "waiting", beam: null });
  const good = { ...aTile() } as Record<string, unknown>;
  t.match(readMessage({ ...good, snapshot: true }), { layer: "sum", snapshot: true });
  t.match(readMessage({ ...good, layer: "" }), /no series or layer/);
  t.match(readMessage({ ...good, dtype: "float64" }), /unknown dtype float64/);
  t.match(readMessage({ ...good, rows: 0 }), /bad place or size/);
  t.match(readMessage({ ...good, col: 0.5 }), /bad place or size/);
  t.match(readMessage({ ...good, data: [1, 2] }), /no bin/);
  t.match(readMessage({ ...good, data: new Uint8Array(5) }), /5 bytes do not fill 1 x 3 float32/);
  t.match(readMessage({ ...good, data: new Uint8Array(0) }), /0 bytes/);
});

t.test("whatever comes, reading a message never throws", async () => {
  const kinds = fc.constantFrom("tile", "series", "event", "stats", "x");
  fc.assert(
    fc.property(fc.object({ maxDepth: 2 }), kinds, (o, kind) => {
      const m = readMessage({ ...o, t: kind });
      return typeof m === "string" || m.t === kind;
    }),
    { numRuns: 200 },
  );
});

t.test("a series keeps what is known and fills in the rest", async (t) => {
  const s = aSeries({
    frames: { expected: null, received: 12n, lost: "many" },
    layers: [{ name: "sum", kind: "loud" }, 7, { kind: "mask" }],
    beam: { row: 1, col: 2, radius: 3 },
    calibration: { energy_kev: 200 },
    frame_shape: [96, 96],
  });
  t.match(s.frames, { expected: null, received: 12, lost: 0 });
  t.equal(s.layers.length, 1, "entries without a name are left out");
  t.equal(s.layers[0]?.kind, "intensity");
  t.same(s.beam, { row: 1, col: 2, radius: 3 });
  t.same(s.calibration, { energy_kev: 200, pixel_size_inv_angstrom: null });
  t.same(s.frame_shape, [96, 96]);
  t.equal(readSeries({ id: "x", shape: [MAX_POSITIONS, 2] }), null, "too large to show");
  t.equal(readSeries("x"), null);
  t.equal(readEvent(4), null);
  t.equal(readStats(4), null);
  const stats = readStats({ source: { state: "lost" }, stages: [{ name: "ingest", rate: 5 }, null], account: { lost: 4 } });
  t.match(stats, {
    source: { state: "connecting" },
    stages: [{ name: "ingest", rate: 5, depth: 0 }],
    account: { lost: 4, expected: null },
    denoise: NOT_DENOISED,
  });
  const denoise = {
    method: "neighbour",
    variant: "cheap",
    provider: "webgpu",
    waiting: 12,
    patterns: { wanted: "all", final: 3, provisional: 1, waiting: 2, gone: 4 },
    models: [{ epoch: 1, checksum: "ab", row: 3, gain: 0.02 }],
    adapting: { rounds: 1, gain: 0.02 },
  };
  t.same(readStats({ denoise })?.denoise, denoise);
  t.match(readStats({ denoise: { method: "magic", variant: 3, waiting: "many" } }), {
    denoise: NOT_DENOISED,
  });
});

t.test("reconnect delays grow from half a second to fifteen, with jitter", async (t) => {
  t.equal(retryDelay(0, 1), 500);
  t.equal(retryDelay(0, 0), 250);
  t.equal(retryDelay(3, 1), 4000);
  t.equal(retryDelay(99, 1), 15_000);
});

t.test("names of channels are taken when there is one for each", async (t) => {
  const parts = (over: Record<string, unknown>): readonly string[] | undefined =>
    aSeries({ layers: [{ name: "projections", shape: [4, 3, 2], ...over }] }).layers[0]?.parts;
  t.same(parts({ parts: ["a", "b"] }), ["a", "b"]);
  for (const bad of [undefined, [], ["a"], ["a", "b", "c"], ["a", 2], ["a", ""], "ab"]) t.equal(parts({ parts: bad }), undefined);
  const many = Array.from({ length: 65 }, (_, i) => `p${i}`);
  t.equal(parts({ shape: [4, 3, 65], parts: many }), undefined, "more channels than a tile may have");
});

t.test("a newly wanted layer has come before the page resumes from a number", async (t) => {
  const assembly = createAssembly();
  assembly.want(["sum"]);
  assembly.series(aSeries());
  assembly.apply(aTile({ seq: 5 }));
  assembly.want(["projections", "sum"]);
  t.equal(assembly.since(), undefined, "nothing of it has come");
  assembly.apply(aTile({ seq: 6 }));
  t.equal(assembly.since(), undefined, "a tile that was on its way says nothing");
  assembly.apply(aTile({ layer: "projections", seq: 0 }));
  t.equal(assembly.since(), undefined, "not complete");
  assembly.apply(aTile({ layer: "projections", row: 1, seq: 7 }));
  t.match(assembly.since(), { seq: 7 });
});

t.test("a layer that is no longer wanted is let go, derived ones stay", async (t) => {
  const assembly = createAssembly();
  assembly.want(["com_col", "com_row", "sum"]);
  assembly.series(aSeries());
  for (const layer of ["sum", "com_row", "com_col"]) assembly.apply(aTile({ layer }));
  assembly.take();
  assembly.want(["com_col", "com_row", "bf"]);
  assembly.want(["com_col", "com_row"]);
  t.equal(assembly.apply(aTile({ seq: 3 })), undefined, "on its way when it was given up");
  t.same(assembly.take(), []);
  assembly.apply(aTile({ layer: "com_row", seq: 4 }));
  t.ok(assembly.take().some((b) => b.layer === "com_angle"));
  t.match(assembly.since(), { seq: 4 });
});

t.test("answers say how a pattern was denoised", async (t) => {
  const of = (headers: Record<string, string>) => readMade((name) => headers[name] ?? null);
  t.equal(of({}), null);
  t.same(of({ "x-denoise-method": "model", "x-denoise-variant": "full" }), { method: "model", variant: "full", final: false, model: null });
  t.same(of({ "x-denoise-method": "neighbour", "x-denoise-variant": "cheap", "x-denoise-final": "true" }), {
    method: "neighbour",
    variant: "cheap",
    final: true,
    model: null,
  });
  t.same(of({ "x-denoise-method": "model", "x-denoise-model": "ab", "x-denoise-epoch": "2" })?.model, { epoch: 2, checksum: "ab" });
  t.same(of({ "x-denoise-method": "magic" }), { method: "off", variant: "full", final: false, model: null });
});
