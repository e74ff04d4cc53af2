/** A thread of archives whose disk never answers: nothing is taken. Until it is told to stop. */
import { parentPort } from "node:worker_threads";
import type { ArchiveRequest } from "../../src/core/archive.js";

parentPort?.on("message", (r: ArchiveRequest) => {
  if (r.kind === "close") parentPort?.close();
});
