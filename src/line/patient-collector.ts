import { setFlagsFromString } from "node:v8";

/**
 * MiB of old objects that a lane may have before they are collected. The engine begins with a few times what a lane keeps, and counts the memory of
 * typed arrays in: where classes are found it would mark all that there is several times per scan, in this thread and on the cores that the scan needs,
 * and find some MiB of garbage.
 */
const OLD_MB = 128;

/** Lets the engine collect old objects less often. For threads that are begun after this. */
export const collectLess = (): void => setFlagsFromString(`--initial-old-space-size=${OLD_MB}`);
