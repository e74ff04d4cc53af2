/** The ingest lane: socket -> reader -> slab. A thread of its own, so that pixels and browsers never delay reading. */
import { parentPort, workerData } from "node:worker_threads";
import { detectorByName } from "../detectors/index.js";
import { isFault } from "./core/fault.js";
import { FLUSH_MS, Ingest } from "./line/ingest.js";
import type { IngestData } from "./line/ingest-lane.js";
import type { IngestMessage, IngestOrder } from "./line/messages.js";
import { SlabWriter } from "./line/slab.js";
import { openReceiver, type Receiver } from "./transport/receiver.js";

const port = parentPort;
if (!port) throw new Error("the ingest lane is a worker");
const data = workerData as IngestData;
const post = (m: IngestMessage): void => {
  port.postMessage(m, m.kind === "frames" ? [m.image.buffer as ArrayBuffer, m.ref.buffer as ArrayBuffer] : []);
};
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

let opened: Receiver | null = null;

async function main(): Promise<void> {
  const detector = detectorByName(data.protocol);
  const slab = new SlabWriter({
    control: data.control,
    limitBytes: data.limitBytes,
    keepBytes: data.keepBytes,
    segmentBytes: data.segmentBytes,
    onBuffer: (slot, buffer) => post({ kind: "buffer", slot, buffer }),
  });
  const ingest = new Ingest({
    reader: detector.open(data.channel === null ? {} : { channel: data.channel }),
    slab,
    post,
    clock: () => performance.timeOrigin + performance.now(),
  });
  const receiver = await openReceiver({
    endpoint: data.endpoint,
    bind: data.bind,
    topic: data.topic,
    highWaterMark: data.highWaterMark,
    socket: data.socket === "auto" ? detector.socket : data.socket,
    onState: (state) => post({ kind: "link", state }),
  });
  opened = receiver;
  let stopping = false;
  port?.on("message", (order: IngestOrder) => {
    if (order.kind === "close") return ingest.close(order.series);
    stopping = true;
    void receiver.close();
  });
  post({ kind: "open", endpoint: receiver.endpoint });
  let timer: NodeJS.Timeout | null = null;
  for (;;) {
    const parts = await receiver.receive();
    if (parts === null || stopping) break;
    if (!ingest.take(parts)) {
      ingest.flush();
      post({ kind: "full", full: true });
      while (!stopping && !ingest.retry()) await pause(2);
      ingest.flush();
      post({ kind: "full", full: false });
    }
    if (timer === null && ingest.gathered) {
      timer = setTimeout(() => {
        timer = null;
        ingest.flush();
      }, FLUSH_MS);
    }
  }
  if (timer) clearTimeout(timer);
  ingest.flush();
  post({ kind: "closed" });
  port?.close();
}

main().catch(async (e: unknown) => {
  post({ kind: "failed", code: isFault(e) ? e.code : "bug", message: e instanceof Error ? e.message : String(e) });
  await opened?.close();
  port.close();
});
