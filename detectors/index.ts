import type { Detector } from "../src/core/detector.js";
import { array10 } from "./array-1.0.js";
import { dectrisV1 } from "./dectris-v1.js";
import { dectrisV2 } from "./dectris-v2.js";
import { sls } from "./sls.js";

/** Every wire protocol, one file each. */
export const DETECTORS: readonly Detector[] = [dectrisV1, dectrisV2, array10, sls];

export const detectorByName = (name: string): Detector | undefined => DETECTORS.find((d) => d.name === name);
