import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import type { PixelArray } from "../../src/core/frame.js";
import type { DenoisedPattern } from "../../src/core/sink.js";
import type { DenoiseVariant } from "../../src/core/wire.js";
import { Denoiser } from "../../src/denoise/denoiser.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import { createDenoiseLane, type DenoiseCalls, type UsedMethod } from "../../src/line/denoise-lane.js";
import { DenoiseRun } from "../../src/line/denoise-run.js";
import { REF, SlabReader, SlabWriter, slabControl } from "../../src/line/slab.js";
import { MapStore } from "../../src/maps/store.js";
import { openBankModel } from "../../src/networks/bank-model.js";
import { theKernels } from "../fixtures/lanes.js";
import { aScan, played } from "../fixtures/scan.js";
import { aStand } from "./stand.js";

const [ROWS, COLUMNS] = [14, 10];
const HIGH = 65533;
const scan = aScan({ rows: ROWS, columns: COLUMNS, electrons: 200, descan: 0 });
const SHIPPED = new URL("../../../models/denoise-bank.onnx", import.meta.url);
const tools = {
  newLister: () => new PayloadLister(instantiateKernels(theKernels)),
  newEstimator: (setup: Parameters<typeof createWasmEstimator>[1]) => createWasmEstimator(theKernels, setup),
  newProducts: () => instantiateKernels(theKernels),
  openModel: () => openBankModel(readFileSync(SHIPPED), "shipped"),
};

/** Frames in the slab, and the lane that denoises in this thread: rows that it is asked for are begun when they are let through. */
function aRun(method: UsedMethod) {
  const control = slabControl();
  const slab = new SlabReader(control);
  const onBuffer = (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer);
  const writer = new SlabWriter({ control, limitBytes: 2 ** 24, keepBytes: 2 ** 24, segmentBytes: 2 ** 20, onBuffer });
  const refs = new Int32Array(REF.width * ROWS * COLUMNS);
  for (const [i, payload] of scan.payloads.entries()) writer.append(payload, refs, REF.width * i);
  const lane = createDenoiseLane(slab, tools);
  const held: (() => void)[] = [];
  let opened: Promise<unknown> = Promise.resolve();
  const askDenoiser = <K extends keyof DenoiseCalls>(call: K, ask: DenoiseCalls[K]["ask"]): Promise<DenoiseCalls[K]["answer"]> => {
    const gate = call === "denoiseRow" ? new Promise<void>((open) => held.push(open)).then(() => opened) : opened;
    const calls = lane.calls as unknown as { [C in K]: (ask: DenoiseCalls[C]["ask"]) => Promise<DenoiseCalls[C]["answer"]> };
    const answer = gate.then(() => calls[call](ask));
    if (call === "denoiseOpen") opened = answer;
    return answer;
  };
  const told: string[] = [];
  const store = new MapStore();
  let [idle, answered] = [false, 0];
  const [height, width] = [scan.size, scan.size];
  const run = new DenoiseRun({
    about: {
      series: 0,
      height,
      width,
      type: "uint16",
      low: 0,
      high: HIGH,
      mount: { flipRows: false, flipCols: false, transpose: false },
      ellipse: [1, 0],
    },
    grid: { rows: ROWS, columns: COLUMNS, order: "raster", skipStart: 0, lineSkip: 0, lineSkipAt: "start", framesPerPosition: 1 } as never,
    maps: store.add("a", ROWS, COLUMNS, () => ({}) as never),
    revisionBase: 0,
    pool: { askDenoiser },
    slab,
    eachImage: (at, visit) => visit(at),
    ref: (image, out, at) => {
      out.set(refs.subarray(REF.width * image, REF.width * (image + 1)), at);
      return true;
    },
    shape: () => scan.shape,
    centreOf: (_, at, out, i) => out.set(scan.centre.subarray(2 * at, 2 * at + 2), 2 * i),
    mayGoOn: () => true,
    onRow: () => answered++,
    onMissed: (frames) => told.push(`missed ${frames}`),
    method,
    onMethod: (used) => told.push(used),
    onCheap: (rows) => told.push(`cheap: ${rows} rows`),
    onCheapOver: (patterns) => told.push(`full: ${patterns} patterns`),
    onIdle: () => {
      idle = true;
    },
    onCrash: (e) => {
      throw e;
    },
  });
  const known = { mask: { version: 0, mask: null }, radius: scan.radius, epoch: 0 };
  return {
    run,
    told,
    finish: (line: number) => run.finishLine(line, known),
    end: () => run.end(known),
    /** Lets rows through, one after the other. */
    async answer(rows: number): Promise<void> {
      for (let i = 0; i < rows; i++) {
        const before = answered;
        held.shift()?.();
        while (answered === before) await setImmediate();
      }
    },
    async rest(): Promise<void> {
      for (; !idle; await setImmediate()) held.shift()?.();
    },
    close: () => lane.close(),
  };
}

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
    const { run, told, finish, end, answer, rest, close } = aRun(method);
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
    t.same((await ask()).made, { method, variant: "full" });
    t.same(told, []);
    finish(11);
    t.equal(run.variant, "cheap", "two wait");
    t.same(told, [], "nobody has asked");
    const cheap = await ask();
    t.same(cheap.made, { method: "neighbour", variant: "cheap" });
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
    t.same(last.made, { method, variant: "full" });
    if (method === "neighbour") t.same(last.pixels, offline(ROWS)("full"));
    t.equal(told.length, 2, "nothing was made in it the second time");
    await close();
  });

t.test("the line tells that patterns are made in the cheap variant, and that it is over", async (t) => {
  const settings = {
    "source.silence_s": 60,
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
  t.same((await ask()).made, { method: "neighbour", variant: "full" });
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
  t.same((await ask()).made, { method: "neighbour", variant: "cheap" });
  t.match(told(), [/^time is short, \d+ rows wait to be denoised/]);
  while (line.stats().denoise.variant === "cheap") await setImmediate();
  t.match(told(), [/^time is short/, /full variant again, after \d+ in the cheap one/]);
  await stand.send(messages.slice(-1));
  await stand.until(1);
  t.same((await ask()).made, { method: "neighbour", variant: "full" });
  t.equal(told().length, 2);
  await stand.close();
});
