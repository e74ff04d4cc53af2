import { emptySummary } from "./accumulate-frame.js";
import type { KernelInstance } from "./kernel-module.js";
import { type Layout, readSummary } from "./lane-layout.js";
import type { LaneSetup } from "./pixel-lane.js";
import type { Summary } from "./summarise.js";

/** What the kernels have summed up of the frames of a series. */
export class WasmSummary {
  readonly #kernels: KernelInstance;
  #frames = 0;
  /** Frames for which the masked pixels are already counted as missed: the mask may change under way. */
  #counted = 0;

  constructor(kernels: KernelInstance) {
    this.#kernels = kernels;
  }

  /** The kernels have added a frame. */
  added(): void {
    this.#frames++;
  }

  reset(layout: Layout | null): void {
    this.#frames = 0;
    this.#counted = 0;
    if (layout === null) return;
    this.#kernels.bytes().fill(0, layout.sum, layout.planes);
    this.#kernels.run.begin();
  }

  /** A copy. */
  read(setup: LaneSetup | null, layout: Layout | null): Summary {
    if (setup === null || layout === null) return emptySummary(0, 0);
    this.#kernels.run.settle();
    return readSummary(this.#kernels.bytes(), layout, setup, this.#frames, this.#counted);
  }

  /** Counts the frames of the mask that is about to go as missed by its pixels. */
  countMasked(setup: LaneSetup | null, layout: Layout | null): void {
    const frames = this.#frames - this.#counted;
    this.#counted = this.#frames;
    if (layout === null || setup === null || setup.mask === null) return;
    const missed = new Uint32Array(this.#kernels.bytes().buffer, layout.missed, setup.mask.length);
    for (let i = 0; i < missed.length; i++) if (setup.mask[i] !== 0) missed[i] += frames;
  }
}
