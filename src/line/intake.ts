import type { Metrics } from "../telemetry/metrics.js";
import type { ArchiveLane } from "./archive-lane.js";
import { aBatch, type Batch } from "./batch.js";
import type { LineParts } from "./line-parts.js";
import type { FramesMessage, IngestMessage } from "./messages.js";
import type { SeriesBook } from "./series-book.js";
import { REF } from "./slab.js";

export interface IntakeOptions extends Pick<LineParts, "slab" | "pool" | "stats" | "events" | "reserve"> {
  readonly book: SeriesBook;
  readonly archive: Pick<ArchiveLane, "adopt" | "adoptBatch"> | null;
  readonly metrics: Metrics;
  readonly source: { readonly protocol: string; readonly endpoint: string };
}

type Takers = { readonly [K in IngestMessage["kind"]]?: (m: Extract<IngestMessage, { kind: K }>) => void };

/** Hands on what the ingest lane posts, message by message. */
export class Intake {
  readonly #o: IntakeOptions;
  readonly #batches: Batch[] = [];
  readonly #takers: Takers;
  #full = false;

  constructor(o: IntakeOptions) {
    this.#o = o;
    this.#takers = this.#allTakers();
  }

  /** The memory for received frames is full, and reading waits. */
  get full(): boolean {
    return this.#full;
  }

  take(m: IngestMessage): void {
    (this.#takers[m.kind] as ((m: IngestMessage) => void) | undefined)?.(m);
  }

  #frames(m: FramesMessage): void {
    const { book, slab, stats, reserve } = this.#o;
    const began = performance.now();
    const batch = this.#batches[m.batch] as Batch;
    const { image, ref, shape, complete } = batch;
    // One by one: what comes from another thread, and copies of it, have as many hidden classes as there are messages.
    const { kind, series, batch: number, count, shapes, bytes, ms, at, slabBytes } = m;
    if (!book.frames({ kind, series, batch: number, count, shapes, bytes, ms, at, slabBytes, image, ref, shape, complete })) {
      // Ended by count or silence while these were on their way.
      for (let i = 0; i < m.count; i++) slab.release(ref[i * REF.width + REF.slot] as number);
      stats.ignored("orphan", m.count);
    }
    batch.release();
    reserve?.busy();
    stats.received(m, performance.now() - began);
  }

  #allTakers(): Takers {
    const { book, slab, pool, stats, events, metrics, source, archive } = this.#o;
    const { protocol, endpoint } = source;
    const open = (): string | null => book.open?.id ?? null;
    return {
      buffer: (m) => {
        slab.adopt(m.slot, m.buffer);
        pool.adopt(m.slot, m.buffer);
        archive?.adopt(m.slot, m.buffer);
      },
      batch: (m) => {
        this.#batches[m.batch] = aBatch(m.batch, m.buffer);
        archive?.adoptBatch(m.batch, m.buffer);
      },
      begin: (m) => book.begin(m),
      frames: (m) => this.#frames(m),
      end: (m) => book.end(m),
      malformed: (m) => {
        metrics.framesMalformed(protocol, m.reason, m.count);
        metrics.framesReceived(protocol, m.count);
        events.repeat("warn", "malformed-message", `${m.reason}: ${m.detail}`, open());
        book.malformed(m);
      },
      ignored: (m) => {
        stats.ignored(m.reason, m.count);
        if (m.reason === "orphan") events.repeat("warn", "orphan", `${m.detail}: waiting for the begin of a series`, null);
        if (m.reason === "foreign") events.repeat("warn", "foreign", m.detail, open());
      },
      link: (m) => {
        if (m.state !== stats.link)
          events.tell(m.state === "disconnected" ? "warn" : "info", `source-${m.state}`, `${endpoint}: ${m.state}`, null);
        stats.link = m.state;
      },
      trouble: (m) => {
        metrics.linkFaults(protocol, m.fault, 1);
        events.repeat("warn", "source-refused", `${endpoint}: ${m.message}`, null);
      },
      full: (m) => {
        this.#full = m.full;
        const why = "the memory for received frames is full: reading waits, and the detector may drop images";
        if (m.full) events.repeat("warn", "memory-full", why, open());
      },
    };
  }
}
