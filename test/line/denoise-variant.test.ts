import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import type { DenoiseVariant } from "../../src/core/denoise.js";
import { Fault } from "../../src/core/fault.js";
import type { PixelArray } from "../../src/core/frame.js";
import type { DenoisedPattern } from "../../src/core/sink.js";
import { Denoiser } from "../../src/denoise/denoiser.js";
import { openBankModel } from "../../src/networks/bank-model.js";
import { type OpenBank, openProvidedModel } from "../../src/networks/provided-model.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { played } from "../fixtures/scan.js";
import { aRun, COLUMNS, ROWS, SHIPPED, scan, tools } from "./denoise-stand.js";
import { HIGH } from "./frames-in-slab.js";
import { aStand } from "./stand.js";

/** The method by itself after so many rows. */
function offline(rows: number): (variant: DenoiseVariant) => Float32Array | null {
  const { size, frames } = scan;
  const { newEstimator } = tools;
  const denoiser = new Denoiser({ columns: COLUMNS, height: size, width: size, newEstimator, products: tools.newProducts() });
  const at = (row: number, column: number): PixelArray[] => [frames[row * COLUMNS + column] as PixelArray];
  for (let row = 0; row < rows; row++) denoiser.takeRow(row, (column) => at(row, column), HIGH);
  if (rows === ROWS) denoiser.finish();
  return (variant) => denoiser.pattern(at, ROWS, 3, 4, HIGH, variant);
}

for (const method of ["neighbour", "model"] as const)
  t.test(`while rows wait patterns are made in the cheap variant, and it is told: ${method}`, async (t) => {
    const { run, told, finish, end, answer, rest, close } = aRun({ method });
    const ask = async (): Promise<DenoisedPattern> => (await run.pattern(3, 4, "denoised")) as DenoisedPattern;
    for (let line = 0; line < 8; line++) {
      finish(line);
      await answer(1);
    }
    const after = offline(8);
    finish(8);
    finish(9);
    finish(10);
    t.equal(run.variant, "full", "two rows are in the lane, and one waits");
    t.match((await ask()).made, { method, variant: "full", final: false });
    t.same(told, []);
    finish(11);
    t.equal(run.variant, "cheap", "two wait");
    t.same(told, [], "nobody has asked");
    const cheap = await ask();
    t.match(cheap.made, { method: "neighbour", variant: "cheap", final: false });
    t.same(cheap.pixels, after("cheap"), "to the bit");
    t.notSame(cheap.pixels, after("full"));
    await ask();
    t.notOk(((await run.pattern(3, 4, "polar_denoised")) as DenoisedPattern).made, "polar patterns have no variants");
    t.same(told, ["cheap: 2 rows"], "once");
    await answer(1);
    t.same([run.variant, told.length], ["cheap", 1], "one still waits");
    await answer(1);
    t.equal(run.variant, "full");
    t.same(told, ["cheap: 2 rows", "full: 2 patterns"]);
    finish(12);
    finish(13);
    t.equal(run.variant, "cheap");
    end();
    t.equal(run.variant, "full", "after the end every pattern is final, whatever waits");
    t.equal((await ask()).made?.variant, "full");
    await rest();
    const last = await ask();
    t.match(last.made, { method, variant: "full", final: true });
    if (method === "neighbour") t.same(last.pixels, offline(ROWS)("full"));
    t.equal(told.length, 2, "nothing was made in it the second time");
    await close();
  });

t.test("a provider that fails during a scan is told", async (t) => {
  let fails = false;
  const open: OpenBank = async (bytes, path, gate, provider) => {
    const model = await openBankModel(bytes, path, gate);
    const estimate: typeof model.estimate = (...args) => {
      if (fails && provider === "webgpu") throw new Fault("bad-network", "model", "Failed: device lost");
      return model.estimate(...args);
    };
    return { ...model, estimate };
  };
  const { run, told, finish, end, answer, rest, close } = aRun({
    method: "model",
    provider: "webgpu",
    openModel: () => openProvidedModel(readFileSync(SHIPPED), "shipped", "webgpu", openRunGate(), open),
  });
  for (let line = 0; line < 6; line++) {
    finish(line);
    await answer(1);
  }
  const before = (await run.pattern(1, 1, "denoised")) as DenoisedPattern;
  t.equal(run.stats.provider, "webgpu");
  fails = true;
  const after = (await run.pattern(1, 1, "denoised")) as DenoisedPattern;
  t.same(after.pixels, before.pixels);
  finish(6);
  await answer(1);
  t.equal(run.stats.provider, "cpu");
  t.match(told, [/webgpu cannot be had here: Failed: device lost/]);
  end();
  await rest();
  await close();
});

t.test("the line tells that patterns are made in the cheap variant, and that it is over", async (t) => {
  const settings = {
    "denoise.method": "neighbour",
    "calibration.beam_center": [24, 24],
    "calibration.bf_radius_px": 4.8,
  };
  const stand = await aStand({ scan: { shape: [ROWS, COLUMNS], shapeByFlag: true }, settings });
  const { line } = stand;
  const messages = [...played(scan, "dectris-v2")];
  const begun = 1 + 6 * COLUMNS;
  await stand.send(messages.slice(0, begun));
  const id = async (): Promise<string> => {
    for (;;) {
      const series = line.maps.latest();
      if (series && series.layer("tier")?.value[3 * COLUMNS] === 3) return series.id;
      await setImmediate();
    }
  };
  const series = await id();
  const told = (): string[] =>
    line
      .events()
      .filter((e) => e.code.startsWith("denoise-cheap"))
      .map((e) => e.message);
  const ask = async (): Promise<DenoisedPattern> => (await line.pattern(series, 1, 1, "denoised")) as DenoisedPattern;
  t.match((await ask()).made, { method: "neighbour", variant: "full", final: false });
  // Questions keep the lane from the rows that follow.
  let asked = 0;
  const flood = (): void => {
    for (; asked < 500; asked++) void ask().then(() => asked--);
  };
  flood();
  await stand.send(messages.slice(begun, -1));
  while (line.stats().denoise.variant === "full") {
    flood();
    await setImmediate();
  }
  t.match((await ask()).made, { method: "neighbour", variant: "cheap", final: false });
  t.match(told(), [/^time is short, \d+ rows wait to be denoised/]);
  while (line.stats().denoise.variant === "cheap") await setImmediate();
  t.match(told(), [/^time is short/, /full variant again, after \d+ in the cheap one/]);
  await stand.send(messages.slice(-1));
  await stand.until(1);
  t.match((await ask()).made, { method: "neighbour", variant: "full", final: true });
  t.equal(told().length, 2);
  await stand.close();
});
