import { join } from "node:path";
import { Worker } from "node:worker_threads";
import {
  ARCHIVE_DESK,
  type ArchiveBin,
  type ArchiveInfo,
  type ArchiveReply,
  type ArchiveRequest,
  type ArchiveStats,
} from "../core/archive.js";
import type { LogEvent } from "../core/wire.js";
import type { KernelModule } from "../kernels/kernel-module.js";
import type { Metrics } from "../telemetry/metrics.js";
import { eachSegment } from "./archive-frames.js";
import { aBatch, type Batch } from "./batch.js";
import type { EventLogWriter } from "./event-log.js";
import type { ReceivedFrames } from "./messages.js";
import type { SlabReader } from "./slab.js";

export interface ArchiveData {
  readonly module: KernelModule;
  readonly control: Int32Array;
  readonly directory: string;
  readonly raw: boolean;
  readonly bin: ArchiveBin;
  /** See ARCHIVE_DESK. */
  readonly desk: Int32Array;
}

export interface ArchiveLaneOptions extends Omit<ArchiveData, "desk"> {
  /** Module of the thread: it knows files, the line does not. */
  readonly thread: URL;
  /** Bytes of frames that may wait for the disk, and how many while the memory for frames is full. */
  readonly mostWaiting: number;
  readonly mostWhenFull: number;
  readonly slab: SlabReader;
  readonly events: EventLogWriter;
  readonly metrics: Metrics;
}

/** Bytes of patterns and maps that may wait for the disk. */
const MOST_OTHER = 64 << 20;
/** Memory may be full so long before that is laid to the disk, and the thread be silent: in ticks of 50 ms, which stand still when the process does. */
const FULL_TICKS = 20;
const SILENT_TICKS = 1200;
export const TOO_SLOW = "the disk is too slow for the frames that come";
const MAX_TICKET = 2 ** 31 - 1;

/** What a series hears of its archive. */
export interface ArchiveListener {
  readonly id: string;
  /** Nothing is open any more, for whatever reason. */
  ended(): void;
  event(e: LogEvent): void;
}

type Recalled = Extract<ArchiveReply, { kind: "recalled" }>;

interface Seat extends ArchiveListener {
  info: ArchiveInfo;
  /** Who waits for frames, the oldest first. */
  readonly recalls: ((frames: Recalled | null) => void)[];
}

/** Frames that are laid out for the thread. */
interface Offered {
  readonly series: number;
  readonly batch: Batch;
  readonly ticket: number;
  readonly count: number;
}

/** The thread of archives as seen from the main thread. What it does not take in time is taken back: nobody ever waits for a disk. */
export class ArchiveLane {
  readonly #o: ArchiveLaneOptions;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #desk = new Int32Array(new SharedArrayBuffer(4 * ARCHIVE_DESK.words));
  readonly #batches: Batch[] = [];
  readonly #seats = new Map<number, Seat>();
  #newest: Seat | null = null;
  /** Oldest first; the first of them is number `#first` of all. */
  #offered: Offered[] = [];
  #first = 0;
  #ticket = 0;
  #frameBytes = 0;
  #otherBytes = 0;
  #free: number | null = null;
  /** Ticks since memory is full because of the disk, and since the thread was heard of. */
  #fullTicks = 0;
  /** Why the thread has ended; null: it runs. */
  #failed: string | null = null;
  #silentTicks = 0;

  constructor(o: ArchiveLaneOptions) {
    const { module, control, directory, raw, bin } = o;
    this.#o = o;
    const workerData: ArchiveData = { module, control, directory, raw, bin, desk: this.#desk };
    this.#worker = new Worker(o.thread, { name: "archive", workerData });
    this.#exited = new Promise((done) => this.#worker.once("exit", () => done()));
    this.#worker.on("error", (e) => this.#fail(e));
    this.#worker.on("message", (r: ArchiveReply) => this.#hear(r));
    o.events.on((e) => {
      for (const seat of this.#seats.values()) if (e.series === null || e.series === seat.id) seat.event(e);
    });
  }

  get bin(): ArchiveBin {
    return this.#o.bin;
  }
  /** Received, and not yet copied by the thread. */
  get #waitingFrames(): number {
    return (this.#frameBytes - Atomics.load(this.#desk, ARCHIVE_DESK.frameBytes)) >>> 0;
  }
  /** Patterns and maps that wait for the disk, bytes. */
  get waitingOther(): number {
    return (this.#otherBytes - Atomics.load(this.#desk, ARCHIVE_DESK.otherBytes)) >>> 0;
  }
  /** Patterns and maps may be given. */
  get ready(): boolean {
    return this.waitingOther < MOST_OTHER;
  }
  get stats(): ArchiveStats {
    return {
      directory: this.#o.directory,
      free_bytes: this.#free,
      waiting_bytes: this.#waitingFrames + this.waitingOther,
      newest: this.#newest?.info ?? null,
    };
  }

  adopt(slot: number, buffer: SharedArrayBuffer): void {
    this.#post({ kind: "buffer", slot, buffer });
  }
  adoptBatch(batch: number, buffer: SharedArrayBuffer): void {
    this.#batches[batch] = aBatch(batch, buffer);
    this.#post({ kind: "batch", batch, buffer });
  }

  /** Begins an archive; answers how it stands. */
  open(request: Extract<ArchiveRequest, { kind: "open" }>, listener: ArchiveListener): () => ArchiveInfo {
    const path = join(this.#o.directory, `${request.id}.zspy`);
    const seat: Seat = {
      id: listener.id,
      ended: () => listener.ended(),
      event: (e) => listener.event(e),
      info: { path, state: "writing", reason: null, bytes: 0 },
      recalls: [],
    };
    this.#seats.set(request.series, seat);
    this.#newest = seat;
    this.#post(request);
    if (this.#failed !== null) this.stop(request.series, this.#failed);
    return () => seat.info;
  }

  /** A bug of ours, or no memory: whatever it is, scans go on without archives. */
  #fail(e: unknown): void {
    this.#failed = `the thread of archives has failed: ${e instanceof Error ? e.message : String(e)}`;
    for (const series of [...this.#seats.keys()]) this.stop(series, this.#failed);
  }

  /** Hands frames on that are held by others still. */
  frames(series: number, m: ReceivedFrames): void {
    const batch = this.#batches[m.batch] as Batch;
    const { count, bytes, shapes } = m;
    eachSegment(m.ref, count, (slot, serial) => void this.#o.slab.hold(slot, serial));
    batch.hold();
    this.#ticket = (this.#ticket % MAX_TICKET) + 1;
    batch.offer(this.#ticket);
    const taken = Atomics.load(this.#desk, ARCHIVE_DESK.batches) - this.#first;
    if (taken > 0) {
      this.#offered.splice(0, taken);
      this.#first = (this.#first + taken) | 0;
    }
    this.#offered.push({ series, batch, ticket: this.#ticket, count });
    this.#frameBytes += bytes;
    this.#post({ kind: "frames", series, batch: m.batch, ticket: this.#ticket, count, bytes, shapes });
  }

  /** Of a series; in shared memory, or moved to the thread. */
  tell(r: Exclude<ArchiveRequest, { kind: "buffer" | "batch" | "open" | "frames" }>): void {
    if (r.kind === "patterns") this.#otherBytes += r.bytes;
    if (r.kind === "map") this.#otherBytes += r.value.byteLength;
    this.#worker.postMessage(r, r.kind === "map" ? [r.value.buffer as ArrayBuffer] : []);
  }

  /** Reads frames back; null: the archive was stopped. */
  recall(series: number, images: readonly number[]): Promise<Recalled | null> {
    const seat = this.#seats.get(series);
    if (!seat) return Promise.resolve(null);
    this.#post({ kind: "recall", series, images });
    return new Promise((done) => seat.recalls.push(done));
  }

  /** More frames wait for the disk than may. */
  get tooSlow(): boolean {
    return this.#waitingFrames > this.#o.mostWaiting;
  }

  /** To be called every tick: why the disk must not be waited for, if it must not. `full`: the memory for frames is. */
  trouble(full: boolean): string | null {
    this.#fullTicks = full && this.#waitingFrames > this.#o.mostWhenFull ? this.#fullTicks + 1 : 0;
    this.#silentTicks++;
    if (this.tooSlow || this.#fullTicks > FULL_TICKS) return TOO_SLOW;
    return this.#silentTicks > SILENT_TICKS ? "the disk does not answer" : null;
  }

  /** Ends the archive of a series as it is. */
  stop(series: number, reason: string): void {
    for (const { series: of, batch, ticket, count } of this.#offered) {
      if (of !== series || !batch.take(ticket)) continue;
      eachSegment(batch.ref, count, (slot) => this.#o.slab.release(slot));
      batch.release();
    }
    this.tell({ kind: "stop", series });
    this.#stopped(series, reason);
  }

  #stopped(series: number, reason: string): void {
    const seat = this.#seats.get(series);
    if (!seat) return;
    seat.info = { ...seat.info, state: "stopped", reason };
    this.#o.events.tell("error", "archive-stopped", `the archive is stopped: ${reason}`, seat.id);
    this.#seats.delete(series);
    for (const done of seat.recalls) done(null);
    seat.ended();
  }

  #hear(r: ArchiveReply): void {
    this.#silentTicks = 0;
    if (r.kind === "free") {
      this.#free = r.bytes;
      return;
    }
    if (r.kind === "stopped") {
      this.stop(r.series, r.reason);
      return;
    }
    const seat = this.#seats.get(r.series);
    if (!seat) return;
    if (r.kind === "recalled") seat.recalls.shift()?.(r);
    else if (r.kind === "tight") {
      const [needed, free] = [r.needed, r.free].map((n) => Math.round(n / 1e6));
      const text = `patterns of all positions will take ${needed} MB, and ${free} MB are free in ${this.#o.directory}`;
      this.#o.events.tell("warn", "archive-space", text, seat.id);
    } else if (r.kind === "opened") seat.info = { ...seat.info, path: r.path };
    else if (r.kind === "written") {
      this.#o.metrics.archiveBytes(r.bytes - seat.info.bytes);
      seat.info = { ...seat.info, bytes: r.bytes };
    } else {
      seat.info = { ...seat.info, state: "closed" };
      this.#seats.delete(r.series);
      seat.ended();
    }
  }

  async close(): Promise<void> {
    this.#post({ kind: "close" });
    await this.#exited;
  }

  #post(r: ArchiveRequest): void {
    this.#worker.postMessage(r);
  }
}
