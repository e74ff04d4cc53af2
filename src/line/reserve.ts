import { once } from "node:events";
import { totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import type { EventLogWriter } from "./event-log.js";

/** count: segments that have their memory, the first ones. stop: 1 when no more are wanted. */
export const RESERVE = { count: 0, stop: 1, length: 2 } as const;

/** What the thread gets. */
export interface ReserveData {
  readonly segments: readonly SharedArrayBuffer[];
  /** By `RESERVE`. */
  readonly state: Int32Array;
  readonly delayMs: number;
  /** Bytes of memory that stay available to others. */
  readonly leave: number;
}

/** Memory for frames that is there before they come. */
export interface Reserve {
  readonly segments: readonly SharedArrayBuffer[];
  /** Bytes that the system has given. */
  readonly size: number;
  close(): Promise<void>;
}

export interface ReserveOptions {
  readonly limitBytes: number;
  readonly segmentBytes: number;
  readonly events: Pick<EventLogWriter, "tell">;
  readonly onCrash: (e: unknown) => void;
  readonly delayMs?: number;
  readonly leave?: number;
}

/** Lanes and compilers have the cores first. */
const DELAY_MS = 1000;
const MB = 1 << 20;

/** Half of the memory of the machine, or of what this process may have. */
const half = (): number => 0.5 * Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);

/**
 * Segments for all frames that may be held, whose memory the system gives while nothing else is to be done, in this order. Memory that is given when
 * frames need it costs more than receiving them, above all on a virtual machine, and just when there are too many of them.
 */
export function openReserve({ limitBytes, segmentBytes, events, onCrash, delayMs = DELAY_MS, leave = half() }: ReserveOptions): Reserve {
  const segments = Array.from({ length: Math.floor(limitBytes / segmentBytes) }, () => new SharedArrayBuffer(segmentBytes));
  const state = new Int32Array(new SharedArrayBuffer(RESERVE.length * Int32Array.BYTES_PER_ELEMENT));
  const workerData: ReserveData = { segments, state, delayMs, leave };
  const thread = new Worker(new URL("./reserve.worker.js", import.meta.url), { name: "reserve", workerData });
  const size = (): number => Atomics.load(state, RESERVE.count) * segmentBytes;
  thread.on("error", onCrash);
  const gone = once(thread, "exit").then(() => {
    const all = segments.length * segmentBytes;
    if (Atomics.load(state, RESERVE.stop) === 1 || size() === all) return;
    const [got, wanted] = [size(), all].map((n) => Math.round(n / MB));
    const why = `${got} of the ${wanted} MiB that frames may take are reserved: with more, less than half of the machine's memory would be available`;
    events.tell("warn", "memory-short", why, null);
  });
  return {
    segments,
    get size() {
      return size();
    },
    async close() {
      Atomics.store(state, RESERVE.stop, 1);
      Atomics.notify(state, RESERVE.stop);
      await gone;
    },
  };
}
