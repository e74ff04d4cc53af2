/** The ingest lane: socket -> reader -> slab. A thread of its own, so that pixels and browsers never delay reading. */
import { parentPort, workerData } from "node:worker_threads";
import { detectorByName } from "../detectors/index.js";
import { type Endpoint, parseEndpoint } from "./config/index.js";
import type { Detector } from "./core/detector.js";
import { isFault } from "./core/fault.js";
import { FLUSH_MS, type FrameStore, Ingest } from "./line/ingest.js";
import type { IngestData } from "./line/ingest-lane.js";
import type { IngestMessage, IngestOrder } from "./line/messages.js";
import { SlabWriter } from "./line/slab.js";
import { SlabWindow } from "./line/slab-window.js";
import { nameThread } from "./telemetry/thread-name.js";
import { openReceiver } from "./transport/receiver.js";
import { openZmtpReceiver } from "./transport/zmtp-receiver.js";

const port = parentPort;
if (!port) throw new Error("the ingest lane is a worker");
const data = workerData as IngestData;
nameThread("ingest");
const post = (m: IngestMessage): void => {
  port.postMessage(m);
};
/** How often memory is looked for while there is none, ms. */
const RETRY_MS = 2;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** One way of receiving. It ends when it is closed, or "old-peer": this way cannot, the other can. */
interface Intake {
  readonly endpoint: string;
  readonly ended: Promise<"closed" | "old-peer">;
  close(): void;
}

/** What has been gathered leaves after FLUSH_MS at the latest. */
function flusher(ingest: Ingest) {
  let timer: NodeJS.Timeout | null = null;
  return {
    soon(): void {
      if (timer !== null || !ingest.gathered) return;
      timer = setTimeout(() => {
        timer = null;
        ingest.flush();
      }, FLUSH_MS);
    },
    now(): void {
      if (timer) clearTimeout(timer);
      timer = null;
      ingest.flush();
    },
  };
}
type Flusher = ReturnType<typeof flusher>;

/** Through libzmq: payloads are copied into the slab. */
async function takeGeneral(detector: Detector, ingest: Ingest, flush: Flusher): Promise<Intake> {
  const receiver = await openReceiver({
    endpoint: data.endpoint,
    bind: data.bind,
    topic: data.topic,
    highWaterMark: data.highWaterMark,
    socket: data.socket === "auto" ? detector.socket : data.socket,
    onState: (state) => post({ kind: "link", state }),
  });
  let stopping = false;
  const run = async (): Promise<"closed"> => {
    for (;;) {
      const parts = await receiver.receive();
      if (parts === null || stopping) return "closed";
      const began = performance.now();
      const taken = ingest.take(parts);
      ingest.spent(performance.now() - began);
      if (!taken) {
        flush.now();
        post({ kind: "full", full: true });
        while (!stopping && !ingest.retry()) await pause(RETRY_MS);
        flush.now();
        post({ kind: "full", full: false });
      }
      flush.soon();
    }
  };
  return {
    endpoint: receiver.endpoint,
    ended: run(),
    close() {
      stopping = true;
      void receiver.close();
    },
  };
}

/** Straight into the slab: payloads stay where they were read. */
function takeFast(at: Endpoint & { transport: "tcp" }, detector: Detector, window: SlabWindow, ingest: Ingest, flush: Flusher): Intake {
  let end: (how: "closed" | "old-peer") => void = () => undefined;
  const ended = new Promise<"closed" | "old-peer">((done) => {
    end = done;
  });
  let waiting: NodeJS.Timeout | undefined;
  const retry = (): void => {
    if (!ingest.retry() || !receiver.resume()) return;
    clearInterval(waiting);
    waiting = undefined;
    flush.now();
    post({ kind: "full", full: false });
  };
  const receiver = openZmtpReceiver({
    host: at.host,
    port: at.port,
    socket: data.socket === "auto" ? detector.socket : data.socket,
    topic: data.topic,
    memory: window,
    take: (parts) => ingest.take(parts),
    takeWhole: (bytes, from, length) => ingest.takeAt(bytes, from, length),
    onRead(ms) {
      ingest.spent(ms);
      flush.soon();
    },
    onFull() {
      if (waiting) return;
      flush.now();
      post({ kind: "full", full: true });
      waiting = setInterval(retry, RETRY_MS);
    },
    onState: (state) => post({ kind: "link", state }),
    onTrouble(t) {
      post({ kind: "trouble", fault: t.fault, message: t.detail });
      if (t.fault === "old-peer" && data.receiver === "auto") close("old-peer");
    },
  });
  const close = (how: "closed" | "old-peer"): void => {
    clearInterval(waiting);
    receiver.close();
    end(how);
  };
  return { endpoint: data.endpoint, ended, close: () => close("closed") };
}

let intake: Intake | null = null;

async function main(): Promise<void> {
  const detector = detectorByName(data.protocol);
  const slab = new SlabWriter({
    control: data.control,
    limitBytes: data.limitBytes,
    keepBytes: data.keepBytes,
    segmentBytes: data.segmentBytes,
    reserve: data.reserve,
    onBuffer: (slot, buffer) => post({ kind: "buffer", slot, buffer }),
  });
  const at = data.receiver === "zeromq" ? null : parseEndpoint(data.endpoint);
  const window = at?.transport === "tcp" ? { at, memory: new SlabWindow(slab) } : null;
  const store: FrameStore = window?.memory ?? slab;
  const ingest = new Ingest({
    reader: detector.open(data.channel === null ? {} : { channel: data.channel }),
    store,
    post,
    clock: () => performance.timeOrigin + performance.now(),
  });
  const flush = flusher(ingest);
  let stopping = false;
  port?.on("message", (order: IngestOrder) => {
    if (order.kind === "close") return ingest.close(order.series);
    stopping = true;
    intake?.close();
  });
  intake = window ? takeFast(window.at, detector, window.memory, ingest, flush) : await takeGeneral(detector, ingest, flush);
  if (stopping) intake.close();
  post({ kind: "open", endpoint: intake.endpoint });
  if ((await intake.ended) === "old-peer") {
    intake = await takeGeneral(detector, ingest, flush);
    if (stopping) intake.close();
    await intake.ended;
  }
  flush.now();
  post({ kind: "closed" });
  port?.close();
}

main().catch((e: unknown) => {
  post({ kind: "failed", code: isFault(e) ? e.code : "bug", message: e instanceof Error ? e.message : String(e) });
  intake?.close();
  port.close();
});
