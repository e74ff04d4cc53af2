/** Has the system give the memory of segments before frames need it, as a thread of the lowest priority. It ends by itself. */

import { freemem, setPriority } from "node:os";
import { workerData } from "node:worker_threads";
import { nameThread } from "../telemetry/thread-name.js";
import { RESERVE, type ReserveData } from "./reserve.js";
import { touchPages } from "./touch-pages.js";

const LOWEST = 19;
const { segments, state, delayMs, leave } = workerData as ReserveData;

// Not every Node 20 tells what the limits of a container leave.
const available = (): number => process.availableMemory?.() ?? freemem();

nameThread("reserve");
if (process.platform === "linux") setPriority(LOWEST);
Atomics.wait(state, RESERVE.stop, 0, delayMs);
for (const segment of segments) {
  if (Atomics.load(state, RESERVE.stop) === 1 || available() - segment.byteLength < leave) break;
  touchPages(segment);
  Atomics.add(state, RESERVE.count, 1);
}
