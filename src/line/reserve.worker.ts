/** Has the system give the memory of segments before frames need it, as a thread of the lowest priority. It ends by itself. */

import { freemem, setPriority } from "node:os";
import { workerData } from "node:worker_threads";
import { nameThread } from "../telemetry/thread-name.js";
import { RESERVE, type ReserveData } from "./reserve.js";
import { touchPages } from "./touch-pages.js";

const LOWEST = 19;
/** Bytes that are taken in one go: what comes meanwhile waits no longer than that. */
const PIECE = 1 << 18;
/** After the last frames. */
const PAUSE_MS = 250;
const { segments, state, delayMs, leave } = workerData as ReserveData;

// Not every Node 20 tells what the limits of a container leave.
const available = (): number => process.availableMemory?.() ?? freemem();

const stopped = (): boolean => Atomics.load(state, RESERVE.stop) === 1;

nameThread("reserve");
if (process.platform === "linux") setPriority(LOWEST);
Atomics.wait(state, RESERVE.stop, 0, delayMs);
for (const segment of segments) {
  if (available() - segment.byteLength < leave) break;
  for (let from = 0; from < segment.byteLength && !stopped(); from += PIECE) {
    while (Atomics.exchange(state, RESERVE.frames, 0) === 1) Atomics.wait(state, RESERVE.stop, 0, PAUSE_MS);
    touchPages(segment, from, PIECE);
  }
  if (stopped()) break;
  Atomics.add(state, RESERVE.count, 1);
}
