import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import t from "tap";
import type { DenoisedPattern } from "../../src/core/sink.js";
import { createAdaptLane, type Round } from "../../src/line/adapt-lane.js";
import { Adaptation } from "../../src/line/adaptation.js";
import { Blocks, together } from "../../src/line/blind-samples.js";
import type { ModelFile } from "../../src/line/load-model.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { checksum, encodeBankModel, openBankModel } from "../../src/networks/bank-model.js";
import { firstParameters, PARAMETERS } from "../../src/networks/bank-network.js";
import { openBankJudge, type Samples } from "../../src/networks/bank-trainer.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { aRandom, aScan, played } from "../fixtures/scan.js";
import { knownSamples } from "../networks/bank-samples.js";
import { aStand, type Stand } from "./stand.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-adapt-"));
t.teardown(() => rmSync(folder, { recursive: true }));

/** A network of random weights throughout. */
function wild(): Uint8Array {
  const random = aRandom(3);
  return encodeBankModel(
    "wild",
    Float32Array.from({ length: PARAMETERS }, () => random() - 0.5),
  );
}
const blocksOf = (seed: number): { training: Samples[]; heldOut: Samples[] } => ({
  training: [knownSamples(6000, seed), knownSamples(6000, seed + 1)],
  heldOut: [knownSamples(3000, seed + 2)],
});
const series = 4;

t.test("a round trains on what was taken, and only what is clearly better is adopted", async (t) => {
  const rounds: Round[][] = [];
  const { heldOut } = blocksOf(1);
  for (const _ of [1, 2]) {
    const { calls } = createAdaptLane(openRunGate());
    await calls.adaptOpen({ series, model: wild(), path: "wild.onnx", name: "a" });
    t.same(await calls.adaptRound({ series, method: "model" }), { model: null, gain: 0 }, "nothing was taken");
    calls.adaptTake({ series, ...blocksOf(1) });
    const list: Round[] = [];
    for (let i = 0; i < 4; i++) list.push(await calls.adaptRound({ series, method: "model" }));
    rounds.push(list);
    calls.adaptClose({ series });
    calls.adaptTake({ series, ...blocksOf(1) });
    t.same(await calls.adaptRound({ series, method: "model" }), { model: null, gain: 0 }, "closed");
  }
  const [first, second] = rounds as [Round[], Round[]];
  t.same(first, second, "the same bits");
  t.ok((first[0]?.gain ?? 0) > 0.05, `${first[0]?.gain}`);
  for (const { model, gain } of first) t.equal(model !== null, gain > 0.01, `${gain}`);
  t.ok(
    first.some(({ model }) => model === null),
    "in the end it is as good as it gets",
  );
  // What is told is what was gained.
  const judge = await openBankJudge(together(heldOut));
  const parametersOf = async (file: Uint8Array): Promise<Float32Array> => {
    const model = await openBankModel(file, "file");
    await model.close();
    return model.parameters;
  };
  const before = await judge.deviance(await parametersOf(wild()));
  const after = await judge.deviance(await parametersOf(first[0]?.model as Uint8Array));
  t.ok(Math.abs(1 - after / before - (first[0]?.gain ?? 0)) < 1e-9);
  await judge.close();
});

t.test("where patterns are made without the model it must be better than that", async (t) => {
  const { calls, stop } = createAdaptLane(openRunGate());
  const start = encodeBankModel("start", firstParameters(aRandom(1)));
  await calls.adaptOpen({ series, model: start, path: "start.onnx", name: "a" });
  calls.adaptTake({ series, ...blocksOf(5) });
  const { model, gain } = await calls.adaptRound({ series, method: "neighbour" });
  t.ok(model && gain > 0.01, `${gain}`);
  const under = calls.adaptRound({ series, method: "neighbour" });
  stop();
  t.same(await under, { model: null, gain: 0 }, "given up");
});

t.test("blocks are kept evenly, by their number", (t) => {
  const blocks = new Blocks();
  const block = (i: number): Samples => ({ ...knownSamples(1, 1), mean: Float32Array.of(i) });
  for (let i = 0; i < 1500; i++) blocks.add(block(i));
  t.same(
    blocks.kept.map(({ mean }) => mean[0]),
    Array.from({ length: 375 }, (_, i) => 4 * i),
  );
  t.end();
});

t.test("rounds are due after twice as many rows each time, and at the end", async (t) => {
  const asked: string[] = [];
  const told: unknown[] = [];
  const some = knownSamples(4, 1);
  let fails = false;
  const aRun = (): Adaptation =>
    new Adaptation({
      series,
      model: { bytes: wild(), path: "wild.onnx" } as ModelFile,
      pool: {
        askAdapter: (async (call: string) => {
          asked.push(call);
          if (fails) throw new Error("no such lane");
          return call === "adaptRound" ? { model: asked.length % 2 === 0 ? wild() : null, gain: 0.5 } : null;
        }) as never,
      },
      onModel: (model, gain) => told.push([checksum(model), gain]),
      onRound: (gain) => told.push(gain),
      onCrash: (e) => told.push(e),
    });
  const run = aRun();
  const take = (rows: number): void => {
    for (let i = 0; i < rows; i++) run.take({ training: [some], heldOut: [some] }, "model");
  };
  run.take({ training: [], heldOut: [] }, "model");
  take(15);
  await run.finish("model");
  t.notOk(asked.includes("adaptRound"), "too few rows");
  take(1);
  t.equal(asked.filter((call) => call === "adaptRound").length, 1);
  take(3);
  await run.finish("model");
  t.equal(asked.filter((call) => call === "adaptRound").length, 1, "hardly more rows than before");
  take(13);
  take(16);
  await run.finish("model");
  t.equal(asked.filter((call) => call === "adaptRound").length, 3, "after 16, 32 and 48");
  t.ok(told.includes(0.5) && told.some((one) => Array.isArray(one)));
  run.dispose();
  run.dispose();
  t.equal(asked.filter((call) => call === "adaptClose").length, 1);
  const before = told.length;
  take(16);
  await setTimeout(0);
  t.equal(told.length, before, "nobody listens any more");
  const cut = aRun();
  for (let i = 0; i < 15; i++) cut.take({ training: [some], heldOut: [some] }, "model");
  const before2 = asked.length;
  cut.cut();
  cut.take({ training: [some], heldOut: [some] }, "model");
  await cut.finish("model");
  t.same(asked.slice(before2), ["adaptClose"]);
  fails = true;
  aRun();
  await setTimeout(0);
  t.match(told.at(-1), { message: "no such lane" });
});

const [ROWS, COLUMNS] = [40, 12];
const scan = aScan({ rows: ROWS, columns: COLUMNS, size: 32, electrons: 150, descan: 0 });

t.test("the line adapts a model while the scan runs, and makes final patterns with the last one", { timeout: 300_000 }, async (t) => {
  const path = join(folder, "wild.onnx");
  writeFileSync(path, wild());
  const told = ({ line }: Stand): string[] =>
    line
      .events()
      .filter((e) => e.code === "denoise-adopted")
      .map((e) => e.message);
  const results: { checksum: string; pattern: DenoisedPattern }[] = [];
  for (const method of ["model", "model", "auto"]) {
    const stand = await aStand({
      scan: { shape: [ROWS, COLUMNS], shapeByFlag: true },
      settings: {
        "denoise.method": method,
        "denoise.model": path,
        "denoise.adapt": true,
        "denoise.patterns": results.length === 0 ? "asked" : "all",
        "calibration.beam_center": [16, 15],
        "calibration.bf_radius_px": 3.2,
        "lanes.pixel": 1 + results.length,
      },
    });
    await stand.send(played(scan, "dectris-v2"));
    await stand.until(1);
    const run = stand.over[0] as SeriesRun;
    const { models, adapting } = run.maps.info().denoise;
    t.same(models[0], { epoch: 0, checksum: checksum(readFileSync(path)), row: 0, gain: 0 });
    t.equal(told(stand).length, models.length - 1);
    t.ok(models.slice(1).every(({ row, gain }) => row > 16 && row <= ROWS && gain > 0.01));
    t.equal(adapting?.rounds, 2);
    if (method === "auto") {
      const { made } = (await stand.line.pattern(run.id, 9, 5, "denoised")) as DenoisedPattern;
      t.equal(made?.method, run.work?.denoising.method, "whichever is better");
      t.equal(models.length > 1 || run.work?.denoising.method === "neighbour", true, "nobody takes what is wild");
      await stand.close();
      continue;
    }
    t.ok(models.length > 1);
    t.match(
      told(stand)[0],
      /^from row \d+ on patterns are denoised with epoch 1 of the model, SHA-256 [0-9a-f]{64}: fine-tuned on this scan/,
    );
    const pattern = (await stand.line.pattern(run.id, 9, 5, "denoised")) as DenoisedPattern;
    const { epoch, checksum: newest = "" } = models.at(-1) ?? {};
    t.same(pattern.made, { method: "model", variant: "full", final: true, model: { epoch, checksum: newest } });
    const file = stand.line.model(run.id);
    t.equal(file !== "none" && checksum(file), newest);
    results.push({ checksum: newest, pattern });
    await stand.close();
  }
  t.same(results[0], results[1], "the same weights and bits, whenever they came");
});

t.test("a process that ends does not wait for training", { timeout: 300_000 }, async (t) => {
  const stand = await aStand({
    scan: { shape: [ROWS, COLUMNS], shapeByFlag: true },
    settings: { "denoise.adapt": true },
  });
  await stand.send([...played(scan, "dectris-v2")].slice(0, -1));
  while (stand.line.newest()?.account.account().placed !== ROWS * COLUMNS) await setTimeout(10);
  await stand.close();
  t.equal(stand.over[0]?.state, "finished");
});
