/** How a series is denoised, as told to people and programs; names as on the wire. `off`: not at all, by choice or because its pixels are no counts. */
export const DENOISE_METHODS = ["off", "neighbour", "model"] as const;
/** What makes patterns: the training-free method, or the model upon it. */
export type UsedMethod = Exclude<(typeof DENOISE_METHODS)[number], "off">;
/** `cheap`: the variant that is taken when time is short. */
export const DENOISE_VARIANTS = ["full", "cheap"] as const;
export type DenoiseVariant = (typeof DENOISE_VARIANTS)[number];
/** What the model may be computed with. */
export const EXECUTION_PROVIDERS = ["cpu", "webgpu", "cuda"] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];
/** Patterns of detector size: of positions that are asked for, or of every one. */
export const PATTERNS_WANTED = ["asked", "all"] as const;
export type PatternsWanted = (typeof PATTERNS_WANTED)[number];

/** Where the patterns of all positions are; numbers of positions. Where they are made when they are asked for, all are 0. */
export interface PatternCounts {
  readonly wanted: PatternsWanted;
  /** Made with all that the scan tells. */
  readonly final: number;
  /** Made with what was known so far: part of what waits. */
  readonly provisional: number;
  /** All neighbours are known, and the final pattern is still to be made. */
  readonly waiting: number;
  /** Without a final one: frames were no longer kept when it was their turn. */
  readonly gone: number;
}

/** A model that patterns were made with. */
export interface ModelUsed {
  /** 0: the one that the series began with; then those that were adapted to it. */
  readonly epoch: number;
  /** SHA-256 of its file, hexadecimal. */
  readonly checksum: string;
}
/** From which row on a model was in use: rows before it were answered with the one before. */
export interface ModelEpoch extends ModelUsed {
  readonly row: number;
  /** Share by which its deviance of held-out counts was lower than that of what was in use before. */
  readonly gain: number;
}
/** Fine-tuning of the model on the scan. */
export interface Adapting {
  /** Rounds of training that are over, and the gain of the last one: below 0.01 it is not adopted. */
  readonly rounds: number;
  readonly gain: number;
}

/** Of one series. */
export interface DenoiseStats {
  readonly method: (typeof DENOISE_METHODS)[number];
  readonly variant: DenoiseVariant;
  /** What the model is computed with: cpu also where the one that is wanted cannot be had. */
  readonly provider: ExecutionProvider;
  /** Positions that wait for tier 3. */
  readonly waiting: number;
  readonly patterns: PatternCounts;
  /** Every model so far, the newest last; none where patterns are made without. */
  readonly models: readonly ModelEpoch[];
  /** null: the model is not adapted to the scan. */
  readonly adapting: Adapting | null;
}

/** Where nothing is denoised. */
export const NOT_DENOISED: DenoiseStats = {
  method: "off",
  variant: "full",
  provider: "cpu",
  waiting: 0,
  patterns: { wanted: "asked", final: 0, provisional: 0, waiting: 0, gone: 0 },
  models: [],
  adapting: null,
};

/** How one pattern was denoised. */
export interface PatternMade extends Pick<DenoiseStats, "method" | "variant"> {
  /** With all that the scan tells: it will not change. */
  readonly final: boolean;
  /** null: without one. */
  readonly model: ModelUsed | null;
}
/** Headers of an answer that tell it. */
export const MADE_HEADERS = {
  method: "x-denoise-method",
  variant: "x-denoise-variant",
  final: "x-denoise-final",
  model: "x-denoise-model",
  epoch: "x-denoise-epoch",
} as const;
