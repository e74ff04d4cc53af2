import { setFlagsFromString } from "node:v8";

/**
 * Bytes of code that a function runs before it is compiled again, better; the engine's own measure is an eighth of it, made for programs of one
 * thread. Here each thread compiles for itself what it runs, at the beginning of the first scan all of them at once, on the cores that the scan
 * needs: what is only warm is left as it is.
 */
const BUDGET = 1_000_000;

/** Lets the engine compile only what is hot. For functions that run for the first time after this, in any thread. */
export const compileLess = (): void => setFlagsFromString(`--interrupt-budget=${BUDGET}`);
