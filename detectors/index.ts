import type { Detector } from "../src/core/detector.js";
import { Fault } from "../src/core/fault.js";
import { array10 } from "./array-1.0.js";
import { dectrisV1 } from "./dectris-v1.js";
import { dectrisV2 } from "./dectris-v2.js";
import { sls } from "./sls.js";

/** Every wire protocol, one file each. */
export const DETECTORS: readonly Detector[] = [dectrisV1, dectrisV2, array10, sls];

/** Fault bad-config where there is none of that name. */
export function detectorByName(name: string): Detector {
  const found = DETECTORS.find((d) => d.name === name);
  if (found) return found;
  throw new Fault(
    "bad-config",
    "source.protocol",
    `source.protocol = "${name}": must be one of ${DETECTORS.map((d) => d.name).join(", ")}`,
  );
}
