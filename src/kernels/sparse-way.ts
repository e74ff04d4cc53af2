import type { FrameShape } from "../core/frame.js";
import { sparseness } from "./lane-layout.js";

/** Frames over which the mean of a series goes. */
const MEMORY = 256;
/** Frames that are so much larger or smaller than where both ways take as long go their own way, whatever the series: over a hole, or a thick place. */
const CLEARLY = 1.25;
/** Frames that are not even tried after one that had more pixels with counts than there is room for. */
const CROWDED_FRAMES = 255;

/**
 * Which way the frames of a series are measured: from the bits of their packed planes, or decoded. Chosen by the occupancy that was measured of the
 * series so far: packed bytes per pixel, and whether pixels with more than one count have fitted. Both ways give the same numbers: being wrong costs time, no more.
 */
export class SparseWay {
  /** Mean size of the frames, 1 where both ways take as long; NaN: none has come. */
  #mean = Number.NaN;
  #crowded = 0;

  /** Another series begins. */
  reset(): void {
    this.#mean = Number.NaN;
    this.#crowded = 0;
  }

  /** Whether this frame is taken for sparse; frames in order, each once. */
  takes(length: number, shape: FrameShape): boolean {
    const size = sparseness(length, shape);
    if (size === Number.POSITIVE_INFINITY) return false;
    this.#mean = Number.isNaN(this.#mean) ? size : this.#mean + (size - this.#mean) / MEMORY;
    if (this.#crowded > 0) {
      this.#crowded--;
      return false;
    }
    const alike = size < CLEARLY && size > 1 / CLEARLY;
    return (alike ? this.#mean : size) < 1;
  }

  /** The last one was not. */
  crowded(): void {
    this.#crowded = CROWDED_FRAMES;
  }
}
