import type { PixelArray } from "../core/frame.js";
import type { DenoiseVariant } from "../core/wire.js";
import type { MixTable } from "../kernels/mix-planes.js";
import type { ScoreTable } from "../kernels/score-entries.js";
import type { Mixing } from "./mixing.js";

/** What estimates are made with. */
export interface DenoiseModel {
  readonly table: ScoreTable;
  readonly mix: Readonly<Record<DenoiseVariant, MixTable>>;
  /** Mean count per pixel. */
  readonly mean: number;
}

/** What an estimator has memory for. */
export interface EstimatorSetup {
  readonly height: number;
  readonly width: number;
  /** Frames that may be seated at once, by numbers from 0. */
  readonly seats: number;
  /** What is made of polar counts; absent: nothing. */
  readonly features?: FeatureSetup | undefined;
}

/** Linear features of the polar counts (POLAR) of frames about their own beam. */
export interface FeatureSetup {
  /** Major over minor axis of the diffraction pattern, and the angle of the major axis, rad. */
  readonly ellipse: readonly [number, number];
  /** [rings * sectors, FEATURES] */
  readonly weights: Float32Array;
}

/** Counts of a frame as entries, those of pixels that are not valid left out. Read at once. */
export interface CountList {
  readonly list: Uint32Array;
}

/** Numbers of the frames of a window, the own frame first. */
export type Members = readonly number[];

/** Frames as lists of their counts, and estimates from the frames of a window. Frames are known by the numbers of their seats. */
export interface Estimator {
  /** Bytes that it takes. */
  readonly size: number;
  /** Which pixels are valid (non-zero), for all frames, also those that have a seat. Answers how many entries of these are dropped. */
  setUsed(used: Uint8Array): number;
  /** Adds the counts of a frame to a seat; more than `high` in a pixel is no count. False: its pixels are no counts, and nothing is added. */
  put(seat: number, pixels: PixelArray, high: number): boolean;
  /** The same of a list. False: there is no memory. */
  putList(seat: number, list: CountList): boolean;
  /** Lays polar bins out for a bright-field radius, px; counts of all seats are put into them anew. */
  setRadius(radius: number): void;
  /** Counts the frames of a seat in polar bins about their centre, px; not a number: in none. After the last `put`. */
  aim(seat: number, row: number, col: number): void;
  clear(seat: number): void;
  has(seat: number): boolean;
  /** Sum of the counts of a seat. */
  counts(seat: number): number;
  /** Adds the counts of a seat to pixels. */
  addCounts(seat: number, out: Float32Array): void;
  /** Adds the counts of seats to float32 bins. */
  addBins(seats: readonly number[], out: Float32Array): void;
  setModel(model: DenoiseModel): void;
  /** Projects the frame of a seat on the basis. */
  score(seat: number): void;
  /** Weighs scored frames for an estimate of the first; answers the effective number of frames, 1 / the sum of the squares of the weights. */
  weigh(members: Members, kappa: number): number;
  /** Adds the average of the window that was weighed last to float32 bins. */
  addAverage(out: Float32Array): void;
  /** Writes the average polar counts of that window [rings * sectors], and the FEATURES that they project to, from `offset` on. */
  polar(out: Float32Array, offset: number): void;
  features(out: Float32Array, offset: number): void;
  /**
   * Fills the bank of a position for a variant from its windows, one list of members for each. `blind`: as if its own frame had not come, for
   * judging estimates by it. Answers the effective number of frames of the feature window, or of the only one; 0: there is nearly nothing but
   * the own frame, and the bank is not blind.
   */
  fill(variant: DenoiseVariant, windows: readonly Members[], blind?: boolean): number;
  /** After the full variant: learns mixing weights from the bank. */
  learn(mixing: Mixing): void;
  /** Writes the pattern of the bank, expected counts per pixel, NaN where a pixel is not valid. */
  mix(out: Float32Array): void;
  /** After the full variant: copies the members of the bank but the own frame, and then what `mix` makes of them, with values at all pixels: [BANK, pixels]. */
  bank(out: Float32Array): void;
}
