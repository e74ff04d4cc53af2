import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { MapLayer } from "../../src/core/map-layer.js";
import type { DenoisedPattern, Image } from "../../src/core/sink.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { archivedPattern } from "../../src/sinks/archive/read-pattern.js";
import { readRaw } from "../../src/sinks/archive/read-raw.js";
import { HYPERSPY, openedByHyperSpy } from "../fixtures/hyperspy.js";
import { attributesOf, readZarr } from "../fixtures/read-zarr.js";
import { aScan, messagesOf, played } from "../fixtures/scan.js";
import { needs } from "../fixtures/shared.js";
import { aStand, MEASURES_ONLY, type Stand } from "./stand.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-archive-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const ROWS = 9;
const COLUMNS = 10;
const scan = aScan({ rows: ROWS, columns: COLUMNS, size: 40, electrons: 400, descan: 0 });
const BEAM = { "calibration.beam_center": [20, 19], "calibration.bf_radius_px": 4 };
const shape = { shape: [ROWS, COLUMNS] as const, shapeByFlag: true };

interface Archived {
  readonly stand: Stand;
  readonly directory: string;
}
async function archiving(o: Record<string, unknown> = {}, scanSettings: object = {}): Promise<Archived> {
  const directory = join(folder, String(count++));
  mkdirSync(directory);
  const settings = { ...BEAM, "denoise.method": "neighbour", "archive.directory": directory, ...o };
  return { directory, stand: await aStand({ settings, scan: { ...shape, ...scanSettings } }) };
}
const newest = ({ stand }: Archived): SeriesRun => stand.line.newest() as SeriesRun;
const pathOf = ({ stand }: Archived): string => stand.line.newest()?.archive?.path ?? "/nowhere";
const digest = (...parts: ArrayBufferView[]): string => {
  const hash = createHash("sha256");
  for (const p of parts) hash.update(new Uint8Array(p.buffer, p.byteOffset, p.byteLength));
  return hash.digest("hex");
};

/** Every frame that was sent is there, in order, to the bit. */
function sameFrames(t: Test, path: string, sent: readonly (readonly [image: number, payload: Uint8Array])[]): void {
  const frames = [...readRaw(path).frames()];
  t.equal(frames.length, sent.length);
  t.ok(
    sent.every(([image, payload], i) => frames[i]?.image === image && digest(frames[i]?.bytes as Uint8Array) === digest(payload)),
    "bit for bit",
  );
}

async function denoised({ line }: Stand, id: string): Promise<Float32Array[]> {
  const out: Float32Array[] = [];
  for (let at = 0; at < ROWS * COLUMNS; at++) {
    const p = (await line.pattern(id, Math.floor(at / COLUMNS), at % COLUMNS, "denoised")) as DenoisedPattern;
    out.push(p.pixels as Float32Array);
  }
  return out;
}

/** As in files. */
function valuesOf({ value, channels, channelsFirst }: MapLayer): MapLayer["value"] {
  if (!channelsFirst) return value;
  const n = value.length / channels;
  return Float32Array.from({ length: value.length }, (_, i) => value[(i % n) * channels + Math.floor(i / n)] as number);
}

t.test("patterns, maps, classes, frames and provenance of a series", { timeout: 300_000 }, async (t) => {
  const a = await archiving({ "calibration.pixel_size_inv_angstrom": 0.01, "calibration.energy_kev": 200 }, { step: 2.5 });
  const { stand } = a;
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = newest(a);
  const path = pathOf(a);
  t.match(run.archive, { path: join(a.directory, `${run.id}.zspy`), state: "closed", reason: null });
  t.ok((run.archive?.bytes ?? 0) > 90 * 40 * 40 * 4);
  t.same(run.work?.denoising.patterns, { wanted: "all", final: 90, provisional: 0, waiting: 0, gone: 0 }, "patterns of all are wanted");

  const data = readZarr(path, "Experiments", run.id, "data");
  t.same([data.shape, data.dtype, data.chunks.slice(2)], [[ROWS, COLUMNS, 40, 40], "<f4", [40, 40]]);
  t.equal(digest(data.values), digest(...(await denoised(stand, run.id))), "the patterns that the daemon answers");
  t.ok(readZarr(path, "braggstream/maps/pattern_tier").values.every((v) => v === 3));
  for (const layer of run.maps.layers()) {
    const { shape: s, values } = readZarr(path, "braggstream/maps", layer.name);
    t.same(s, run.maps.info().layers.find((l) => l.name === layer.name)?.shape, layer.name);
    t.equal(digest(values), digest(valuesOf(layer)), layer.name);
  }
  t.same(
    readdirSync(join(path, "braggstream/maps"))
      .filter((n) => !n.startsWith("."))
      .sort(),
    [...run.maps.layers().map((l) => l.name), "pattern_tier"].sort(),
  );
  sameFrames(
    t,
    path,
    scan.payloads.map((p, i) => [i, p] as const),
  );
  const view = await stand.line.components(run.id);
  if ("off" in view) throw new Error(view.off);
  t.match(attributesOf(path, "braggstream/components"), { components: view.components, grains: view.grains, inner_px: view.inner });
  t.same(readZarr(path, "braggstream/components/polar").values, view.polar);
  t.same(readZarr(path, "braggstream/components/images").shape, [view.components.length, 40, 40]);
  const { provenance } = attributesOf(path, "braggstream") as { provenance: Record<string, unknown> };
  t.match(provenance, { complete: true, series: { id: run.id, state: "finished", frames: { placed: 90, lost: 0 } } });
  t.match(
    (provenance.events as { code: string }[]).map((e) => e.code),
    ["series-begun"],
  );
  const info = run.maps.info();
  for (const [row, column] of [
    [0, 0],
    [4, 9],
    [8, 3],
  ] as const) {
    const { pixels, made } = (await stand.line.pattern(run.id, row, column, "denoised")) as DenoisedPattern;
    t.same(
      await archivedPattern(info, row, column),
      { height: 40, width: 40, pixels, made },
      "what memory does not keep is read from the archive",
    );
  }
  t.equal(await archivedPattern({ ...info, archive: null }, 0, 0), null);
  t.equal(await archivedPattern({ ...info, id: "other" }, 0, 0), null);
  t.equal(await archivedPattern(info, ROWS, 0), null);
  rmSync(join(path, "Experiments", run.id, "data/3"), { recursive: true });
  t.equal(await archivedPattern(info, 3, 0), null);
  t.match(stand.line.stats().archive, { directory: a.directory, waiting_bytes: 0, newest: { state: "closed" }, free_bytes: Number });
  await stand.close();
});

t.test("what HyperSpy finds", { timeout: 300_000, ...needs(HYPERSPY, "python3-hyperspy") }, async (t) => {
  const calibrated = { "calibration.pixel_size_inv_angstrom": 0.01, "archive.bin": 2 };
  const a = await archiving(calibrated, { step: 2.5 });
  await a.stand.send(played(scan, "dectris-v2"));
  await a.stand.until(1);
  const found = openedByHyperSpy(pathOf(a));
  const run = newest(a);
  t.match(found, { shape: [ROWS, COLUMNS, 20, 20], dtype: "float32", title: run.id, notes: /^Denoised/ });
  t.match(found.axes, [
    { name: "y", size: ROWS, scale: 2.5, offset: 0, units: "nm", navigate: true },
    { name: "x", size: COLUMNS, scale: 2.5, offset: 0, units: "nm", navigate: true },
    { name: "ky", size: 20, scale: 0.02, units: "1/Å", navigate: false },
    { name: "kx", size: 20, scale: 0.02, units: "1/Å", navigate: false },
  ]);
  const [, , ky, kx] = found.axes;
  t.ok(
    Math.abs((ky?.offset ?? 0) + 0.195) < 1e-12 && Math.abs((kx?.offset ?? 0) + 0.185) < 1e-12,
    "the middle of the first bin, from the beam",
  );
  const sums = (await denoised(a.stand, run.id)).map((p) =>
    Float32Array.from({ length: 400 }, (_, i) => {
      const at = 80 * Math.floor(i / 20) + 2 * (i % 20);
      return [at, at + 1, at + 40, at + 41].reduce((n, k) => n + (p[k] as number), 0);
    }),
  );
  t.equal(found.sha256, digest(...sums), "counts of four pixels summed");
  for (const layer of run.maps.layers()) t.equal(found.maps[layer.name]?.sha256, digest(valuesOf(layer)), layer.name);
  // A broken store is told from a whole one.
  rmSync(join(pathOf(a), "Experiments", run.id, "axis-2"), { recursive: true });
  t.throws(() => openedByHyperSpy(pathOf(a)), /HyperSpy cannot open/);
  await a.stand.close();
});

t.test("without denoising the frames are the signal", { timeout: 300_000 }, async (t) => {
  for (const [bin, type] of [
    [1, "<u2"],
    [4, "<u4"],
  ] as const)
    for (const raw of [true, false]) {
      const a = await archiving({ ...MEASURES_ONLY, "archive.bin": bin, "archive.raw": raw });
      await a.stand.send(played(scan, "dectris-v2"));
      await a.stand.until(1);
      const path = pathOf(a);
      const { id } = newest(a);
      const data = readZarr(path, "Experiments", id, "data");
      t.same([data.shape, data.dtype], [[ROWS, COLUMNS, 40 / bin, 40 / bin], type]);
      const sum = (values: ArrayLike<number | bigint>): number => Array.from(values).reduce<number>((n, v) => n + Number(v), 0);
      t.equal(
        sum(data.values),
        scan.frames.reduce((n, f) => n + sum(f), 0),
      );
      if (bin === 1) t.equal(digest(data.values), digest(...scan.frames.map((f) => f as Uint16Array)));
      t.ok(readZarr(path, "braggstream/maps/pattern_tier").values.every((v) => v === 1));
      t.match(attributesOf(path, "Experiments", id, "metadata/General").notes, /^Raw patterns/);
      t.equal(existsSync(join(path, "braggstream/raw")), raw);
      t.equal(attributesOf(path, "Experiments", id, "axis-3").units, "px");
      await a.stand.close();
    }
});

t.test("frames are not kept where that is not wanted", async (t) => {
  const a = await archiving({ "archive.raw": false });
  await a.stand.send(played(scan, "dectris-v2"));
  await a.stand.until(1);
  t.notOk(existsSync(join(pathOf(a), "braggstream/raw")));
  t.equal(readZarr(pathOf(a), "Experiments", newest(a).id, "data").dtype, "<f4");
  await a.stand.close();
});

t.test("duplicates and frames out of order are all there; a scan that is cut short is closed", async (t) => {
  const a = await archiving({ ...MEASURES_ONLY, "source.silence_s": 0.3 });
  const { begin, image } = messagesOf(scan, "dectris-v2");
  const other = messagesOf(aScan({ rows: 1, columns: 5, size: 24 }), "dectris-v2");
  const order = [0, 2, 1, 1, 5, 4];
  await a.stand.send([begin as Uint8Array[], ...order.map((i) => image(i)), other.image(3)]);
  await a.stand.until(1);
  t.match(newest(a), { state: "aborted", archive: { state: "closed" } });
  const stored = readRaw(pathOf(a));
  const frames = [...stored.frames()];
  t.same(
    frames.map((f) => [f.image, f.position]),
    order.map((i) => [i, i]),
  );
  t.match(stored.grid, { rows: ROWS, columns: COLUMNS });
  t.match(attributesOf(pathOf(a), "braggstream").provenance, { series: { state: "aborted", frames: { duplicate: 1, malformed: 1 } } });
  const tiers = readZarr(pathOf(a), "braggstream/maps/pattern_tier").values;
  t.same(
    Array.from(tiers, Number)
      .map((v, i) => (v === 1 ? i : -1))
      .filter((i) => i >= 0),
    [0, 1, 2, 4, 5],
  );
  t.equal(
    digest(readZarr(pathOf(a), "Experiments", newest(a).id, "data").values.subarray(1600, 3200)),
    digest(scan.frames[1] as Uint16Array),
  );
  await a.stand.close();
});

t.test("another layout: maps, patterns and places begin anew", async (t) => {
  for (const method of ["neighbour", "off"]) {
    const a = await archiving({ "denoise.method": method, "components.max": 0 });
    const messages = [...played(scan, "dectris-v2")];
    await a.stand.send(messages.slice(0, 60));
    const run = (): SeriesRun => newest(a);
    while (!((a.stand.line.newest()?.account.placed ?? 0) >= 59)) await new Promise((r) => setTimeout(r, 5));
    await a.stand.line.reshape(run().id, COLUMNS, ROWS);
    await a.stand.send(messages.slice(60));
    await a.stand.until(1);
    const path = pathOf(a);
    t.match(run().archive, { state: "closed" });
    t.same(readZarr(path, "braggstream/maps/sum").shape, [COLUMNS, ROWS]);
    t.same(readZarr(path, "Experiments", run().id, "data").shape, [COLUMNS, ROWS, 40, 40]);
    t.equal(attributesOf(path, "Experiments", run().id, "axis-0").size, COLUMNS);
    t.same(
      [...readRaw(path).frames()].map((f) => f.position),
      scan.payloads.map((_, i) => i),
    );
    const tier = method === "off" ? 1 : 3;
    t.ok(readZarr(path, "braggstream/maps/pattern_tier").values.every((v) => v === tier));
    const at = (run().maps.layer("sum") as MapLayer).value;
    t.equal(digest(readZarr(path, "braggstream/maps/sum").values), digest(at));
    await a.stand.close();
  }
});

t.test("a scan of which no image came is a store as well", needs(HYPERSPY, "python3-hyperspy"), async (t) => {
  const a = await archiving();
  const { begin, end } = messagesOf(scan, "dectris-v2");
  await a.stand.send([begin as Uint8Array[], end as Uint8Array[]]);
  await a.stand.until(1);
  t.match(newest(a).archive, { state: "closed" });
  t.match(openedByHyperSpy(pathOf(a)), { shape: [ROWS, COLUMNS, 40, 40], lazy_sum: 0 });
  t.equal(readRaw(pathOf(a)).count, 0);
  await a.stand.close();
});

t.test("a store that is there is left as it is", async (t) => {
  const a = await archiving(MEASURES_ONLY);
  const { begin, image, end } = messagesOf(scan, "dectris-v2");
  // Every name that the series may have within the next seconds.
  const names = Array.from({ length: 20 }, (_, s) => `${new Date(Date.now() + 1000 * s).toISOString().replace(/[-:]|\.\d+/g, "")}-1`);
  for (const n of names) mkdirSync(join(a.directory, `${n}.zspy`));
  await a.stand.send([begin as Uint8Array[], image(0), end as Uint8Array[]]);
  await a.stand.until(1);
  t.match(newest(a).archive, { state: "closed", path: join(a.directory, `${newest(a).id}.2.zspy`) });
  for (const n of names) t.same(readdirSync(join(a.directory, `${n}.zspy`)), []);
  await a.stand.close();
});

t.test("newer scans do not take the time for patterns that are archived", async (t) => {
  const a = await archiving({ "denoise.method": "model", "components.max": 0, "memory.keep_series": 1 });
  for (let series = 1; series <= 8; series++) await a.stand.send(played(scan, "dectris-v2", { series }));
  await a.stand.until(8);
  for (const run of a.stand.over) {
    t.match(run.work?.denoising.patterns, { final: 90, waiting: 0, gone: 0 });
    t.ok(readZarr(run.archive?.path ?? "", "braggstream/maps/pattern_tier").values.every((v) => v === 3));
  }
  t.notOk(a.stand.line.events().some((e) => e.code === "patterns-cut"));
  await a.stand.close();
});

t.test(
  "where scans that wait for their patterns take more memory than they may, those of the oldest are left, which is told",
  async (t) => {
    const wide = aScan({ rows: ROWS, columns: COLUMNS, size: 160, electrons: 400, descan: 0 });
    const beam = { "calibration.beam_center": [80, 79], "calibration.bf_radius_px": 16 };
    const a = await archiving({ ...beam, "denoise.method": "model", "components.max": 0 }, { mostMapBytes: 2 ** 23 });
    for (let series = 1; series <= 8; series++) await a.stand.send(played(wide, "dectris-v2", { series }));
    await a.stand.until(8);
    const left = a.stand.over.map((run) => run.work?.denoising.patterns.waiting ?? 0);
    const told = a.stand.line.events().filter((e) => e.code === "patterns-cut");
    t.ok(told.length > 0);
    t.equal(told.length, left.filter((n) => n > 0).length);
    const ids = a.stand.over.map((run) => run.id).sort();
    t.same(told.map((e) => e.series).sort(), ids.slice(0, told.length), "the oldest");
    for (const run of a.stand.over) t.match(run.archive, { state: "closed" });
    await a.stand.close();
  },
);

t.test("a folder that is taken away stops the archive, and nothing else", async (t) => {
  const a = await archiving({ "components.max": 0 });
  const messages = [...played(scan, "dectris-v2")];
  await a.stand.send(messages.slice(0, 40));
  while (!existsSync(pathOf(a))) await new Promise((r) => setTimeout(r, 5));
  const elsewhere = `${a.directory}-taken-away`;
  // Renamed, not emptied: a folder that is being written to cannot be emptied reliably.
  renameSync(a.directory, elsewhere);
  await a.stand.send(messages.slice(40));
  await a.stand.until(1);
  const run = newest(a);
  t.match(run, { state: "finished", account: { placed: 90 }, archive: { state: "stopped", reason: /ENOENT/ } });
  t.match(
    a.stand.line.events().find((e) => e.code === "archive-stopped"),
    { level: "error", series: run.id },
  );
  t.same(run.work?.denoising.patterns.final, 90, "patterns are made nevertheless");
  t.match((await a.stand.line.pattern(run.id, 2, 3, "raw")) as Image, { height: 40 });
  t.notOk(existsSync(a.directory), "and it is not made again behind people's back");
  mkdirSync(a.directory);
  await a.stand.send(played(scan, "dectris-v2", { series: 2 }));
  await a.stand.until(2);
  t.match(newest(a).archive, { state: "closed" }, "the next scan is archived again");
  await a.stand.close();
});
