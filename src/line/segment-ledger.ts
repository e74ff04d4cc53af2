import type { SlabReader } from "./slab.js";

interface Segment {
  readonly serial: number;
  /** Lowest image number in it. */
  lowest: number;
}

/** In which segments of the slab the frames of a series lie: to hold all of them at once, at a cost that does not grow with their number. */
export class SegmentLedger {
  readonly #bySlot = new Map<number, Segment>();
  /** Lowest image in a segment that was used again since. */
  #gone = Number.POSITIVE_INFINITY;
  #slot = -1;
  #last: Segment = { serial: -1, lowest: 0 };

  /** A frame of this image came, and lies there. */
  add(slot: number, serial: number, image: number): void {
    if (slot !== this.#slot || serial !== this.#last.serial) this.#enter(slot, serial, image);
    if (image < this.#last.lowest) this.#last.lowest = image;
  }

  #enter(slot: number, serial: number, image: number): void {
    const known = this.#bySlot.get(slot);
    this.#slot = slot;
    if (known?.serial === serial) {
      this.#last = known;
      return;
    }
    if (known) this.#gone = Math.min(this.#gone, known.lowest);
    this.#last = { serial, lowest: image };
    this.#bySlot.set(slot, this.#last);
  }

  /** Holds every segment with an image below `end`, and answers serials by slot; null, and none held, where one is gone. */
  hold(end: number, slab: SlabReader): ReadonlyMap<number, number> | null {
    if (this.#gone < end) return null;
    const held = new Map<number, number>();
    for (const [slot, { serial, lowest }] of this.#bySlot) {
      if (lowest >= end) continue;
      if (!slab.hold(slot, serial)) {
        for (const s of held.keys()) slab.release(s);
        return null;
      }
      held.set(slot, serial);
    }
    return held;
  }
}
