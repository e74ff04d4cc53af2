import { Again } from "./again.js";
import type { FrameSource } from "./gather-frames.js";
import { Later, type LaterLine } from "./later.js";
import type { SlabReader } from "./slab.js";

/** The line of frames that are measured again. */
export const AGAIN = -1;

export interface BackgroundChunk extends LaterLine {
  readonly when: "later" | "again";
}

/** What is worked on when nothing newly received waits: what was put off, newest first; then earlier lines with a newer epoch. */
export class Background {
  /** Positions of which nothing was measured, and positions without features. */
  readonly bare = new Later();
  readonly plain = new Later();
  readonly again: Again;
  /** Frames of it in the lanes. */
  out = 0;

  constructor(source: FrameSource, slab: SlabReader) {
    this.again = new Again(source, slab);
  }

  /** Nothing is put off. */
  get caughtUp(): boolean {
    return this.bare.count === 0 && this.plain.count === 0;
  }
  /** Nothing is left, and nothing in a lane. */
  get idle(): boolean {
    return this.caughtUp && this.out === 0 && this.again.left === 0;
  }

  /** The next frames, at most so many; null: none. `again`: earlier lines as well. */
  next(most: number, again: boolean): BackgroundChunk | null {
    const later = this.bare.take(most) ?? this.plain.take(most);
    if (later) return { ...later, when: "later" };
    const images = again ? this.again.take(most) : [];
    return images.length > 0 ? { line: AGAIN, images, when: "again" } : null;
  }

  /** Forgets everything; the images whose frames are to be released. */
  drop(): number[] {
    if (this.out === 0) this.again.stop();
    return [...this.bare.drop(), ...this.plain.drop()];
  }
}
