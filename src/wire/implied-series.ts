import type { SeriesBegin } from "../core/detector.js";
import type { FrameShape } from "../core/frame.js";

/** A fall of the image number by more than this is not late frames but a new series (contract section 3). */
const FALL = 4096;

/** Series of a protocol that has no begin message: they begin with a frame. Keys are "1", "2", ...; "0": none yet. */
export class ImpliedSeries {
  private count = 0;
  private open = false;
  private highest = -1;

  get key(): string {
    return String(this.count);
  }

  /** null: none is open. */
  get openKey(): string | null {
    return this.open ? this.key : null;
  }

  /** The next frame begins anew. */
  close(): void {
    this.open = false;
  }

  /** True if a frame with this number cannot belong to the open series. */
  fallsOut(image: number): boolean {
    return !this.open || this.highest - image > FALL;
  }

  /** True if the open series has seen a number above 0. */
  underWay(): boolean {
    return this.open && this.highest > 0;
  }

  note(image: number): void {
    if (image > this.highest) this.highest = image;
  }

  begin(shape: FrameShape, meta: Readonly<Record<string, unknown>>): SeriesBegin {
    this.count++;
    this.open = true;
    this.highest = -1;
    return {
      key: this.key,
      wireSeries: null,
      wireUniqueId: null,
      expected: null,
      channels: [ONLY_CHANNEL],
      channel: ONLY_CHANNEL,
      height: shape.height,
      width: shape.width,
      type: shape.type,
      mask: null,
      flatfield: null,
      saturation: null,
      errorValue: null,
      scan: {},
      meta,
      implied: true,
    };
  }
}

/** Name of the channel of protocols that know none. */
export const ONLY_CHANNEL = "default";
