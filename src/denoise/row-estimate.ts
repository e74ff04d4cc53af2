import type { PixelArray } from "../core/frame.js";
import type { CountList } from "./estimator.js";

/** A frame: its pixels, or its counts as a list. */
export type DenoiseFrame = PixelArray | CountList;

/** The frames of a position: asked for by its scan row and column, so that they are read when there is room for them. */
export type FramesAt = (row: number, column: number) => Iterable<DenoiseFrame>;

/** Where the beam is in the frames of a row. */
export interface RowBeam {
  /** Per column row and col, px. */
  readonly centre: Float64Array;
  /** Of the bright-field disk, px. */
  readonly radius: number;
}

/** What neighbours tell of a row; NaN where nothing came. `final`: all neighbours are known. */
export interface RowEstimate {
  readonly row: number;
  readonly final: boolean;
  /** Effective number of frames of each position. */
  readonly neighbours: Float32Array;
  /** [columns, FEATURES] of the average polar counts; empty: none are made. */
  readonly features: Float32Array;
}

/** Average polar counts of positions of a row that follow each other. Valid during the call. */
export interface PolarBatch {
  readonly row: number;
  /** Column of the first. */
  readonly column: number;
  readonly positions: number;
  readonly final: boolean;
  /** [POLAR_BATCH, rings * sectors], the first `positions` of them filled; NaN where there is no frame. */
  readonly counts: Float32Array;
}

/** Most positions of a batch of polar counts. */
export const POLAR_BATCH = 64;

/** Where the beam is in the frames of a position: row and col, px. */
export type CentreAt = (row: number, column: number) => readonly [number, number];

/** What an estimate of a position may be made from. */
export interface Bank {
  /** [BANK, pixels]: the averages of the bank, then the estimate of the training-free method. */
  readonly planes: Float32Array;
  /** Mean count per pixel of the scan. */
  readonly mean: number;
  /** Effective number of frames. */
  readonly frames: number;
}

/** The same without the own frame, whose counts [pixels] it has to foretell. */
export interface BlindBank extends Bank {
  readonly counts: Float32Array;
}
