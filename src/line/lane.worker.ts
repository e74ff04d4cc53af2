/** A pixel lane as a thread. Asked to drain, never terminated. */

import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { fastKernels, KernelStock } from "../components/polar-kernels.js";
import type { EstimatorSetup } from "../denoise/estimator.js";
import { createWasmEstimator } from "../denoise/wasm-estimator.js";
import { instantiateKernels, type KernelModule } from "../kernels/kernel-module.js";
import { PayloadLister } from "../kernels/list-payload.js";
import { summaryBuffers } from "../kernels/summarise.js";
import { createWasmLane } from "../kernels/wasm-lane.js";
import { openProvidedModel, type ProvidedModel } from "../networks/provided-model.js";
import { openRunGate, type RunGate } from "../networks/run-gate.js";
import { nameThread } from "../telemetry/thread-name.js";
import { sampleBuffers } from "./blind-samples.js";
import { createLane } from "./lane.js";
import type { LaneCall, LaneCalls } from "./lane-calls.js";
import type { ModelFile } from "./load-model.js";
import { SlabReader } from "./slab.js";

export interface LaneData {
  readonly name: string;
  /** How much this lane gives way to others, 0 to 19; on Linux it is the thread's own. */
  readonly niceness: number;
  readonly module: KernelModule;
  readonly control: Int32Array;
  /** Of the gate that is shut before the process ends. */
  readonly gate: RunGate["state"];
  readonly model: ModelFile | null;
}
export type LaneRequest =
  | { readonly kind: "adopt"; readonly slot: number; readonly buffer: SharedArrayBuffer }
  | { readonly kind: "desk"; readonly desk: number; readonly buffer: SharedArrayBuffer }
  | { readonly kind: "ask"; readonly id: number; readonly call: LaneCall; readonly ask: LaneCalls[LaneCall]["ask"] }
  | { readonly kind: "stop" };
export interface LaneReply {
  readonly id: number;
  readonly answer: LaneCalls[LaneCall]["answer"];
}

const port = parentPort;
if (!port) throw new Error("a pixel lane is a worker");
const data = workerData as LaneData;
nameThread(data.name);
if (data.niceness > 0) setPriority(data.niceness);
const gate = openRunGate(data.gate);
const tools = {
  newPixelLane: () => createWasmLane(data.module),
  polarKernels: new KernelStock(() => fastKernels(data.module)),
  newEstimator: (setup: EstimatorSetup) => createWasmEstimator(data.module, setup),
  newLister: () => new PayloadLister(instantiateKernels(data.module)),
  newProducts: () => instantiateKernels(data.module),
  openModel(): Promise<ProvidedModel> {
    if (!data.model) throw new Error("there is no model to denoise with");
    return openProvidedModel(data.model.bytes, data.model.path, data.model.provider, gate);
  },
  openAdapted: (model: Uint8Array, name: string): Promise<ProvidedModel> =>
    openProvidedModel(model, name, data.model?.provider ?? "cpu", gate),
};
const lane = createLane(new SlabReader(data.control), tools, gate);

/** Images of sums and patterns move, they are not copied. */
function moved(answer: LaneReply["answer"]): ArrayBuffer[] {
  if (typeof answer !== "object" || answer === null) return [];
  if ("samples" in answer && answer.samples) return sampleBuffers([...answer.samples.training, ...answer.samples.heldOut]);
  if ("patterns" in answer) return answer.patterns.flatMap((p) => (p?.buffer instanceof ArrayBuffer ? p.buffer : []));
  return "squares" in answer ? summaryBuffers(answer) : [];
}

async function take(request: Extract<LaneRequest, { kind: "ask" | "stop" }>): Promise<void> {
  if (request.kind === "stop") {
    await lane.close();
    port?.close();
    return;
  }
  const reply: LaneReply = { id: request.id, answer: await lane.answer(request.call, request.ask) };
  port?.postMessage(reply, moved(reply.answer));
  await rest();
}

// One after the other; a failure ends the lane.
let turn = Promise.resolve();

/** Does what need not be done before an answer, part by part: what is asked meanwhile comes first. */
async function rest(): Promise<void> {
  if (!(await lane.rest())) return;
  setImmediate(() => {
    turn = turn.then(rest);
  });
}
port.on("message", (request: LaneRequest) => {
  if (request.kind === "adopt") lane.adopt(request.slot, request.buffer);
  else if (request.kind === "desk") lane.desk(request.desk, request.buffer);
  else {
    if (request.kind === "stop") lane.stop();
    turn = turn.then(() => take(request));
  }
});
