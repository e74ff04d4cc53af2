import type { Stage } from "../core/stage.js";
import { measures } from "./measures.js";
import { DETECTOR_COLUMN, projections } from "./projections.js";

/** Every stage of the pixel lanes, in the order of the line: the numbers of a position are theirs, one after the other. */
export const PIXEL_STAGES: readonly Stage<never, unknown>[] = [measures, projections];
/** Numbers per position. */
export const ROW_WIDTH = PIXEL_STAGES.reduce((n, stage) => n + stage.width, 0);
/** Where among them those of virtual detectors begin. */
export const DETECTORS_AT = measures.width + DETECTOR_COLUMN;
