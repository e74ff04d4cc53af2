import type { Detector } from "../src/core/detector.js";

/** Every wire protocol, one file each. */
export const DETECTORS: readonly Detector[] = [];
