import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | null = null;

/**
 * Collects now what is no longer used. The engine goes by objects; the maps of a series are a few objects and a great deal of memory,
 * which would lie about through many scans. Takes some ms of the calling thread.
 */
export function collectGarbage(): void {
  if (collect === null) {
    // Only this context gets the function.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collect();
}
