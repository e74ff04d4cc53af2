import type { ArrivalSink, IgnoredReason, MalformedReason, MessageReader, SeriesBegin, WireFrame } from "../core/detector.js";
import type { FrameShape } from "../core/frame.js";
import { BATCH_FRAMES, type Batch, batchShelf } from "./batch.js";
import type { IngestMessage } from "./messages.js";
import { REF } from "./slab.js";

/** A partial batch leaves after so many ms. */
export const FLUSH_MS = 2;

/** Where payloads become frames: copied into the slab, or in place if they were read into it. */
export interface FrameStore {
  /** `length` of these bytes from `from` on; fills the reference at `at`. False: full. */
  append(bytes: Uint8Array, ref: Int32Array, at: number, from: number, length: number): boolean;
  /** Bytes of the slab. */
  readonly size: number;
}

export interface IngestOptions {
  readonly reader: MessageReader;
  readonly store: FrameStore;
  readonly post: (message: IngestMessage) => void;
  /** ms since 1970, with fractions. */
  readonly clock: () => number;
}

/**
 * The head of the line: messages in, columns of frame references out. Knows which series is open, nothing of the scan.
 * `accept` is false while the slab is full: the frame that found no room is kept and tried again, so that not reading
 * the socket is the only back-pressure.
 */
export class Ingest {
  readonly #o: IngestOptions;
  #series = 0;
  #open: string | null = null;
  #count = 0;
  readonly #nextBatch: () => Batch;
  /** Where frames are being gathered. */
  #batch: Batch;
  #shapes: FrameShape[] = [];
  #bytes = 0;
  #at = 0;
  /** Time spent since the last batch. */
  #ms = 0;
  #malformed = new Map<string, { reason: MalformedReason; detail: string; images: number[]; count: number; series: number | null }>();
  #ignored = new Map<IgnoredReason, { detail: string; count: number }>();
  /** The frame that found the slab full: its bytes are still those of its message, and no other message is read meanwhile. */
  #waiting: WireFrame | null = null;
  readonly #sink: ArrivalSink;

  constructor(o: IngestOptions) {
    this.#o = o;
    this.#nextBatch = batchShelf(({ id, buffer }) => o.post({ kind: "batch", batch: id, buffer }));
    this.#batch = this.#nextBatch();
    this.#sink = {
      begin: (b) => this.#begin(b),
      frame: (f) => this.#frame(f),
      end: (key) => this.#end(key),
      ignored: (reason, detail) => this.#ignore(reason, detail),
      malformed: (reason, detail, key, image) => this.#bad(reason, detail, key, image),
    };
  }

  /** Takes one message. False: the slab is full; call `retry` until it is true before the next message. */
  take(parts: readonly Uint8Array[]): boolean {
    this.#o.reader.read(parts, this.#sink);
    return this.#waiting === null;
  }

  /** The same for a message of one part that lies in these bytes. "parts": nothing was taken, `take` has to. */
  takeAt(bytes: Uint8Array, from: number, length: number): "taken" | "parts" | "full" {
    if (!this.#o.reader.readAt?.(bytes, from, length, this.#sink)) return "parts";
    return this.#waiting === null ? "taken" : "full";
  }

  /** Counts time that was spent on messages, this class included. */
  spent(ms: number): void {
    this.#ms += ms;
  }

  retry(): boolean {
    const frame = this.#waiting;
    if (frame) {
      this.#waiting = null;
      this.#store(frame);
    }
    return this.#waiting === null;
  }

  /** The line ended this series by count or silence. */
  close(series: number): void {
    if (series !== this.#series || this.#open === null) return;
    this.flush();
    this.#open = null;
    this.#o.reader.closed();
  }

  /** Posts what has been gathered. */
  flush(): void {
    this.#flushFrames();
    for (const m of this.#malformed.values()) this.#o.post({ kind: "malformed", ...m });
    this.#malformed.clear();
    for (const [reason, m] of this.#ignored) this.#o.post({ kind: "ignored", reason, ...m });
    this.#ignored.clear();
  }

  get gathered(): boolean {
    return this.#count > 0 || this.#malformed.size > 0 || this.#ignored.size > 0;
  }

  #flushFrames(): void {
    const n = this.#count;
    if (n === 0) return;
    this.#o.post({
      kind: "frames",
      series: this.#series,
      count: n,
      batch: this.#batch.id,
      shapes: this.#shapes,
      bytes: this.#bytes,
      ms: this.#ms,
      at: this.#at,
      slabBytes: this.#o.store.size,
    });
    this.#batch = this.#nextBatch();
    this.#count = 0;
    this.#bytes = 0;
    this.#ms = 0;
    this.#shapes = [];
  }

  #begin(begin: SeriesBegin): void {
    this.flush();
    if (this.#open !== null) this.#o.post({ kind: "end", series: this.#series, how: "superseded" });
    this.#series++;
    this.#open = begin.key;
    this.#o.post({ kind: "begin", series: this.#series, begin });
  }

  #end(key: string): void {
    if (key !== this.#open) {
      this.#ignore("stale-end", `end of series ${key}, which is not open`);
      return;
    }
    this.flush();
    this.#open = null;
    this.#o.reader.closed();
    this.#o.post({ kind: "end", series: this.#series, how: "end" });
  }

  #frame(frame: WireFrame): void {
    if (!frame.drives) return;
    if (this.#open === null) {
      this.#ignore("orphan", `image ${frame.image} of series ${frame.key}, whose begin was not received`);
      return;
    }
    if (frame.key !== this.#open) {
      this.#ignore("foreign", `image ${frame.image} of series ${frame.key} while ${this.#open} is open`);
      return;
    }
    this.#store(frame);
  }

  #store(frame: WireFrame): void {
    // Damaged messages that came before this frame are told before it.
    if (this.#malformed.size > 0) this.flush();
    const n = this.#count;
    const batch = this.#batch;
    if (!this.#o.store.append(frame.bytes, batch.ref, n * REF.width, frame.from, frame.length)) {
      this.#waiting = { ...frame };
      return;
    }
    if (n === 0) this.#at = this.#o.clock();
    batch.image[n] = frame.image;
    batch.shape[n] = this.#shapeIndex(frame.shape);
    batch.complete[n] = frame.complete ? 1 : 0;
    this.#bytes += frame.length;
    this.#count = n + 1;
    if (this.#count === BATCH_FRAMES) this.#flushFrames();
  }

  #shapeIndex(shape: FrameShape): number {
    const last = this.#shapes.length - 1;
    const known = this.#shapes[last];
    if (known === shape) return last;
    if (
      known &&
      known.encoding === shape.encoding &&
      known.element === shape.element &&
      known.bigEndian === shape.bigEndian &&
      known.width === shape.width &&
      known.height === shape.height &&
      known.type === shape.type
    )
      return last;
    if (this.#shapes.length === BATCH_FRAMES) throw new Error("more frame shapes than frames in a batch");
    this.#shapes.push(shape);
    return last + 1;
  }

  #bad(reason: MalformedReason, detail: string, key: string | null, image: number | null): void {
    if (key !== null && this.#open !== null && key !== this.#open) {
      this.#ignore("foreign", detail);
      return;
    }
    if (key !== null && this.#open === null) {
      this.#ignore("orphan", detail);
      return;
    }
    const series = this.#open === null ? null : this.#series;
    // Frames gathered before this message go first: arrival order is kept.
    this.#flushFrames();
    const known = this.#malformed.get(reason);
    const entry = known ?? { reason, detail, images: [], count: 0, series };
    entry.count++;
    if (image !== null) entry.images.push(image);
    this.#malformed.set(reason, entry);
    if (entry.count >= BATCH_FRAMES) this.flush();
  }

  #ignore(reason: IgnoredReason, detail: string): void {
    const known = this.#ignored.get(reason);
    if (known) known.count++;
    else this.#ignored.set(reason, { detail, count: 1 });
    if ((known?.count ?? 0) >= 65536) this.flush();
  }
}
