import { parentPort, workerData } from "node:worker_threads";
import { isFault } from "../core/fault.js";
import type { MicroscopeSays } from "./microscope.js";
import { type MicroscopeOptions, publish } from "./publisher.js";

/** The thread of `startMicroscope`: publishes, says how it goes, ends by itself. */
const port = parentPort;
if (!port) throw new Error("this file is the body of a worker");
const say = (message: MicroscopeSays): void => port.postMessage(message);
const stop = new AbortController();
port.on("message", () => stop.abort());
try {
  await publish(workerData as MicroscopeOptions, stop.signal, (progress) => say({ kind: "progress", progress }));
} catch (e) {
  if (!isFault(e)) throw e;
  say({ kind: "fault", code: e.code, at: e.at, message: e.message });
} finally {
  port.close();
}
