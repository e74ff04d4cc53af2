import type { OverloadStats } from "../src/core/wire.js";
import type { Daemon } from "./daemon.js";
import { pause } from "./pause.js";

/** The most that was seen of each over some time. */
export type Seen = Pick<OverloadStats, "measured_one_in" | "features_one_in" | "waiting_measures" | "waiting_features"> & {
  /** Frames that were received and on no map. */
  readonly backlog: number;
  /** Memory for frames, MiB. */
  readonly slab_mb: number;
};

const LOOK_MS = 100;

/** Looks at a daemon's stats until told to stop. */
export function watchDaemon(daemon: Daemon): { stop(): Promise<Seen> } {
  const seen = { measured_one_in: 1, features_one_in: 1, waiting_measures: 0, waiting_features: 0, backlog: 0, slab_mb: 0 };
  let over = false;
  const run = async (): Promise<void> => {
    while (!over) {
      const { backlog, memory, overload } = await daemon.stats();
      const now = { ...overload, backlog, slab_mb: memory.slab_mb };
      for (const name of Object.keys(seen) as (keyof Seen)[]) seen[name] = Math.max(seen[name], now[name]);
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
