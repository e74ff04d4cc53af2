import { totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import type { EventLogWriter } from "./event-log.js";

/** count: segments that have their memory, the first ones. stop: 1 when no more are wanted. frames: 1 when some have come since it was set to 0. */
export const RESERVE = { count: 0, stop: 1, frames: 2, length: 3 } as const;

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
  /** The segments, once: whoever holds them has the collector look at their memory. */
  take(): readonly SharedArrayBuffer[];
  /** Bytes that the system has given. */
  readonly size: number;
  /** Frames come: it waits until none do. */
  busy(): void;
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
 * Segments for all frames that may be held, whose memory the system gives while no frames come, in this order. Memory that is given when frames need
 * it costs more than receiving them, above all on a virtual machine, and just when there are too many of them. Beside a scan it would delay threads of
 * any priority, as all share the tables of the process's memory.
 */
export function openReserve({ limitBytes, segmentBytes, events, onCrash, delayMs = DELAY_MS, leave = half() }: ReserveOptions): Reserve {
  const wanted = Math.floor(limitBytes / segmentBytes);
  let segments: readonly SharedArrayBuffer[] = Array.from({ length: wanted }, () => new SharedArrayBuffer(segmentBytes));
  const state = new Int32Array(new SharedArrayBuffer(RESERVE.length * Int32Array.BYTES_PER_ELEMENT));
  const workerData: ReserveData = { segments, state, delayMs, leave };
  const thread = new Worker(new URL("./reserve.worker.js", import.meta.url), { name: "reserve", workerData });
  const size = (): number => Atomics.load(state, RESERVE.count) * segmentBytes;
  thread.on("error", onCrash);
  const gone = new Promise<void>((done) => thread.once("exit", () => done())).then(() => {
    if (Atomics.load(state, RESERVE.stop) === 1 || size() === wanted * segmentBytes) return;
    const [got, all] = [size(), wanted * segmentBytes].map((n) => Math.round(n / MB));
    const why = `${got} of the ${all} MiB that frames may take are reserved: with more, less than half of the machine's memory would be available`;
    events.tell("warn", "memory-short", why, null);
  });
  return {
    take() {
      const taken = segments;
      segments = [];
      return taken;
    },
    get size() {
      return size();
    },
    busy: () => void Atomics.store(state, RESERVE.frames, 1),
    async close() {
      Atomics.store(state, RESERVE.stop, 1);
      Atomics.notify(state, RESERVE.stop);
      await gone;
    },
  };
}
