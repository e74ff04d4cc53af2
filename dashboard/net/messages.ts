import type { EventMessage, SeriesMessage, StatsMessage } from "../../src/core/wire.js";
import type { Band } from "../lib/assembly.js";

/** Page -> worker. `wake`: try at once (the page became visible, the network came back). */
export type ToWorker =
  | { readonly k: "open"; readonly url: string }
  /** Layers to ask for; before "open" for the first time. */
  | { readonly k: "want"; readonly layers: readonly string[] }
  | { readonly k: "wake" }
  | { readonly k: "pause"; readonly paused: boolean };

/** Worker -> page. */
export type FromWorker =
  | { readonly k: "link"; readonly connected: boolean; readonly attempt: number; readonly retryInMs: number | null }
  | { readonly k: "message"; readonly message: SeriesMessage | EventMessage | StatsMessage }
  | {
      readonly k: "bands";
      readonly bands: readonly Band[];
      /** Tiles received so far. */
      readonly tiles: number;
      readonly since: { readonly series: string; readonly seq: number } | null;
    }
  | { readonly k: "refused"; readonly why: string };
