import type { Daemon } from "./daemon.js";
import { pause } from "./pause.js";

/** What was seen of a daemon over some time. */
export interface Seen {
  /** Most frames that were received and on no map. */
  readonly backlog: number;
  /** Most memory for frames, MiB. */
  readonly slabMiB: number;
  /** The last that it said of an overload, as JSON; null: nothing. */
  readonly overload: string | null;
}

const LOOK_MS = 100;

/** Looks at a daemon's stats until told to stop. */
export function watchDaemon(daemon: Daemon): { stop(): Promise<Seen> } {
  let seen: Seen = { backlog: 0, slabMiB: 0, overload: null };
  let over = false;
  const run = async (): Promise<void> => {
    while (!over) {
      const { backlog, memory, overload } = await daemon.stats();
      seen = {
        backlog: Math.max(seen.backlog, backlog),
        slabMiB: Math.max(seen.slabMiB, memory.slab_mb),
        overload: overload ? JSON.stringify(overload) : seen.overload,
      };
      await pause(LOOK_MS);
    }
  };
  const watching = run();
  return {
    async stop() {
      over = true;
      await watching;
      return seen;
    },
  };
}
