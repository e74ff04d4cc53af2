import type { FrameShape } from "../core/frame.js";
import { REF } from "./slab.js";

const CHUNK = 1 << 14;
const NEVER = 0;
const RECEIVED = 1;
/** Only a damaged copy came, and it told its number. */
const DAMAGED = 2;

interface Chunk {
  readonly status: Uint8Array;
  readonly ref: Int32Array;
  readonly shape: Uint8Array;
}

/** Which images of a series came, and where their bytes lie in the slab. Memory: 21 bytes per image, in chunks of 16,384. */
export class ImageIndex {
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #shapes: FrameShape[] = [];
  /** Highest number received, damaged ones included; -1 before. */
  highest = -1;

  #chunk(image: number): Chunk {
    const c = Math.floor(image / CHUNK);
    let chunk = this.#chunks[c];
    if (!chunk) {
      chunk = { status: new Uint8Array(CHUNK), ref: new Int32Array(CHUNK * REF.width), shape: new Uint8Array(CHUNK) };
      this.#chunks[c] = chunk;
    }
    return chunk;
  }

  #status(image: number): number {
    return this.#chunks[Math.floor(image / CHUNK)]?.status[image % CHUNK] ?? NEVER;
  }
  has(image: number): boolean {
    return this.#status(image) === RECEIVED;
  }

  add(image: number, ref: Int32Array, at: number, shape: FrameShape): void {
    const c = this.#chunk(image);
    const i = image % CHUNK;
    c.status[i] = RECEIVED;
    for (let k = 0; k < REF.width; k++) c.ref[i * REF.width + k] = ref[at + k] as number;
    let s = this.#shapes.findIndex((x) => x.encoding === shape.encoding && x.element === shape.element && x.bigEndian === shape.bigEndian);
    if (s < 0) s = this.#shapes.push(shape) - 1;
    c.shape[i] = s;
    if (image > this.highest) this.highest = image;
  }

  damaged(image: number): void {
    const c = this.#chunk(image);
    if (c.status[image % CHUNK] === NEVER) c.status[image % CHUNK] = DAMAGED;
    if (image > this.highest) this.highest = image;
  }

  /** Copies the reference of an image; false if it never came whole. */
  ref(image: number, out: Int32Array, at: number): boolean {
    if (!this.has(image)) return false;
    const c = this.#chunk(image);
    const i = (image % CHUNK) * REF.width;
    for (let k = 0; k < REF.width; k++) out[at + k] = c.ref[i + k] as number;
    return true;
  }

  shape(image: number): FrameShape {
    return this.#shapes[this.#chunk(image).shape[image % CHUNK] as number] as FrameShape;
  }

  /** Ids in [from, to) that never came, not even damaged, and the longest run of them. */
  missing(from: number, to: number): { count: number; longest: number } {
    let count = 0;
    let longest = 0;
    let run = 0;
    for (let i = from; i < to; i++) {
      if (this.#status(i) === NEVER) {
        count++;
        if (++run > longest) longest = run;
      } else run = 0;
    }
    return { count, longest };
  }

  /** Calls back for every image received whole, in order of number. */
  each(visit: (image: number) => void): void {
    this.#chunks.forEach((chunk, c) => {
      for (let i = 0; chunk && i < CHUNK; i++) if (chunk.status[i] === RECEIVED) visit(c * CHUNK + i);
    });
  }
}
