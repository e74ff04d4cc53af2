import { constants, deflateSync, inflateSync } from "node:zlib";
import type { ArchiveAbout, ArchiveBin, PATTERN_TIER } from "../../core/archive.js";
import { BYTES_PER_PIXEL, type PixelArray, pixelArray } from "../../core/frame.js";
import { binnedKind, binPattern, type PatternKind, patternRoom } from "./bin-pattern.js";
import type { ZarrStore } from "./zarr-store.js";

/** Bytes of a chunk, about: part of one row. */
const CHUNK_BYTES = 4 << 20;
/** Chunks that are being filled. */
const OPEN = 2;
/** Whole numbers, mostly zero, are worth packing, and runs are what packs them; expected counts lose less than a tenth of their size. */
const LEVEL = 1;
/** Rows of a chunk of the map of tiers have about so many positions. */
const TIER_POSITIONS = 1 << 16;

export const TIERS = "braggstream/maps/pattern_tier";
export const TIER_MAP = "pattern_tier";

type Tier = (typeof PATTERN_TIER)[keyof typeof PATTERN_TIER];

interface OpenChunk {
  readonly row: number;
  readonly part: number;
  readonly pixels: PixelArray;
  dirty: boolean;
}

export interface StackOptions {
  readonly store: ZarrStore;
  /** The array. */
  readonly inside: string;
  readonly rows: number;
  readonly columns: number;
  readonly about: Pick<ArchiveAbout, "signal" | "frame" | "low" | "high">;
  readonly bin: ArchiveBin;
}

/** Patterns of a scan, [rows, columns, height, width], and how good each of them is. A chunk is on disk as a whole before its tiers are. */
export class PatternStack {
  readonly #o: StackOptions;
  readonly kind: PatternKind;
  /** Positions of a chunk. */
  readonly chunk: number;
  readonly #level: number;
  readonly #open: OpenChunk[] = [];
  /** Chunks that are on disk. */
  readonly #there: Uint8Array;
  readonly #tiers: Uint8Array;
  readonly #tierRows: number;
  readonly #tiersChanged = new Set<number>();

  constructor(o: StackOptions) {
    const { store, inside, rows, columns } = o;
    this.#o = o;
    this.kind = binnedKind(o.about, o.bin);
    const { height, width, type, zarr } = this.kind;
    const one = height * width * BYTES_PER_PIXEL[type];
    const parts = Math.ceil(columns / Math.max(1, Math.floor(CHUNK_BYTES / one)));
    this.chunk = Math.ceil(columns / parts);
    this.#level = type === "float32" ? 0 : LEVEL;
    this.#there = new Uint8Array(rows * parts);
    this.#tiers = new Uint8Array(rows * columns);
    this.#tierRows = Math.min(rows, Math.max(1, Math.floor(TIER_POSITIONS / columns)));
    store.array(inside, {
      shape: [rows, columns, height, width],
      chunks: [1, this.chunk, height, width],
      type: zarr,
      fill: 0,
      level: this.#level,
    });
    store.array(
      TIERS,
      { shape: [rows, columns], chunks: [this.#tierRows, columns], type: "|u1", fill: 0 },
      { about: "Patterns: 0 none, 1 raw, 2 provisional, 3 final" },
    );
  }

  /** Bytes of all patterns; packed ones take less. */
  get size(): number {
    const { height, width, type } = this.kind;
    return this.#level > 0 ? 0 : this.#o.rows * this.#o.columns * height * width * BYTES_PER_PIXEL[type];
  }

  get #parts(): number {
    return Math.ceil(this.#o.columns / this.chunk);
  }

  put(row: number, column: number, pixels: PixelArray, tier: Tier): void {
    const { columns, about, bin } = this.#o;
    const part = Math.floor(column / this.chunk);
    const chunk = this.#take(row, part);
    binPattern(pixels, about, bin, chunk.pixels, (column - part * this.chunk) * this.kind.height * this.kind.width);
    chunk.dirty = true;
    this.#tiers[row * columns + column] = tier;
    this.#tiersChanged.add(Math.floor(row / this.#tierRows));
  }

  #take(row: number, part: number): OpenChunk {
    const at = this.#open.findIndex((c) => c.row === row && c.part === part);
    const known = this.#open[at];
    if (known) {
      this.#open.splice(at, 1);
      this.#open.push(known);
      return known;
    }
    const oldest = this.#open.length === OPEN ? this.#open.shift() : undefined;
    if (oldest) this.#write(oldest);
    const chunk = { row, part, pixels: this.#there[row * this.#parts + part] ? this.#read(row, part) : this.#room(), dirty: false };
    this.#open.push(chunk);
    return chunk;
  }

  #room(): PixelArray {
    return patternRoom(this.kind, this.chunk);
  }

  #read(row: number, part: number): PixelArray {
    const bytes = this.#o.store.readChunk(this.#o.inside, [row, part, 0, 0]);
    const plain = this.#level > 0 ? inflateSync(bytes) : bytes;
    return pixelArray(this.kind.type, this.chunk * this.kind.height * this.kind.width, Uint8Array.from(plain).buffer);
  }

  #write(chunk: OpenChunk): void {
    if (!chunk.dirty) return;
    const { row, part, pixels } = chunk;
    const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    this.#o.store.chunk(
      this.#o.inside,
      [row, part, 0, 0],
      this.#level > 0 ? deflateSync(bytes, { level: this.#level, strategy: constants.Z_RLE }) : bytes,
    );
    this.#there[row * this.#parts + part] = 1;
    chunk.dirty = false;
  }

  /** Everything so far is on disk. */
  flush(): void {
    for (const chunk of this.#open) this.#write(chunk);
    const { store, rows, columns } = this.#o;
    for (const band of this.#tiersChanged) {
      const from = band * this.#tierRows * columns;
      const bytes = new Uint8Array(this.#tierRows * columns);
      bytes.set(this.#tiers.subarray(from, Math.min(rows * columns, from + bytes.length)));
      store.chunk(TIERS, [band, 0], bytes);
    }
    this.#tiersChanged.clear();
  }
}
