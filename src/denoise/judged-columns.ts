import { spread } from "./learner.js";

/**
 * Estimates are judged by one position in so many of a row, by no more, and of large frames by fewer, of which some pixels are looked at; once
 * many were judged, by a share of that.
 */
const COLUMNS_PER_JUDGED = 12;
const JUDGED_PER_ROW = 2;
/** Of one position. */
export const JUDGED_PIXELS = 96 * 96;
const MANY_ROWS = 64;
const LATER_SHARE = 1 / 4;
/** Rows before that have a basis of few frames: they say little about the others. */
export const FIRST_JUDGED = 8;

/** Where estimates of a row are judged. `pixels`: of a frame. */
export function judgedColumns(row: number, columns: number, pixels: number): number[] {
  const most = Math.min(JUDGED_PER_ROW, Math.ceil(columns / COLUMNS_PER_JUDGED)) * Math.min(1, JUDGED_PIXELS / pixels);
  const share = row < MANY_ROWS ? most : LATER_SHARE * most;
  return spread(row, columns, 1 / 8, Math.floor((row + 1) * share) - Math.floor(row * share));
}

/** Where a model is trained; some may be judged ones. */
export const trainedColumns = (row: number, columns: number, count: number): number[] =>
  spread(row, columns, 3 / 8, Math.min(count, columns));
