import type { FrameShape } from "../core/frame.js";
import { SegmentLedger } from "./segment-ledger.js";
import { REF } from "./slab.js";

const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;
/** Number within its chunk. */
const WITHIN = CHUNK - 1;

/** What came of an image. `damaged`: only a damaged message, which told its number; the others have a frame. */
export const CAME = { never: 0, whole: 1, damaged: 2, incomplete: 3, undecodable: 4 } as const;
const KIND = 7;
/** Its frame is part of the summary of the scan. */
const SUMMED = 8;

/** Memory of indexes that are no longer used, for those to come. */
export class IndexShelf {
  #spare: Chunk[] = [];

  take(): Chunk {
    const chunk = this.#spare.pop();
    if (!chunk) return { came: 0, status: new Uint8Array(CHUNK), ref: new Int32Array(CHUNK * REF.width), shape: new Uint8Array(CHUNK) };
    chunk.came = 0;
    chunk.status.fill(CAME.never);
    return chunk;
  }

  /** Takes over what an index has; of an earlier one what was not taken goes. */
  give(chunks: Chunk[]): void {
    this.#spare = chunks;
  }
}

interface Chunk {
  /** Images of which something came. */
  came: number;
  readonly status: Uint8Array;
  readonly ref: Int32Array;
  readonly shape: Uint8Array;
}

/** Which images of a series came, and where their bytes lie in the slab. Memory: 18 bytes per image, in chunks of 16,384. */
export class ImageIndex {
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #shelf: IndexShelf;
  readonly #shapes: FrameShape[] = [];
  /** The shape that was looked for last, and where it is. */
  #newest: FrameShape | null = null;
  #newestIndex = 0;
  readonly #segments = new SegmentLedger();

  constructor(shelf: IndexShelf) {
    this.#shelf = shelf;
  }

  /** Nobody asks any more: its memory is for others. */
  release(): void {
    this.#shelf.give(this.#chunks.filter((c) => c !== undefined));
    this.#chunks.length = 0;
  }

  /** The segments of the slab that frames of this series lie in. */
  get segments(): SegmentLedger {
    return this.#segments;
  }

  #chunk(image: number): Chunk {
    const c = image >> CHUNK_BITS;
    let chunk = this.#chunks[c];
    if (!chunk) {
      chunk = this.#shelf.take();
      this.#chunks[c] = chunk;
    }
    return chunk;
  }

  #status(image: number): number {
    return this.#chunks[image >> CHUNK_BITS]?.status[image & WITHIN] ?? CAME.never;
  }
  /** One of CAME. */
  kind(image: number): number {
    return this.#status(image) & KIND;
  }
  /** A frame of it came. */
  has(image: number): boolean {
    const kind = this.kind(image);
    return kind !== CAME.never && kind !== CAME.damaged;
  }

  add(image: number, ref: Int32Array, at: number, shape: FrameShape, complete: boolean): void {
    this.#segments.add(ref[at + REF.slot] as number, ref[at + REF.serial] as number, image);
    const c = this.#chunk(image);
    const i = image & WITHIN;
    if (c.status[i] === CAME.never) c.came++;
    c.status[i] = complete ? CAME.whole : CAME.incomplete;
    for (let k = 0; k < REF.width; k++) c.ref[i * REF.width + k] = ref[at + k] as number;
    c.shape[i] = this.#shapeIndex(shape);
  }

  #shapeIndex(shape: FrameShape): number {
    return shape === this.#newest ? this.#newestIndex : this.#findShape(shape);
  }

  /** Apart: what a callback takes along is made whenever its function begins. */
  #findShape(shape: FrameShape): number {
    let s = this.#shapes.findIndex((x) => x.encoding === shape.encoding && x.element === shape.element && x.bigEndian === shape.bigEndian);
    if (s < 0) s = this.#shapes.push(shape) - 1;
    this.#newest = shape;
    this.#newestIndex = s;
    return s;
  }

  /** A damaged message of this image; true: nothing of it had come before. */
  damaged(image: number): boolean {
    if (this.kind(image) !== CAME.never) return false;
    const c = this.#chunk(image);
    c.came++;
    c.status[image & WITHIN] = CAME.damaged;
    return true;
  }

  /** Its pixels could not be decoded. */
  undecodable(image: number): void {
    const c = this.#chunk(image);
    c.status[image & WITHIN] = CAME.undecodable | ((c.status[image & WITHIN] as number) & SUMMED);
  }

  summed(image: number): boolean {
    return (this.#status(image) & SUMMED) !== 0;
  }
  markSummed(image: number): void {
    const c = this.#chunk(image);
    c.status[image & WITHIN] = (c.status[image & WITHIN] as number) | SUMMED;
  }

  /** Copies the reference of an image; false if it never came whole. */
  ref(image: number, out: Int32Array, at: number): boolean {
    if (!this.has(image)) return false;
    const c = this.#chunk(image);
    const i = (image & WITHIN) * REF.width;
    for (let k = 0; k < REF.width; k++) out[at + k] = c.ref[i + k] as number;
    return true;
  }

  shape(image: number): FrameShape {
    return this.#shapes[this.#chunk(image).shape[image & WITHIN] as number] as FrameShape;
  }

  /** Ids in [from, to) that never came, not even damaged, and the longest run of them. */
  missing(from: number, to: number): { count: number; longest: number } {
    let count = 0;
    let longest = 0;
    let run = 0;
    for (let i = from; i < to; i++) {
      // Nothing is missing of a whole chunk.
      if (i % CHUNK === 0 && i + CHUNK <= to && this.#chunks[i / CHUNK]?.came === CHUNK) {
        run = 0;
        i += CHUNK - 1;
      } else if (this.kind(i) === CAME.never) {
        count++;
        if (++run > longest) longest = run;
      } else run = 0;
    }
    return { count, longest };
  }

  /** No image from here on has come. */
  get end(): number {
    return this.#chunks.length * CHUNK;
  }

  /** Calls back for every image of which something came, in order of number. */
  each(visit: (image: number) => void): void {
    this.#chunks.forEach((chunk, c) => {
      for (let i = 0; chunk && i < CHUNK; i++) if (chunk.status[i] !== CAME.never) visit(c * CHUNK + i);
    });
  }
}
