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
import type { ModelFile } from "../../src/line/load-model.js";
import { PatternCache } from "../../src/line/pattern-cache.js";
import type { SlabReader } from "../../src/line/slab.js";
import { openProvidedModel, type ProvidedModel } from "../../src/networks/provided-model.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { theKernels } from "../fixtures/lanes.js";
import { aScan } from "../fixtures/scan.js";
import { framesInSlab } from "./frames-in-slab.js";

export const [ROWS, COLUMNS] = [14, 10];
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

/** The lanes that denoise and train, in this thread: rows that they are asked for are begun when they are let through. */
function lanesHere(slab: SlabReader, openModel: () => Promise<ProvidedModel>) {
  const lane = createDenoiseLane(slab, { ...tools, openModel });
  const adapter = createAdaptLane(openRunGate());
  const held: (() => void)[] = [];
  const made: PatternsAsk[] = [];
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
  const askAdapter = <K extends keyof AdaptCalls>(call: K, ask: AdaptCalls[K]["ask"]): Promise<AdaptCalls[K]["answer"]> => {
    const calls = adapter.calls as unknown as { [C in K]: (ask: AdaptCalls[C]["ask"]) => Promise<AdaptCalls[C]["answer"]> };
    const own = trained.then(() => calls[call](ask));
    trained = own;
    return own;
  };
  return { pool: { askDenoiser, askAdapter }, held, made, stopTraining: adapter.stop, close: () => lane.close() };
}

/** A model file as the line is given it. */
const aModelFile = (bytes: Uint8Array, provider: ExecutionProvider, adapt: boolean): ModelFile => ({
  bytes,
  path: "the model",
  checksum: "0".repeat(64),
  provider,
  problem: null,
  adapt,
});

/** Frames in the slab, and what denoises them. */
export function aRun({ method = "neighbour", openModel = tools.openModel, wanted = "asked", provider = "cpu", adapt }: RunOptions = {}) {
  const { slab, rows, known, lose } = framesInSlab(scan);
  const { pool, held, made, stopTraining, close } = lanesHere(slab, openModel);
  const told: string[] = [];
  const cache = new PatternCache(2 ** 24);
  const may = { goOn: true };
  let [idle, answered, counted] = [false, 0, 0];
  const run = new DenoiseRun({
    ...rows,
    pool,
    mayGoOn: () => may.goOn,
    wanted,
    cache,
    archive: null,
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
    model: method === "model" || adapt ? aModelFile(adapt ?? readFileSync(SHIPPED), provider, adapt !== undefined) : null,
    onAdopted: ({ epoch, row }) => told.push(`adopted: epoch ${epoch} from row ${row} on`),
    onProvider: (problem) => told.push(problem),
    onCheap: (rows) => told.push(`cheap: ${rows} rows`),
    onCheapOver: (patterns) => told.push(`full: ${patterns} patterns`),
    onIdle: () => {
      idle = true;
    },
  });
  return {
    run,
    told,
    cache,
    may,
    /** What was made of patterns that nobody asked for, in turn. */
    made,
    counted: () => counted,
    /** Ends training that is under way. */
    stopTraining,
    idle: () => idle,
    lose,
    finish: (line: number) => run.finishLine(line, known()),
    end: () => run.end(known()),
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
    close,
  };
}
