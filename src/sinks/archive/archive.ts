import { accessSync, constants, mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { ARCHIVE_DESK, type ArchiveBin, type ArchiveReply, type ArchiveRequest } from "../../core/archive.js";
import type { FrameShape } from "../../core/frame.js";
import type { Unpack } from "./raw-patterns.js";
import { SeriesArchive } from "./series-archive.js";
import { ZarrStore } from "./zarr-store.js";

/** Stores of one name: the daemon was started again within the second. */
const MOST_SAME = 100;
/** The disk is left so much: bytes. */
const LEAST_FREE = 64 << 20;

/** The columns of a batch of frames, and their bytes. */
export interface FramesSource {
  /** Takes a batch over; null: it was taken back. */
  take(batch: number, ticket: number): { readonly image: Float64Array; readonly shape: Uint8Array; readonly complete: Uint8Array } | null;
  /** Bytes of the n-th frame of the batch, where they lie. */
  bytes(batch: number, n: number): Uint8Array;
  /** Lets its frames go. */
  done(batch: number, count: number): void;
}

export interface ArchiveOptions {
  readonly directory: string;
  readonly raw: boolean;
  readonly bin: ArchiveBin;
  /** See ARCHIVE_DESK. */
  readonly desk: Int32Array;
  readonly frames: FramesSource;
  readonly unpack: Unpack;
  readonly reply: (r: ArchiveReply) => void;
}

const textOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));

/** A new store of this name; where there is one already it is left, and this one has a number. */
function makeStore(directory: string, id: string): ZarrStore {
  for (let n = 1; ; n++)
    try {
      return new ZarrStore(join(directory, `${id}${n > 1 ? `.${n}` : ""}.zspy`));
    } catch (e) {
      const taken = e instanceof Error && "code" in e && e.code === "EEXIST";
      if (!taken || n === MOST_SAME) throw e;
    }
}

/** Makes the folder, and sees that it may be written. Throws what the system says. */
export function prepareDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true });
  accessSync(directory, constants.W_OK | constants.X_OK);
}

interface Open {
  readonly archive: SeriesArchive;
  told: number;
  finishing: boolean;
  /** Whether there is room has been looked at. */
  warned: boolean;
}

/** Writes the archives of all series, one request after the other. What fails ends the archive of that series, and nothing else. */
export class Archive {
  readonly #o: ArchiveOptions;
  readonly #open = new Map<number, Open>();

  constructor(o: ArchiveOptions) {
    this.#o = o;
  }

  take(r: ArchiveRequest): void {
    if (r.kind === "frames") this.#frames(r);
    else if (r.kind === "open") this.#begin(r);
    else if ("series" in r) {
      const open = this.#open.get(r.series);
      if (open) this.#guard(r.series, () => this.#one(open, r));
      if (r.kind === "patterns") this.#count("otherBytes", r.bytes);
      if (r.kind === "map") this.#count("otherBytes", r.value.byteLength);
    }
  }

  #count(what: keyof typeof ARCHIVE_DESK, n: number): void {
    Atomics.add(this.#o.desk, ARCHIVE_DESK[what], n);
  }

  #guard(series: number, act: () => void): void {
    try {
      act();
    } catch (e) {
      this.#stop(series);
      this.#o.reply({ kind: "stopped", series, reason: textOf(e) });
    }
  }

  #begin({ series, id, begin, begun, grid }: Extract<ArchiveRequest, { kind: "open" }>): void {
    const { directory, raw, bin, unpack, reply } = this.#o;
    this.#guard(series, () => {
      this.#look();
      const store = makeStore(directory, id);
      reply({ kind: "opened", series, path: store.path });
      const archive = new SeriesArchive({ store, id, begin, begun, grid, raw, bin, unpack });
      this.#open.set(series, { archive, told: 0, finishing: false, warned: false });
    });
  }

  /** Frames are copied and let go before anything else. */
  #frames({ series, batch, ticket, count, bytes, shapes }: Extract<ArchiveRequest, { kind: "frames" }>): void {
    const { frames } = this.#o;
    const columns = frames.take(batch, ticket);
    if (columns) {
      const open = this.#open.get(series);
      if (open)
        this.#guard(series, () => {
          for (let n = 0; n < count; n++)
            open.archive.add(
              columns.image[n] as number,
              shapes[columns.shape[n] as number] as FrameShape,
              columns.complete[n] !== 0,
              frames.bytes(batch, n),
            );
        });
      frames.done(batch, count);
    }
    this.#count("frameBytes", bytes);
    this.#count("batches", 1);
  }

  #one(open: Open, r: Exclude<ArchiveRequest, { kind: "frames" | "open" | "buffer" | "batch" | "close" }>): void {
    const { archive } = open;
    if (r.kind === "layout") {
      open.finishing = false;
      archive.layout(r.grid);
    } else if (r.kind === "about") this.#describe(open, r);
    else if (r.kind === "patterns") archive.put(r);
    else if (r.kind === "map") archive.map(r);
    else if (r.kind === "layers") archive.keepLayers(r.names);
    else if (r.kind === "recall") this.#recall(open, r);
    else if (r.kind === "components") archive.components(r);
    else if (r.kind === "provenance") archive.provenance(r.text);
    else if (r.kind === "stop") this.#stop(r.series);
    else open.finishing = true;
  }

  #describe(open: Open, { series, about }: Extract<ArchiveRequest, { kind: "about" }>): void {
    open.archive.describe(about);
    const { expected: needed } = open.archive;
    if (open.warned || needed === 0) return;
    open.warned = true;
    const free = this.#space();
    if (needed > free) this.#o.reply({ kind: "tight", series, needed, free });
  }

  #recall({ archive }: Open, { series, images }: Extract<ArchiveRequest, { kind: "recall" }>): void {
    const none = {
      buffer: new SharedArrayBuffer(0),
      offset: new Float64Array(images.length),
      length: new Int32Array(images.length).fill(-1),
    };
    this.#o.reply({ kind: "recalled", series, ...(archive.recall(images) ?? none) });
  }

  #stop(series: number): void {
    const open = this.#open.get(series);
    this.#open.delete(series);
    open?.archive.close();
  }

  /** Does some of what has time; false: there is nothing. */
  work(): boolean {
    let more = false;
    for (const [series, open] of this.#open)
      this.#guard(series, () => {
        if (open.archive.work(open.finishing)) more = true;
        else if (open.finishing) {
          open.archive.finish();
          this.#told(series, open);
          this.#open.delete(series);
          this.#o.reply({ kind: "closed", series });
        }
      });
    return more;
  }

  /** Brings everything so far to disk, and tells how it stands. */
  flush(): void {
    for (const [series, open] of this.#open)
      this.#guard(series, () => {
        this.#look();
        open.archive.flush();
        this.#told(series, open);
      });
    if (this.#open.size > 0) return;
    try {
      this.#space();
    } catch {
      // The folder is gone: the next series will say so.
      this.#o.reply({ kind: "free", bytes: 0 });
    }
  }

  #told(series: number, open: Open): void {
    const { written } = open.archive;
    if (written !== open.told) this.#o.reply({ kind: "written", series, bytes: written });
    open.told = written;
  }

  #space(): number {
    const { bavail, bsize } = statfsSync(this.#o.directory);
    this.#o.reply({ kind: "free", bytes: bavail * bsize });
    return bavail * bsize;
  }

  /** A full disk would stop others, too. */
  #look(): void {
    const free = this.#space();
    if (free < LEAST_FREE) throw new Error(`${this.#o.directory} has only ${Math.floor(free / 2 ** 20)} MiB left`);
  }

  /** Whatever is open is closed as it is. */
  close(): void {
    for (const [series, open] of this.#open) this.#guard(series, () => open.archive.flush());
    for (const { archive } of this.#open.values()) archive.close();
    this.#open.clear();
  }
}
