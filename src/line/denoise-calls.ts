import type { DenoiseVariant, PatternMade, UsedMethod } from "../core/denoise.js";
import type { DenoisedPattern } from "../core/sink.js";
import type { RowEstimate } from "../denoise/row-estimate.js";
import type { SampleBlocks } from "./adapt-lane.js";
import type { HeldFrames } from "./held-frames.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import type { Computed } from "./series-model.js";

/** A complete row of a scan. */
export interface RowAsk {
  readonly series: number;
  readonly row: number;
  readonly mask: MaskVersion;
  /** Bright-field radius, px. */
  readonly radius: number;
  readonly frames: HeldFrames;
}

export interface RowAnswer {
  /** What makes patterns from now on. */
  readonly method: UsedMethod;
  /** What the model is computed with, and why that has become another; null: no model is in use. */
  readonly computed: Computed | null;
  /** Of the row that became final last; null: the model is not adapted. */
  readonly samples: SampleBlocks | null;
  readonly estimates: readonly RowEstimate[];
  /** Frames whose pixels are no counts. */
  readonly refused: number;
  /** That the lane takes for the series. */
  readonly bytes: number;
  /** ms of the lane's time, what it learnt from earlier rows included. */
  readonly ms: number;
}

/** A position that people look at. */
export interface PositionAsk {
  readonly series: number;
  readonly rows: number;
  readonly row: number;
  readonly column: number;
  /** Of its widest window. */
  readonly frames: HeldFrames;
}

/** `cheap`: without the model, too. */
export interface PatternAsk extends PositionAsk {
  readonly kind: "denoised" | "polar_denoised";
  readonly variant: DenoiseVariant;
  /** The scan has told all. */
  readonly final: boolean;
}

/** Some positions of a row whose windows have seats once those of `rows` have them, too; after the scan these are given one after the other. */
export interface PatternsAsk {
  readonly series: number;
  readonly row: number;
  readonly columns: readonly number[];
  /** The last row that there is. */
  readonly last: number;
  readonly rows: readonly { readonly row: number; readonly frames: HeldFrames }[];
  /** Without the model. */
  readonly plain: boolean;
  /** The scan has told all. */
  readonly final: boolean;
  /** Patterns are wanted in shared memory: another thread will read them, too. */
  readonly shared: boolean;
}
export interface PatternBatch {
  readonly made: PatternMade;
  /** null: it has no frame, or its pixels are no counts. */
  readonly patterns: readonly (Float32Array | null)[];
  /** ms of the lane's time. */
  readonly ms: number;
}

/** Questions about denoising. */
export interface DenoiseCalls {
  /** `auto`: the model while it foretells counts better. */
  denoiseOpen: {
    ask: LaneSeries & { readonly columns: number; readonly method: UsedMethod | "auto"; readonly adapt: boolean };
    answer: null;
  };
  /** Another model from now on, as a file; `name` is for messages. */
  denoiseAdopt: { ask: { series: number; model: Uint8Array; name: string; epoch: number }; answer: null };
  denoiseRow: { ask: RowAsk; answer: RowAnswer };
  /** After the last row. The rows may then be taken once more. */
  denoiseEnd: { ask: { series: number }; answer: RowAnswer };
  /** The pattern of a position from the frames of its window; null: nothing is known yet. */
  denoised: { ask: PatternAsk; answer: DenoisedPattern | null };
  denoisePatterns: { ask: PatternsAsk; answer: PatternBatch };
  /** What neighbours tell of a position, with what is known now. */
  weighed: { ask: PositionAsk; answer: Pick<RowEstimate, "neighbours" | "features"> };
  denoiseClose: { ask: { series: number }; answer: null };
}
