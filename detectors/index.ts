import type { Detector } from "../src/core/detector.js";
import { dectrisV2 } from "./dectris-v2.js";

/** Every wire protocol, one file each. */
export const DETECTORS: readonly Detector[] = [dectrisV2];

export const detectorByName = (name: string): Detector | undefined => DETECTORS.find((d) => d.name === name);
