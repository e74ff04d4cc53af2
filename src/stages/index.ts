import type { Stage } from "../core/stage.js";
import { type MeasureInput, measures } from "./measures.js";

/** Every stage of the pixel lanes, in the order of the line. */
export const PIXEL_STAGES: readonly Stage<MeasureInput>[] = [measures];
