import type { DenoiseVariant } from "../core/wire.js";

/**
 * The training-free method: Poisson kriging over the scan, then averages of three windows, each blurred by several widths, mixed pixel by pixel
 * with weights that minimise the unbiased risk. All numbers that define it.
 */

/** Positions around one whose frames are averaged, and how much of the noise of the average the weights fear. */
export interface WindowShape {
  /** Scan rows before and after, columns to either side. */
  readonly back: number;
  readonly ahead: number;
  readonly across: number;
  /** 1: all noise; less: a blur over the detector takes part of it away afterwards. */
  readonly kappa: number;
}
export const WINDOWS: readonly WindowShape[] = [
  { back: 1, ahead: 1, across: 1, kappa: 0.1 },
  { back: 2, ahead: 2, across: 2, kappa: 0.5 },
  { back: 4, ahead: 2, across: 4, kappa: 4 },
];
/** The window of the feature estimate. */
export const FEATURE_WINDOW = 1;
/** Scan rows that a window needs at once, before and after the row of the estimate. */
export const REACH = { back: 4, ahead: 2 } as const;

/** Planes of the bank: the own frame, then averages of a window blurred by `sigma` px. `from`: plane that is blurred on by `step` px. */
export interface Member {
  readonly window: number;
  readonly sigma: number;
  readonly from: number;
  readonly step: number;
}
const further = (sigma: number, done: number): number => Math.sqrt(sigma * sigma - done * done);
export const MEMBERS: readonly Member[] = [
  { window: -1, sigma: 0, from: -1, step: 0 },
  { window: 0, sigma: 0, from: -1, step: 0 },
  { window: 0, sigma: 0.5, from: 1, step: 0.5 },
  { window: 1, sigma: 0, from: -1, step: 0 },
  { window: 1, sigma: 0.5, from: 3, step: 0.5 },
  { window: 1, sigma: 0.8, from: 3, step: 0.8 },
  { window: 1, sigma: 1.2, from: 5, step: further(1.2, 0.8) },
  { window: 2, sigma: 0, from: -1, step: 0 },
  { window: 2, sigma: 0.5, from: 7, step: 0.5 },
  { window: 2, sigma: 0.8, from: 7, step: 0.8 },
  { window: 2, sigma: 1.2, from: 9, step: further(1.2, 0.8) },
  { window: 2, sigma: 2, from: 10, step: further(2, 1.2) },
  { window: 2, sigma: 3.2, from: 11, step: further(3.2, 2) },
];
export const BANK = MEMBERS.length;
/** The member that holds the average of each window. */
export const AVERAGE: readonly number[] = WINDOWS.map((_, w) => MEMBERS.findIndex((m) => m.window === w));

/** How a variant of the pattern is made. */
export interface VariantShape {
  /** The last of WINDOWS, or what is in place of them. */
  readonly windows: readonly WindowShape[];
  /** Plane of the bank that holds the own frame. Those before it are not made, and the one behind it is the average of the last window. */
  readonly own: number;
  /** The last plane that is made: an estimate keeps LEAST_SHARE of it. */
  readonly last: number;
  /** Whether mixing weights tell apart how far the guide rises above the last plane. */
  readonly rises: boolean;
}
export const VARIANTS: Readonly<Record<DenoiseVariant, VariantShape>> = {
  full: { windows: WINDOWS, own: 0, last: 12, rises: true },
  cheap: { windows: [{ back: 3, ahead: 2, across: 3, kappa: 1 }], own: 6, last: 11, rises: false },
};

/** Most frames of a window. */
export const MOST_MEMBERS = 64;
/** The member that is used while nothing is known. */
export const PRIOR = 9;
/** The guide is this member without the own frame. */
export const GUIDE = 10;
/** Least share of the widest member that an estimate keeps. */
export const LEAST_SHARE = 0.05;

/** The window whose counts an estimate keeps. */
export const KEPT_WINDOW = 2;

/** Classes of the guide's rate: a factor of two each, class 5 at the mean count. */
export const CLASSES = 11;
export const MIDDLE = 5;
/** Classes of how far the guide rises above the widest member, each factor of two RISE_STEPS of them; class 4 where it does not. */
export const RISES = 9;
export const RISE_STEPS = 4;

/** Components of the basis; frames it is made from. */
export const COMPONENTS = 48;
export const RESERVOIR = 256;
/** Bins along the longer side of the detector that frames are compared in, at most; pixels are joined two by two at least. */
export const MOST_BINS = 64;
