/** A thread of archives that fails with the first frames. */
import { parentPort } from "node:worker_threads";
import type { ArchiveRequest } from "../../src/core/archive.js";

parentPort?.on("message", (r: ArchiveRequest) => {
  if (r.kind === "frames") throw new Error("a bug");
});
