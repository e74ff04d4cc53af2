import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { FrameShape, PixelArray } from "../../src/core/frame.js";
import { Denoiser } from "../../src/denoise/denoiser.js";
import type { Bank } from "../../src/denoise/row-estimate.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { SeriesModel } from "../../src/line/series-model.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { exposureOf } from "../../src/microscope/exposure.js";
import { makeSpecimen } from "../../src/microscope/specimen.js";
import { encodeBankModel } from "../../src/networks/bank-model.js";
import { PARAMETERS } from "../../src/networks/bank-network.js";
import { openProvidedModel } from "../../src/networks/provided-model.js";
import { theKernels } from "../fixtures/lanes.js";
import { aRandom, aScan, played, type ScanFixture } from "../fixtures/scan.js";
import { aStand, SILENCE, type Stand, type StandOptions } from "./stand.js";

const [ROWS, COLUMNS] = [12, 10];
const HIGH = 65533;
const scan = aScan({ rows: ROWS, columns: COLUMNS, electrons: 200, descan: 0 });
const shape = { scan: { shape: [ROWS, COLUMNS] as const, shapeByFlag: true } };
/** Where the beam is told, no row is taken again because it became better known. */
const untrained = { "denoise.method": "neighbour", "calibration.beam_center": [24, 24], "calibration.bf_radius_px": 4.8 };

const folder = mkdtempSync(join(tmpdir(), "braggstream-denoise-"));
t.teardown(() => rmSync(folder, { recursive: true }));
function aModel(name: string, parameters: Float32Array): string {
  const path = join(folder, name);
  writeFileSync(path, encodeBankModel(name, parameters));
  return path;
}
/** A network of random weights throughout. */
function wildModel(): string {
  const random = aRandom(3);
  return aModel(
    "wild.onnx",
    Float32Array.from({ length: PARAMETERS }, () => random() - 0.5),
  );
}
const SHIPPED = new URL("../../../models/denoise-bank.onnx", import.meta.url);

interface Result {
  readonly neighbours: Float32Array;
  readonly tier: Uint8Array;
  readonly pattern: (row: number, column: number) => Float32Array | null;
  readonly bank: (row: number, column: number) => Bank | null;
}

/** What the line makes of a scan, without the line. `shown`: images of each position. */
async function offline(
  { size, frames }: ScanFixture,
  shown = (row: number, column: number): number[] => [row * COLUMNS + column],
  model: SeriesModel | null = null,
): Promise<Result> {
  const denoiser = new Denoiser({
    columns: COLUMNS,
    height: size,
    width: size,
    newEstimator: (setup) => createWasmEstimator(theKernels, setup),
    products: instantiateKernels(theKernels),
  });
  const at = (row: number, column: number): PixelArray[] => shown(row, column).map((image) => frames[image] as PixelArray);
  const neighbours = new Float32Array(ROWS * COLUMNS).fill(Number.NaN);
  const take = (estimates: ReturnType<Denoiser["finish"]>): void => {
    for (const e of estimates) neighbours.set(e.neighbours, e.row * COLUMNS);
  };
  let doublings = 0;
  const judge = async (): Promise<void> => {
    for (const bank of denoiser.judged()) {
      for (; doublings < denoiser.doublings; doublings++) model?.fade();
      await model?.judge(bank, denoiser.used);
    }
  };
  for (let row = 0; row < ROWS; row++) {
    await judge();
    take(denoiser.takeRow(row, (column) => at(row, column), HIGH).estimates);
  }
  await judge();
  take(denoiser.finish());
  return {
    neighbours,
    tier: Uint8Array.from(neighbours, (n) => (Number.isNaN(n) ? 0 : 3)),
    pattern: (row, column) => denoiser.pattern(at, ROWS, row, column, HIGH),
    bank: (row, column) => denoiser.bankAt(at, ROWS, row, column, HIGH),
  };
}

async function live(
  messages: Iterable<readonly Uint8Array[]>,
  o: StandOptions,
  look: (run: SeriesRun, stand: Stand) => Promise<void>,
): Promise<void> {
  const stand = await aStand({ ...shape, ...o, settings: { ...untrained, ...o.settings } });
  await stand.send(messages);
  await stand.until(1);
  await look(stand.over[0] as SeriesRun, stand);
  await stand.close();
}

const layer = (run: SeriesRun, name: string): Float32Array => run.maps.layer(name)?.value as Float32Array;

async function pixelsOf({ line }: Stand, run: SeriesRun, row: number, column: number): Promise<Float32Array | null> {
  const image = await line.pattern(run.id, row, column, "denoised");
  return typeof image === "object" && "pixels" in image ? (image.pixels as Float32Array) : null;
}

async function same(t: Test, stand: Stand, run: SeriesRun, expected: Result): Promise<void> {
  t.same(layer(run, "neighbours"), expected.neighbours);
  t.same(layer(run, "tier"), expected.tier);
  for (const [row, column] of [
    [0, 0],
    [5, 4],
    [11, 9],
  ] as const)
    t.same(await pixelsOf(stand, run, row, column), expected.pattern(row, column), `pattern ${row}, ${column}`);
}

t.test("the line denoises as the method does by itself, to the bit", async (t) => {
  const expected = await offline(scan);
  await live(played(scan, "dectris-v2"), {}, async (run, stand) => {
    await same(t, stand, run, expected);
    t.equal(run.work?.denoising.method, "neighbour");
    t.equal(run.work?.refining, 0);
  });
});

t.test("lost frames leave holes, and their neighbours are estimated without them", async (t) => {
  const lost = new Set([3, 44, 45, 46, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 119]);
  const order = [...scan.payloads.keys()].filter((i) => !lost.has(i));
  const expected = await offline(scan, (row, column) => [row * COLUMNS + column].filter((i) => !lost.has(i)));
  await live(played(scan, "dectris-v2", {}, order), {}, async (run, stand) => {
    t.same(layer(run, "neighbours"), expected.neighbours);
    t.equal(await stand.line.pattern(run.id, 4, 4, "denoised"), "none");
    t.same(await pixelsOf(stand, run, 4, 3), expected.pattern(4, 3));
  });
});

t.test("frames that come late are left to the end", async (t) => {
  const late = [25, 26, 27];
  const order = [...[...scan.payloads.keys()].filter((i) => !late.includes(i)), ...late];
  const expected = await offline(scan, (row, column) => [row * COLUMNS + column].filter((i) => !late.includes(i)));
  await live(played(scan, "dectris-v2", {}, order), {}, async (run) => {
    const found = layer(run, "neighbours");
    t.same(
      found.filter((_, at) => !late.includes(at)),
      expected.neighbours.filter((_, at) => !late.includes(at)),
    );
    t.ok(late.every((at) => (found[at] as number) >= 1 && layer(run, "tier")[at] === 3));
  });
});

t.test("serpentine scans are denoised by place, several frames of one position together", async (t) => {
  const turned = (row: number, column: number): number => row * COLUMNS + (row % 2 === 1 ? COLUMNS - 1 - column : column);
  const expected = await offline(scan, (row, column) => [turned(row, column)]);
  await live(played(scan, "dectris-v2"), { scan: { ...shape.scan, order: "serpentine" } }, (run, stand) => same(t, stand, run, expected));

  const two = aScan({ rows: ROWS, columns: 2 * COLUMNS, electrons: 100, descan: 0 });
  const both = await offline(two, (row, column) => [2 * (row * COLUMNS + column), 2 * (row * COLUMNS + column) + 1]);
  await live(played(two, "dectris-v2"), { scan: { ...shape.scan, framesPerPosition: 2 } }, (run, stand) => same(t, stand, run, both));
});

t.test("no series shows in another, and a new layout is denoised anew", async (t) => {
  const other = aScan({ rows: ROWS, columns: COLUMNS, electrons: 900, seed: 8 });
  const stand = await aStand({ ...shape, settings: untrained });
  await stand.send(played(other, "dectris-v2"));
  await stand.send(played(scan, "dectris-v2", { series: 2 }));
  await stand.until(2);
  await same(t, stand, stand.over[1] as SeriesRun, await offline(scan));
  const run = stand.over[0] as SeriesRun;
  run.reshape(6, 20);
  await stand.until(3);
  t.equal(layer(run, "neighbours").length, 120);
  t.ok(layer(run, "neighbours").every((n) => n >= 1));
  t.equal((await pixelsOf(stand, run, 5, 19))?.length, scan.size ** 2);
  await stand.close();
});

t.test("an aborted scan is finished with what there is", async (t) => {
  const half = [...scan.payloads.keys()].filter((i) => i < 64);
  const messages = [...played(scan, "dectris-v2", {}, half)].slice(0, -1);
  await live(messages, { settings: SILENCE }, async (run, stand) => {
    t.equal(run.state, "aborted");
    t.same(
      [...layer(run, "tier")].map((v) => (v === 3 ? 1 : 0)).reduce((a: number, v) => a + v, 0),
      64,
    );
    t.ok(await pixelsOf(stand, run, 6, 3));
  });
});

t.test("why a series is not denoised is told", async (t) => {
  await live(played(scan, "dectris-v2"), { settings: { "denoise.method": "off" } }, async (run, stand) => {
    t.match(await stand.line.pattern(run.id, 1, 1, "denoised"), { off: /switched off/ });
    t.same([run.work?.denoising.method, run.maps.layer("neighbours")], ["off", undefined]);
  });
  const float = aScan({ rows: ROWS, columns: COLUMNS, type: "float32" });
  await live(played(float, "dectris-v2"), {}, async (run, stand) => {
    t.match(await stand.line.pattern(run.id, 1, 1, "denoised"), { off: /float32 pixels are no counts/ });
  });
});

t.test("frames that are no longer kept are told, and asked for in vain", async (t) => {
  const packed = aScan({ rows: ROWS, columns: COLUMNS, size: 256, electrons: 2000 });
  // 15 MiB of each series, as they are.
  const shapeOf: FrameShape = { ...packed.shape, encoding: "none", element: 0 };
  const plain = { ...packed, shape: shapeOf, payloads: packed.frames.map((f) => new Uint8Array((f as Uint16Array).buffer)) };
  const stand = await aStand({ ...shape, settings: { ...untrained, "memory.backlog_mb": 16, "memory.frames_mb": 2 } });
  for (const series of [1, 2, 3]) {
    await stand.send(played(plain, "dectris-v2", { series }));
    await stand.until(series);
  }
  const [first, last] = [stand.over[0], stand.over[2]] as [SeriesRun, SeriesRun];
  t.equal(await stand.line.pattern(first.id, 0, 0, "denoised"), "gone");
  t.ok(await pixelsOf(stand, last, ROWS - 1, COLUMNS - 1));
  await stand.close();
});

const sum = (pixels: Float32Array): number => pixels.reduce((a, v) => a + v, 0);

t.test("the model refines what the method makes, and keeps its counts, with any number of lanes", async (t) => {
  const model = await openProvidedModel(readFileSync(SHIPPED), "shipped", "cpu");
  const series = new SeriesModel(async () => model);
  const expected = await offline(scan, undefined, series);
  for (const lanes of [1, 2, 3])
    await live(played(scan, "dectris-v2"), { settings: { "denoise.method": "model", "lanes.pixel": lanes } }, async (run, stand) => {
      t.equal(run.work?.denoising.method, "model");
      t.same(layer(run, "neighbours"), expected.neighbours);
      for (const [row, column] of [
        [0, 0],
        [6, 4],
      ] as const) {
        const found = (await pixelsOf(stand, run, row, column)) as Float32Array;
        const before = expected.pattern(row, column) as Float32Array;
        const bank = expected.bank(row, column) as Bank;
        const made = new Float32Array(before.length);
        await model.estimate(bank.planes, bank.mean, bank.frames, made);
        t.ok(Math.abs(sum(found) / sum(before) - 1) < 1e-5, "counts are kept");
        const factor = sum(before) / sum(made);
        // Between the training-free estimate and what the model makes of it.
        const within = (v: number, p: number): boolean => {
          const ends = [before[p] as number, factor * (made[p] as number)];
          return v >= Math.min(...ends) * (1 - 1e-2) && v <= Math.max(...ends) * (1 + 1e-2);
        };
        t.ok(found.every(within));
        t.notSame(found, before);
        t.same(found, await series.pattern(bank, new Uint8Array(found.length).fill(1)), "the same bits");
      }
    });
  await model.close();
});

t.test("auto takes the model where it foretells counts better, tells so, and no other", async (t) => {
  const [rows, columns] = [24, 30];
  const specimen = makeSpecimen(rows, columns, 48, 5);
  const expose = exposureOf(specimen, 48, 50, 5);
  const frames = Array.from({ length: rows * columns }, (_, p) => {
    const counts = new Uint16Array(48 * 48);
    expose(p, counts);
    return counts;
  });
  const blank = aScan({ rows, columns, electrons: 1 });
  const virtual: ScanFixture = {
    ...blank,
    shape: { ...blank.shape, encoding: "none", element: 0 },
    frames,
    payloads: frames.map((f) => new Uint8Array(f.buffer)),
  };
  const o = { scan: { shape: [rows, columns] as const, shapeByFlag: true } };
  const told = ({ line }: Stand): string[] =>
    line
      .events()
      .filter((e) => e.code === "denoise-method")
      .map((e) => e.message);
  const patterns: (Float32Array | null)[] = [];
  for (const lanes of [1, 3])
    await live(
      played(virtual, "dectris-v2"),
      { ...o, settings: { "denoise.method": "auto", "lanes.pixel": lanes } },
      async (run, stand) => {
        t.equal(run.work?.denoising.method, "model");
        t.match(told(stand), [/with the model/]);
        patterns.push(await pixelsOf(stand, run, 7, 7));
      },
    );
  t.same(patterns[0], patterns[1]);
  const wild = { "denoise.method": "auto", "denoise.model": wildModel() };
  await live(played(virtual, "dectris-v2"), { ...o, settings: wild }, async (run, stand) => {
    t.equal(run.work?.denoising.method, "neighbour");
    t.same(told(stand), []);
  });
});

t.test("an execution provider that cannot be had is told, and cpu takes its place", async (t) => {
  const made: (Float32Array | null)[] = [];
  for (const provider of ["cpu", "cuda"] as const)
    await live(
      played(scan, "dectris-v2"),
      { settings: { "denoise.method": "model", "denoise.provider": provider } },
      async (run, stand) => {
        made.push(await pixelsOf(stand, run, 6, 4));
        const told = stand.line.events().filter((e) => e.code === "denoise-provider");
        t.equal(run.work?.denoising.provider, told.length > 0 ? "cpu" : provider);
        for (const { level, message } of told)
          t.match(
            { level, message },
            { level: "warn", message: /^the model runs on cpu: the execution provider cuda cannot be had here: Failed/ },
          );
        if (run.work?.denoising.provider === "cpu") t.same(made.at(-1), made[0]);
      },
    );
});

t.test("a model that cannot be used is named at the start", async (t) => {
  const bytes = readFileSync(SHIPPED);
  const broken = join(folder, "broken.onnx");
  writeFileSync(broken, bytes.subarray(0, bytes.length - 7));
  for (const path of [broken, join(folder, "none.onnx")])
    await t.rejects(aStand({ settings: { "denoise.method": "model", "denoise.model": path } }), { code: "bad-file", at: path });
});
