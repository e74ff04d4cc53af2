import { type DaemonEstimates, estimatesByDaemon } from "./by-daemon.js";
import { type Average, averaged, gatedMean, plainMean } from "./neighbour-means.js";
import { principalComponents } from "./principal-components.js";
import type { EstimateAt } from "./score.js";
import type { TruthSet } from "./truth-set.js";

/** Peers computed here, then patterns of the daemon: as received, and denoised with `[denoise] method`. */
export const METHODS = ["raw", "mean-3x3", "gated-3x3", "gated-5x5", "pca-20", "daemon-raw", "neighbour", "model"] as const;
export type MethodName = (typeof METHODS)[number];

export interface Estimates {
  readonly at: EstimateAt;
  /** Of methods that are averages of positions. */
  readonly average: Average | null;
  readonly daemon: DaemonEstimates | null;
}

const COMPONENTS = 20;
/** How fast a neighbour counts less with its unlikeness, by the reach of the window. */
const FALL = { near: 1, far: 0.5 };

const byAverage = (set: TruthSet, average: Average): Estimates => ({ at: averaged(set, average), average, daemon: null });

async function byDaemon(set: TruthSet, kind: "raw" | "denoised", method: string): Promise<Estimates> {
  const daemon = await estimatesByDaemon(set, kind, { BRAGGSTREAM__DENOISE__METHOD: method });
  return { at: daemon.at, average: null, daemon };
}

export async function estimatesOf(set: TruthSet, method: MethodName): Promise<Estimates> {
  switch (method) {
    case "raw":
      return byAverage(set, plainMean(set, 0));
    case "mean-3x3":
      return byAverage(set, plainMean(set, 1));
    case "gated-3x3":
      return byAverage(set, gatedMean(set, 1, FALL.near));
    case "gated-5x5":
      return byAverage(set, gatedMean(set, 2, FALL.far));
    case "pca-20":
      return { at: principalComponents(set, COMPONENTS), average: null, daemon: null };
    case "daemon-raw":
      return byDaemon(set, "raw", "off");
    case "neighbour":
    case "model":
      return byDaemon(set, "denoised", method);
  }
}
