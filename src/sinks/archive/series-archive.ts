import {
  type ArchiveAbout,
  type ArchiveBin,
  type ArchivedComponents,
  type ArchivedRows,
  type ArchiveRequest,
  PATTERN_TIER,
} from "../../core/archive.js";
import type { SeriesBegin } from "../../core/detector.js";
import { type FrameShape, sameFrame } from "../../core/frame.js";
import type { ScanGrid } from "../../core/scan.js";
import { writeComponents } from "./component-arrays.js";
import { describeSignal, makeTree, signalPath } from "./hyperspy-tree.js";
import { MapArrays } from "./map-arrays.js";
import { PatternStack } from "./pattern-stack.js";
import { RAW, RawFrames, type RecalledFrames } from "./raw-frames.js";
import { RawPatterns, type Unpack } from "./raw-patterns.js";
import type { ZarrStore } from "./zarr-store.js";

export interface SeriesArchiveOptions {
  readonly store: ZarrStore;
  readonly id: string;
  readonly begin: Omit<SeriesBegin, "flatfield">;
  readonly begun: string;
  readonly grid: ScanGrid;
  readonly bin: ArchiveBin;
  /** Frames as received stay in it. */
  readonly raw: boolean;
  readonly unpack: Unpack;
}

type Patterns = Extract<ArchiveRequest, { kind: "patterns" }>;

/** What is written of one series. Throws where the disk refuses: then it is to be closed. */
export class SeriesArchive {
  readonly #o: SeriesArchiveOptions;
  #grid: ScanGrid;
  readonly #maps: MapArrays;
  /** null: neither are they kept, nor is anything made of them. */
  #frames: RawFrames | null;
  #about: ArchiveAbout | null = null;
  #patterns: PatternStack | null = null;
  #rawPatterns: RawPatterns | null = null;
  #maskWritten = false;

  constructor(o: SeriesArchiveOptions) {
    const { store, id, begin, grid } = o;
    this.#o = o;
    this.#grid = grid;
    makeTree(store, id);
    store.group("braggstream");
    this.#maps = new MapArrays(store);
    // Whether patterns are made of frames is known with the first of them.
    this.#frames = new RawFrames(store, begin, grid);
  }

  get written(): number {
    return this.#o.store.written;
  }

  add(image: number, shape: FrameShape, complete: boolean, bytes: Uint8Array): void {
    const frames = this.#frames;
    if (!frames) return;
    const number = frames.count;
    const at = frames.add(image, shape, complete, bytes);
    this.#rawPatterns?.came(number, at);
  }

  /** Bytes that all patterns will take at least, as far as it is known. */
  get expected(): number {
    return this.#patterns?.size ?? 0;
  }

  /** Patterns, axes, mask. */
  describe(about: ArchiveAbout): void {
    const before = this.#about;
    this.#about = about;
    if (before && before.signal === about.signal && sameFrame(before.frame, about.frame)) this.#describe(about);
    else this.#begin(about);
  }

  #begin(about: ArchiveAbout): void {
    const { store, id, bin, raw, unpack } = this.#o;
    const { rows, columns } = this.#grid;
    const inside = `${signalPath(id)}/data`;
    this.#patterns = new PatternStack({ store, inside, rows, columns, about, bin });
    this.#describe(about);
    if (about.signal === "denoised") {
      this.#rawPatterns = null;
      if (!raw) this.#dropFrames();
      return;
    }
    const frames = this.#frames;
    if (!frames) return;
    const made = new RawPatterns({
      frames,
      stack: this.#patterns,
      rows,
      columns,
      unpack: (b, s) => (sameFrame(s, about.frame) ? unpack(b, s) : null),
    });
    this.#rawPatterns = made;
    frames.place(this.#grid, (frame, at) => made.came(frame, at));
  }

  #describe(about: ArchiveAbout): void {
    const { store, id, begun } = this.#o;
    const { rows, columns } = this.#grid;
    const { height, width } = (this.#patterns as PatternStack).kind;
    describeSignal(store, { title: id, begun, shape: [rows, columns, height, width], about });
    if (this.#maskWritten || !about.mask || !this.#frames) return;
    const { frame } = about;
    const shape = [frame.height, frame.width];
    store.array(`${RAW}/mask`, { shape, chunks: shape, type: "|u1", fill: 0 }, { about: "Pixels that carry no data: not 0" });
    store.chunk(`${RAW}/mask`, [0, 0], about.mask);
    this.#maskWritten = true;
  }

  #dropFrames(): void {
    this.#frames?.close();
    this.#frames = null;
    this.#rawPatterns = null;
    this.#o.store.remove(RAW);
  }

  layout(grid: ScanGrid): void {
    this.#grid = grid;
    this.#maps.clear();
    this.#o.store.remove(`${signalPath(this.#o.id)}/data`);
    [this.#patterns, this.#rawPatterns] = [null, null];
    const about = this.#about;
    if (about?.signal !== "raw") this.#frames?.place(grid, () => undefined);
    if (about) this.#begin(about);
  }

  put({ row, columns, patterns, final }: Patterns): void {
    const tier = final ? PATTERN_TIER.final : PATTERN_TIER.provisional;
    for (const [i, pixels] of patterns.entries()) if (pixels) this.#patterns?.put(row, columns[i] as number, pixels, tier);
  }

  /** Frames as they came; null: they are not kept. */
  recall(images: readonly number[]): RecalledFrames | null {
    return this.#frames?.recall(images) ?? null;
  }

  map(rows: ArchivedRows): void {
    this.#maps.put(rows);
  }

  keepLayers(names: readonly string[]): void {
    this.#maps.keep(names);
  }

  components(c: ArchivedComponents): void {
    const { height, width } = this.#about?.frame ?? { height: 0, width: 0 };
    writeComponents(this.#o.store, c, height, width);
  }

  provenance(text: string): void {
    this.#o.store.text("braggstream/.zattrs", text);
  }

  /** Makes patterns of frames; false: there are none to be made. */
  work(all: boolean): boolean {
    return this.#rawPatterns?.work(all) ?? false;
  }

  /** Everything so far is on disk. */
  flush(): void {
    this.#frames?.flush();
    this.#patterns?.flush();
  }

  /** Everything has been told, and made. */
  finish(): void {
    this.flush();
    if (!this.#o.raw && this.#frames) this.#dropFrames();
    this.close();
  }

  /** Lets go of files. */
  close(): void {
    this.#frames?.close();
  }
}
