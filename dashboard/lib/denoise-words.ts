import type { DenoiseStats, ModelUsed, PatternCounts, PatternMade } from "../../src/core/denoise.js";
import { TIER } from "../../src/core/map-layer.js";
import type { PatternView } from "./hash-state.js";
import { short, whole } from "./numbers.js";

/** What the maps say of the positions that a picture is made of. */
export interface Made {
  readonly view: PatternView;
  /** Effective number of frames and tier of each position; NaN and 0: not known. */
  readonly frames: readonly number[];
  readonly tiers: readonly number[];
  /** How they were denoised. */
  readonly how: readonly PatternMade[];
}

const span = (list: readonly number[], show: (n: number) => string): string => {
  const [low, high] = [show(Math.min(...list)), show(Math.max(...list))];
  return low === high ? low : `${low}–${high}`;
};
const frames = (n: number): string => n.toFixed(1);

/** Of a model that was adapted to the scan. */
const epochWords = (model: ModelUsed | null | undefined): string => (model && model.epoch > 0 ? ` (epoch ${model.epoch})` : "");

/** How patterns were denoised: "method model and neighbour, 2 of 9 in the cheap variant". */
function methodWords(how: readonly PatternMade[]): string {
  const methods = [...new Set(how.map((h) => `${h.method}${epochWords(h.model)}`))].sort().join(" and ");
  const cheap = how.filter((h) => h.variant === "cheap").length;
  const variant = cheap === 0 ? "" : cheap === how.length ? ", cheap variant" : `, ${cheap} of ${how.length} in the cheap variant`;
  return how.length === 0 ? "" : `method ${methods}${variant}`;
}

/** Views that no estimate is in. */
const PLAIN: Readonly<Partial<Record<PatternView, string>>> = {
  raw: "raw counts",
  explained: "what its components predict",
  residual: "raw − explained, σ of the noise of a disk",
};

/** "denoised, 12.3 frames, tier 3, method neighbour": what a picture is, and whether it will change. */
export function madeWords({ view, frames: all, tiers, how }: Made): string {
  const mean = tiers.length > 1 ? `mean of ${tiers.length} positions` : "";
  const plain = PLAIN[view];
  if (plain !== undefined) return mean === "" ? plain : `${plain}, ${mean}`;
  const known = all.filter((n) => n > 0);
  const lowest = Math.min(...tiers);
  return [
    view === "denoised" ? "denoised" : "denoised − raw",
    mean,
    known.length === 0 ? "" : `${span(known, frames)} frames${mean === "" ? "" : " each"}`,
    lowest > 0 ? `tier ${span(tiers, String)}` : "",
    lowest < TIER.refined ? "provisional" : "",
    methodWords(how),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** "300 final; 40 wait": where the patterns of all positions are. */
export function patternWords({ wanted, final, waiting, provisional, gone }: PatternCounts): string {
  if (wanted === "asked") return "made when they are looked at";
  const soFar = provisional > 0 ? ` (${whole(provisional)} of them provisional so far)` : "";
  const parts = [
    `${whole(final)} final`,
    waiting > 0 ? `${whole(waiting)} ${waiting === 1 ? "waits" : "wait"}${soFar}` : "",
    gone > 0 ? `${whole(gone)} without: frames no longer kept` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** Which model, and what came of adapting it; gains below a percent are not taken. */
export function modelWords({ models, adapting, provider }: DenoiseStats): string {
  const newest = models.at(-1);
  if (!newest) return "none";
  const from = newest.epoch > 0 ? `epoch ${newest.epoch} from row ${newest.row} on, ` : "";
  const rounds = adapting && `; adapted in ${adapting.rounds} ${adapting.rounds === 1 ? "round" : "rounds"}`;
  const gain = adapting && adapting.rounds > 0 ? `, the last one ${(100 * adapting.gain).toFixed(1)} % better` : "";
  return `${from}${newest.checksum.slice(0, 12)} on ${provider}${rounds ?? ""}${gain}`;
}

/** One line for the facts of a series. */
export function denoiseWords(how: DenoiseStats): string {
  const waits = how.waiting === 0 ? "" : `; ${whole(how.waiting)} ${how.waiting === 1 ? "position waits" : "positions wait"} for tier 3`;
  return how.method === "off" ? `off${waits}` : `method ${how.method}, ${how.variant} variant${waits}`;
}

/** Ends of the key of a pattern, and its middle. */
export const keyNumbers = (low: number, middle: number, high: number): readonly string[] =>
  [low, middle, high].map((v) => (v > 0 && low < 0 ? `+${short(v)}` : short(v)));
