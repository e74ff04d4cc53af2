import type { SeriesBegin } from "../../core/detector.js";
import type { FrameShape } from "../../core/frame.js";
import { MAX_IMAGES, place, type ScanGrid } from "../../core/scan.js";
import { AppendedArray } from "./appended-array.js";
import type { ZarrStore } from "./zarr-store.js";

export const RAW = "braggstream/raw";
/** Elements of a chunk of `data`, and of the index. */
export const DATA_CHUNK = 1 << 24;
export const INDEX_CHUNK = 1 << 16;
/** Columns of the index, in the order in which they are read: `image` last, which says how many frames there are. */
export const RAW_INDEX = { position: "<i4", offset: "<i8", length: "<i4", shape: "|u1", complete: "|u1", image: "<i8" } as const;
export type IndexColumn = keyof typeof RAW_INDEX;
const COLUMNS = Object.keys(RAW_INDEX) as IndexColumn[];

/** Bytes that are gathered before they are written. */
const STAGE_BYTES = 1 << 21;
const STAGE_FRAMES = 1 << 13;
/** Positions that are placed anew in one go. */
const PLACED = INDEX_CHUNK;

/** A frame in the index. */
export interface RawEntry {
  readonly offset: number;
  readonly length: number;
  readonly shape: number;
}

const sameShape = (a: FrameShape, b: FrameShape): boolean =>
  a.height === b.height &&
  a.width === b.width &&
  a.type === b.type &&
  a.encoding === b.encoding &&
  a.element === b.element &&
  a.bigEndian === b.bigEndian;

/** Frames that were asked for, one behind the other in shared memory. */
export interface RecalledFrames {
  readonly buffer: SharedArrayBuffer;
  readonly offset: Float64Array;
  /** -1: there is none. */
  readonly length: Int32Array;
}

/** Low and high words of a whole number, to `out`. */
function setWide(out: Uint32Array, i: number, value: number): void {
  out[2 * i] = value;
  out[2 * i + 1] = Math.floor(value / 2 ** 32);
}

/** Frames as they came, one behind the other, with an index. */
export class RawFrames {
  readonly #store: ZarrStore;
  readonly #begin: Omit<SeriesBegin, "flatfield" | "mask">;
  #grid: ScanGrid;
  readonly #data: AppendedArray;
  #index: Record<IndexColumn, AppendedArray>;
  readonly #shapes: FrameShape[] = [];
  #shapesWritten = -1;
  readonly #stage = new Uint8Array(STAGE_BYTES);
  #staged = 0;
  #frames = 0;
  /** Number of the first frame of an image, and one more; 0: none has come. */
  #numbers = new Int32Array(INDEX_CHUNK);
  /** End of the data, staged or not. */
  #end = 0;
  readonly #wide = { offset: new Uint32Array(2 * STAGE_FRAMES), image: new Uint32Array(2 * STAGE_FRAMES) };
  readonly #narrow = { position: new Int32Array(STAGE_FRAMES), length: new Int32Array(STAGE_FRAMES) };
  readonly #marks = { shape: new Uint8Array(STAGE_FRAMES), complete: new Uint8Array(STAGE_FRAMES) };

  constructor(store: ZarrStore, begin: Omit<SeriesBegin, "flatfield">, grid: ScanGrid) {
    const { mask: _, ...rest } = begin;
    [this.#store, this.#begin, this.#grid] = [store, rest, grid];
    store.group(RAW, this.#attributes());
    this.#data = new AppendedArray(store, `${RAW}/data`, "|u1", DATA_CHUNK);
    this.#index = Object.fromEntries(COLUMNS.map((c) => [c, this.#column(c)])) as Record<IndexColumn, AppendedArray>;
  }

  /** Frames so far, staged or not. */
  get count(): number {
    return this.#index.image.length + this.#frames;
  }

  #column(name: IndexColumn): AppendedArray {
    return new AppendedArray(this.#store, `${RAW}/${name}`, RAW_INDEX[name], INDEX_CHUNK);
  }

  #attributes(): object {
    const { positions, ...grid } = this.#grid;
    return {
      about:
        "Frames of the channel that drives the maps, in the order in which they came: bytes offset to offset + length of data, packed as shapes[shape] says. position: row * columns + column, -1 skipped, -2 beyond the scan. Of several frames of an image the first counts. complete 0: the detector lost a part of it",
      grid: { ...grid, listed: positions !== undefined },
      begin: this.#begin,
      shapes: this.#shapes,
    };
  }

  /** Copies a frame; its scan index. `shape`: the same object for the same shape as far as possible. */
  add(image: number, shape: FrameShape, complete: boolean, bytes: Uint8Array): number {
    if (this.#frames === STAGE_FRAMES || this.#staged + bytes.length > STAGE_BYTES) this.#write();
    if (bytes.length > STAGE_BYTES) this.#data.append(bytes);
    else {
      this.#stage.set(bytes, this.#staged);
      this.#staged += bytes.length;
    }
    this.#remember(image, this.count);
    const i = this.#frames++;
    const position = place(this.#grid, image);
    setWide(this.#wide.image, i, image);
    setWide(this.#wide.offset, i, this.#end);
    this.#narrow.position[i] = position;
    this.#narrow.length[i] = bytes.length;
    this.#marks.shape[i] = this.#shapeIndex(shape);
    this.#marks.complete[i] = complete ? 1 : 0;
    this.#end += bytes.length;
    return position;
  }

  #remember(image: number, number: number): void {
    if (image >= MAX_IMAGES) return;
    if (image >= this.#numbers.length) {
      const more = new Int32Array(Math.min(MAX_IMAGES, Math.max(2 * this.#numbers.length, image + 1)));
      more.set(this.#numbers);
      this.#numbers = more;
    }
    if (this.#numbers[image] === 0) this.#numbers[image] = number + 1;
  }

  #shapeIndex(shape: FrameShape): number {
    for (let s = 0; s < this.#shapes.length; s++) if (sameShape(this.#shapes[s] as FrameShape, shape)) return s;
    // A series of so many kinds of frames is none: the rest is told as the last one, and cannot be unpacked.
    return this.#shapes.length > 255 ? 255 : this.#shapes.push(shape) - 1;
  }

  /** Puts what is staged behind the rest. */
  #write(): void {
    const n = this.#frames;
    if (n === 0) return;
    this.#data.append(this.#stage.subarray(0, this.#staged));
    for (const name of COLUMNS) {
      const column = { ...this.#wide, ...this.#narrow, ...this.#marks }[name];
      this.#index[name].append(new Uint8Array(column.buffer, 0, (n * column.byteLength) / STAGE_FRAMES));
    }
    this.#frames = 0;
    this.#staged = 0;
  }

  /** Everything so far can be read from now on. */
  flush(): void {
    this.#write();
    if (this.#shapesWritten !== this.#shapes.length) {
      this.#store.json(`${RAW}/.zattrs`, this.#attributes());
      this.#shapesWritten = this.#shapes.length;
    }
    this.#data.commit();
    for (const name of COLUMNS) this.#index[name].commit();
  }

  /** Another grid: every frame is placed anew; calls back with the number of each and its scan index. */
  place(grid: ScanGrid, visit: (frame: number, position: number) => void): void {
    this.flush();
    this.#grid = grid;
    this.#index.position.close();
    this.#store.remove(`${RAW}/position`);
    const position = this.#column("position");
    this.#index = { ...this.#index, position };
    const total = this.#index.image.length;
    for (let from = 0; from < total; from += PLACED) {
      const count = Math.min(PLACED, total - from);
      const image = new Uint32Array(this.#index.image.read(from, count).buffer);
      const at = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        at[i] = place(grid, (image[2 * i] as number) + 2 ** 32 * (image[2 * i + 1] as number));
        visit(from + i, at[i] as number);
      }
      position.append(new Uint8Array(at.buffer));
    }
    this.#shapesWritten = -1;
    this.flush();
  }

  /** Where frames lie that were flushed: `count` of them from `from` on. */
  entries(from: number, count: number): RawEntry[] {
    const offset = new Uint32Array(this.#index.offset.read(from, count).buffer);
    const length = new Int32Array(this.#index.length.read(from, count).buffer);
    const shape = this.#index.shape.read(from, count);
    return Array.from({ length: count }, (_, i) => ({
      offset: (offset[2 * i] as number) + 2 ** 32 * (offset[2 * i + 1] as number),
      length: length[i] as number,
      shape: shape[i] as number,
    }));
  }

  /** The bytes of a frame that was flushed, and how they are packed. */
  frame({ offset, length, shape }: RawEntry): { readonly bytes: Uint8Array; readonly shape: FrameShape } {
    return { bytes: this.#data.read(offset, length), shape: this.#shapes[shape] as FrameShape };
  }

  /** Reads frames back, as they came. */
  recall(images: readonly number[]): RecalledFrames {
    this.flush();
    const length = new Int32Array(images.length).fill(-1);
    const places = images.map((image) => {
      const number = this.#numbers[image] ?? 0;
      return number > 0 ? (this.entries(number - 1, 1)[0] as RawEntry) : null;
    });
    const offset = new Float64Array(images.length);
    let end = 0;
    for (const [i, place] of places.entries()) {
      if (!place) continue;
      offset[i] = end;
      length[i] = place.length;
      end += place.length;
    }
    const buffer = new SharedArrayBuffer(end);
    for (const [i, place] of places.entries())
      if (place) new Uint8Array(buffer, offset[i], place.length).set(this.#data.read(place.offset, place.length));
    return { buffer, offset, length };
  }

  close(): void {
    this.#data.close();
    for (const name of COLUMNS) this.#index[name].close();
  }
}
