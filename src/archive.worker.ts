/** The thread that writes archives: frames from the slab, everything else as it is told. A slow disk holds up nobody but it. */
import { parentPort, workerData } from "node:worker_threads";
import type { ArchiveReply, ArchiveRequest } from "./core/archive.js";
import { createWasmLane } from "./kernels/wasm-lane.js";
import { slabFrames } from "./line/archive-frames.js";
import type { ArchiveData } from "./line/archive-lane.js";
import { createUnpacker } from "./line/archive-unpack.js";
import { SlabReader } from "./line/slab.js";
import { Archive } from "./sinks/archive/archive.js";
import { nameThread } from "./telemetry/thread-name.js";

const port = parentPort;
if (!port) throw new Error("the thread of archives is a worker");
const data = workerData as ArchiveData;
nameThread("archive");
/** How often what was taken is brought to disk, ms. */
const FLUSH_MS = 500;

const slab = new SlabReader(data.control);
const frames = slabFrames(slab);
const archive = new Archive({
  directory: data.directory,
  raw: data.raw,
  bin: data.bin,
  desk: data.desk,
  frames,
  unpack: createUnpacker(() => createWasmLane(data.module)),
  reply: (r: ArchiveReply) => port.postMessage(r),
});

let working = false;
/** What has time comes between what is told. */
function work(): void {
  working = archive.work();
  if (working) setImmediate(work);
}

const flusher = setInterval(() => {
  archive.flush();
  if (!working) work();
}, FLUSH_MS);

port.on("message", (r: ArchiveRequest) => {
  if (r.kind === "buffer") slab.adopt(r.slot, r.buffer);
  else if (r.kind === "batch") frames.adopt(r.batch, r.buffer);
  else if (r.kind === "close") {
    clearInterval(flusher);
    archive.close();
    port.close();
  } else {
    archive.take(r);
    if (r.kind === "finish" && !working) work();
  }
});
