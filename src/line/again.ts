import type { FrameSource } from "./gather-frames.js";
import { REF, type SlabReader } from "./slab.js";

/** Image numbers that are looked at in one go. */
const LOOK = 1 << 18;

/** Earlier lines that are to be measured once more: their images in order, while their segments of the slab are held. */
export class Again {
  readonly #source: FrameSource;
  readonly #slab: SlabReader;
  readonly #ref = new Int32Array(REF.width);
  #held: ReadonlyMap<number, number> = new Map();
  #next = 0;
  #end = 0;

  constructor(source: FrameSource, slab: SlabReader) {
    this.#source = source;
    this.#slab = slab;
  }

  /** Image numbers that are still to be looked at. */
  get left(): number {
    return this.#end - this.#next;
  }

  /** Begins anew with the images in [from, end), which lie in held segments: serial numbers by slot. */
  begin(from: number, end: number, held: ReadonlyMap<number, number>): void {
    this.stop();
    this.#next = from;
    this.#end = end;
    this.#held = held;
  }

  /** Up to `most` images that were measured before. They stay held until the next `begin` or `stop`; fewer than wanted need not be the last. */
  take(most: number): number[] {
    const images: number[] = [];
    const until = Math.min(this.#end, this.#next + LOOK);
    while (this.#next < until && images.length < most) {
      const image = this.#next++;
      // What was put off is measured with what is known now anyway; what came since lies elsewhere, and so was.
      if (this.#source.measured(image) && this.#source.ref(image, this.#ref, 0) && this.#isHeld()) images.push(image);
    }
    return images;
  }

  #isHeld(): boolean {
    return this.#held.get(this.#ref[REF.slot] as number) === this.#ref[REF.serial];
  }

  /** Nothing is to be measured again, and nothing of it is in a lane. */
  stop(): void {
    for (const slot of this.#held.keys()) this.#slab.release(slot);
    this.#held = new Map();
    this.#next = this.#end;
  }
}
