/** A pixel lane as a thread. Asked to drain, never terminated. */
import { parentPort, workerData } from "node:worker_threads";
import type { KernelModule } from "../kernels/kernel-module.js";
import { createWasmLane } from "../kernels/wasm-lane.js";
import { nameThread } from "../telemetry/thread-name.js";
import { createLane, type LaneCall, type LaneCalls } from "./lane.js";
import { SlabReader } from "./slab.js";

export interface LaneData {
  readonly name: string;
  readonly module: KernelModule;
  readonly control: Int32Array;
}
export type LaneRequest =
  | { readonly kind: "adopt"; readonly slot: number; readonly buffer: SharedArrayBuffer }
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
const lane = createLane(new SlabReader(data.control), () => createWasmLane(data.module));
port.on("message", (request: LaneRequest) => {
  if (request.kind === "adopt") return lane.adopt(request.slot, request.buffer);
  if (request.kind === "stop") return port.close();
  const reply: LaneReply = { id: request.id, answer: lane.answer(request.call, request.ask) };
  const { answer } = reply;
  // Columns of numbers move, they are not copied.
  port.postMessage(reply, answer !== null && "measures" in answer ? [answer.status.buffer, answer.measures.buffer] : []);
});
