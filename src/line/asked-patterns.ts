import type { DenoiseVariant } from "../core/denoise.js";
import type { ScanGrid } from "../core/scan.js";
import type { DenoisedPattern } from "../core/sink.js";
import { REACH } from "../denoise/method.js";
import type { DenoiseFrames } from "./denoise-frames.js";
import type { LanePool } from "./lane-pool.js";
import type { LaneSeries } from "./messages.js";
import type { KeptPattern } from "./pattern-cache.js";

export interface AskedOptions {
  readonly about: LaneSeries;
  readonly grid: ScanGrid;
  readonly pool: Pick<LanePool, "askDenoiser">;
  /** Time is short, because so many complete rows wait for the lane, and a pattern is made in the cheap variant: the first one. */
  readonly onCheap: (rows: number) => void;
  /** Time is no longer short; so many were made in it. */
  readonly onCheapOver: (patterns: number) => void;
}

/** Complete rows that wait for the lane: from so many on time is short. It is over when none waits. */
const SHORT_ROWS = REACH.ahead;

/** Patterns of one series that people look at. */
export class AskedPatterns {
  readonly #o: AskedOptions;
  readonly #frames: DenoiseFrames;
  readonly #kept: (at: number) => KeptPattern | undefined;
  #variant: DenoiseVariant = "full";
  #cheap = 0;
  #waiting = 0;
  #out = 0;

  /** `kept`: what was made of a position before anybody asked. */
  constructor(o: AskedOptions, frames: DenoiseFrames, kept: (at: number) => KeptPattern | undefined) {
    [this.#o, this.#frames, this.#kept] = [o, frames, kept];
  }

  /** In which variant they are made now. */
  get variant(): DenoiseVariant {
    return this.#variant;
  }
  /** Somebody waits for one. */
  get busy(): boolean {
    return this.#out > 0;
  }

  /** While the scan runs they must not take the time that rows wait for: so many do. */
  choose(rows: number): void {
    this.#waiting = rows;
    const short = rows >= (this.#variant === "cheap" ? 1 : SHORT_ROWS);
    this.#variant = short ? "cheap" : "full";
    if (short || this.#cheap === 0) return;
    this.#o.onCheapOver(this.#cheap);
    this.#cheap = 0;
  }

  /** The pattern of a position, with what is known by now; `final`: that is all. "gone": its frame is no longer kept. */
  async pattern(
    row: number,
    column: number,
    kind: "denoised" | "polar_denoised",
    final: boolean,
  ): Promise<DenoisedPattern | "gone" | "none"> {
    const { grid, about, pool } = this.#o;
    const { height, width, series } = about;
    const variant = this.#variant;
    const kept = kind === "denoised" ? this.#kept(row * grid.columns + column) : undefined;
    if (kept && (kept.made.final || variant === "cheap")) return { height, width, ...kept };
    const frames = this.#frames.about(row, column);
    this.#out++;
    if (kind === "denoised" && variant === "cheap" && this.#cheap++ === 0) this.#o.onCheap(this.#waiting);
    try {
      const own = frames.row.some((r, i) => i < frames.count && r === row && frames.column[i] === column);
      if (!own) return kept ? { height, width, ...kept } : "gone";
      const ask = { series, kind, variant, final, rows: grid.rows, row, column, frames };
      return (await pool.askDenoiser("denoised", ask)) ?? "none";
    } finally {
      this.#out--;
      this.#frames.release(frames);
    }
  }
}
