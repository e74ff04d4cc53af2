import { Worker } from "node:worker_threads";
import { type Config, fastReceiverFits } from "../config/index.js";
import { FAULT_CODES, Fault, type FaultCode } from "../core/fault.js";
import type { IngestMessage, IngestOrder } from "./messages.js";
import { MAX_SLOTS } from "./slab.js";

const MB = 1 << 20;
const SEGMENT_BYTES = 8 * MB;

/** What the main thread hands to the lane. */
export interface IngestData {
  readonly protocol: string;
  readonly endpoint: string;
  readonly bind: boolean;
  readonly socket: "auto" | "pull" | "sub";
  readonly topic: string;
  /** auto: fast, until a sender turns out to be too old for it. */
  readonly receiver: "auto" | "fast" | "zeromq";
  readonly channel: string | null;
  readonly highWaterMark: number;
  readonly control: Int32Array;
  readonly limitBytes: number;
  readonly keepBytes: number;
  readonly segmentBytes: number;
  readonly reserve: readonly SharedArrayBuffer[];
}

export interface IngestLane {
  /** The endpoint in use, with the port chosen by the system. */
  readonly endpoint: string;
  order(order: IngestOrder): void;
  /** The lane has posted everything and ended. */
  readonly gone: Promise<void>;
}

export interface IngestLaneOptions {
  readonly module: URL;
  readonly source: Config["source"];
  readonly control: Int32Array;
  readonly limitBytes: number;
  readonly keepBytes: number;
  readonly segmentBytes: number;
  /** Memory of segments that is there already. */
  readonly reserve: readonly SharedArrayBuffer[];
  readonly take: (m: IngestMessage) => void;
  readonly onCrash: (e: unknown) => void;
}

/** Who reads the socket, as far as the configuration decides it. */
export const receiverOf = (source: Config["source"]): IngestData["receiver"] =>
  source.receiver === "auto" && !fastReceiverFits(source) ? "zeromq" : source.receiver;

/** Segments of 8 MiB, smaller where the memory holds only a few of them, larger where it would need more than there are slots. */
export const segmentSize = (limitBytes: number): number =>
  Math.max(Math.min(SEGMENT_BYTES, Math.max(MB, Math.floor(limitBytes / 8))), Math.ceil(limitBytes / MAX_SLOTS / MB) * MB);

/** Starts the ingest lane; resolves when its socket is open. Faults: bad-endpoint, port-taken. */
export async function openIngestLane(o: IngestLaneOptions): Promise<IngestLane> {
  const { source } = o;
  const workerData: IngestData = {
    protocol: source.protocol,
    endpoint: source.endpoint,
    bind: source.bind,
    socket: source.socket,
    topic: source.topic,
    receiver: receiverOf(source),
    channel: source.channel,
    highWaterMark: source.receive_hwm,
    control: o.control,
    limitBytes: o.limitBytes,
    keepBytes: o.keepBytes,
    segmentBytes: o.segmentBytes,
    reserve: o.reserve,
  };
  const worker = new Worker(o.module, { name: "ingest", workerData });
  const gone = new Promise<void>((done) => worker.once("exit", () => done()));
  const endpoint = await new Promise<string>((done, fail) => {
    worker.on("error", (e) => {
      fail(e);
      o.onCrash(e);
    });
    worker.on("message", (m: IngestMessage) => {
      if (m.kind === "open") done(m.endpoint);
      else if (m.kind === "failed") {
        const e = m.code in FAULT_CODES ? new Fault(m.code as FaultCode, source.endpoint, m.message) : new Error(m.message);
        fail(e);
        // After it was open this is no wrong endpoint, but a lane that has ended.
        o.onCrash(e);
      } else {
        try {
          o.take(m);
        } catch (e) {
          o.onCrash(e);
        }
      }
    });
  });
  return { endpoint, gone, order: (order) => worker.postMessage(order) };
}
