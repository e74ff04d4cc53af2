import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { ExecutionProvider, PatternsWanted, UsedMethod } from "../../src/core/denoise.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import { type AdaptCalls, createAdaptLane } from "../../src/line/adapt-lane.js";
import type { DenoiseCalls, PatternsAsk } from "../../src/line/denoise-calls.js";
import { createDenoiseLane } from "../../src/line/denoise-lane.js";
import { DenoiseRun } from "../../src/line/denoise-run.js";
import { PatternCache } from "../../src/line/pattern-cache.js";
import { REF, SlabReader, SlabWriter, slabControl } from "../../src/line/slab.js";
import { MapStore } from "../../src/maps/store.js";
import { openProvidedModel, type ProvidedModel } from "../../src/networks/provided-model.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { theKernels } from "../fixtures/lanes.js";
import { aScan } from "../fixtures/scan.js";

export const [ROWS, COLUMNS] = [14, 10];
export const HIGH = 65533;
export const scan = aScan({ rows: ROWS, columns: COLUMNS, electrons: 200, descan: 0 });
export const SHIPPED = new URL("../../../models/denoise-bank.onnx", import.meta.url);
export const tools = {
  newLister: () => new PayloadLister(instantiateKernels(theKernels)),
  newEstimator: (setup: Parameters<typeof createWasmEstimator>[1]) => createWasmEstimator(theKernels, setup),
  newProducts: () => instantiateKernels(theKernels),
  openModel: () => openProvidedModel(readFileSync(SHIPPED), "shipped", "cpu"),
  openAdapted: (model: Uint8Array, name: string) => openProvidedModel(model, name, "cpu"),
};

export interface RunOptions {
  readonly method?: UsedMethod;
  readonly openModel?: () => Promise<ProvidedModel>;
  readonly wanted?: PatternsWanted;
  readonly provider?: ExecutionProvider;
  /** The model that it begins with is adapted. */
  readonly adapt?: Uint8Array;
}

/** Frames in the slab, and the lane that denoises in this thread: rows that it is asked for are begun when they are let through. */
export function aRun({ method = "neighbour", openModel = tools.openModel, wanted = "asked", provider = "cpu", adapt }: RunOptions = {}) {
  const control = slabControl();
  const slab = new SlabReader(control);
  const onBuffer = (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer);
  const writer = new SlabWriter({ control, limitBytes: 2 ** 24, keepBytes: 2 ** 24, segmentBytes: 2 ** 20, onBuffer });
  const refs = new Int32Array(REF.width * ROWS * COLUMNS);
  for (const [i, payload] of scan.payloads.entries()) writer.append(payload, refs, REF.width * i);
  const lane = createDenoiseLane(slab, { ...tools, openModel });
  const held: (() => void)[] = [];
  let opened: Promise<unknown> = Promise.resolve();
  let turn: Promise<unknown> = Promise.resolve();
  let trained: Promise<unknown> = Promise.resolve();
  const askDenoiser = <K extends keyof DenoiseCalls>(call: K, ask: DenoiseCalls[K]["ask"]): Promise<DenoiseCalls[K]["answer"]> => {
    if (call === "denoisePatterns") made.push(ask as PatternsAsk);
    const gate = call === "denoiseRow" ? new Promise<void>((open) => held.push(open)).then(() => opened) : opened;
    const calls = lane.calls as unknown as { [C in K]: (ask: DenoiseCalls[C]["ask"]) => Promise<DenoiseCalls[C]["answer"]> };
    // One after the other, as in a thread.
    const answer = gate.then(() => {
      const own = turn.then(() => calls[call](ask));
      turn = own;
      return own;
    });
    if (call === "denoiseOpen") opened = answer;
    return answer;
  };
  const adapter = createAdaptLane(openRunGate());
  const askAdapter = <K extends keyof AdaptCalls>(call: K, ask: AdaptCalls[K]["ask"]): Promise<AdaptCalls[K]["answer"]> => {
    const calls = adapter.calls as unknown as { [C in K]: (ask: AdaptCalls[C]["ask"]) => Promise<AdaptCalls[C]["answer"]> };
    const own = trained.then(() => calls[call](ask));
    trained = own;
    return own;
  };
  const told: string[] = [];
  const made: PatternsAsk[] = [];
  const cache = new PatternCache(2 ** 24);
  const may = { goOn: true };
  const store = new MapStore();
  let [idle, answered, counted] = [false, 0, 0];
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
    pool: { askDenoiser, askAdapter },
    slab,
    eachImage: (at, visit) => visit(at),
    ref: (image, out, at) => {
      out.set(refs.subarray(REF.width * image, REF.width * (image + 1)), at);
      return true;
    },
    shape: () => scan.shape,
    centreOf: (_, at, out, i) => out.set(scan.centre.subarray(2 * at, 2 * at + 2), 2 * i),
    mayGoOn: () => may.goOn,
    wanted,
    cache,
    onMade: (_, patterns) => {
      counted += patterns;
    },
    onPlain: () => told.push("plain"),
    onGone: (row, frames) => told.push(`gone: ${frames} frames of row ${row}`),
    onCut: (positions) => told.push(`cut: ${positions}`),
    onRow: () => answered++,
    onMissed: (frames) => told.push(`missed ${frames}`),
    method,
    onMethod: (used) => told.push(used),
    model:
      method === "model" || adapt
        ? {
            bytes: adapt ?? readFileSync(SHIPPED),
            path: "the model",
            checksum: "0".repeat(64),
            provider,
            problem: null,
            adapt: adapt !== undefined,
          }
        : null,
    onAdopted: ({ epoch, row }) => told.push(`adopted: epoch ${epoch} from row ${row} on`),
    onProvider: (problem) => told.push(problem),
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
    cache,
    may,
    /** What was made of patterns that nobody asked for, in turn. */
    made,
    counted: () => counted,
    /** Ends training that is under way. */
    stopTraining: adapter.stop,
    idle: () => idle,
    /** Frames that are no longer kept. */
    lose: (...images: number[]): void => {
      for (const image of images) refs[REF.width * image + REF.serial] = -1;
    },
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
