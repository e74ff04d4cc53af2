import type { Stats } from "../../src/core/wire.js";
import { age, percent, whole } from "./numbers.js";

/** What the page says while the maps are behind the detector. Once they are not, only the headline is there. */
export interface OverloadNotice {
  /** What is done at once, in a few words that change rarely. */
  readonly headline: string;
  /** What waits. Changes every second. */
  readonly waiting: string;
  /** How much memory the frames take. */
  readonly memory: string;
  /** When everything is on the maps. */
  readonly forecast: string;
  /** The memory is nearly used up: then frames are lost. */
  readonly tight: boolean;
}

const NEARLY_FULL = 0.9;

/** Positions measured at once: "every position", "1 in 4 positions". */
export const oneIn = (n: number): string => (n === 1 ? "every position" : `1 in ${whole(n)} positions`);

function headline({ overload: o }: Stats, scanning: boolean): string {
  const [measured, features] = [o.measured_one_in, o.features_one_in];
  if (!scanning && measured > 1) return `Catching up after the scan: ${oneIn(measured)} first, then the rest`;
  if (measured > 1)
    return `Frames come too fast: ${oneIn(measured)} live${features > measured ? `, features of 1 in ${whole(features)}` : ""}`;
  if (scanning && features > 1) return `Frames come too fast: every position live, features of 1 in ${whole(features)}`;
  return o.waiting_measures + o.waiting_features > 0
    ? `Catching up${scanning ? ": every position live," : " after the scan:"} what was put off follows newest first`
    : "The maps are behind the detector";
}

/** `scanning`: frames of the newest series still come. */
function forecast({ overload: o, frames_in_hz, frames_done_hz }: Stats, scanning: boolean): string {
  if (o.catch_up_s === null) return scanning ? "Catches up after the scan, not at this rate" : "No forecast yet";
  if (o.catch_up_s === 0) return "Nearly caught up";
  const when = `All on the maps in about ${age(o.catch_up_s)}`;
  return scanning && frames_in_hz >= frames_done_hz ? `${when}, after the scan` : when;
}

function waiting({ backlog, overload: o }: Stats): string {
  const frames = (n: number): string => `${whole(n)} ${n === 1 ? "frame" : "frames"}`;
  // Frames of which nothing was measured are part of the backlog.
  const behind = Math.max(backlog, o.waiting_measures);
  const features = o.waiting_features > 0 ? `, ${whole(o.waiting_features)} for features` : "";
  return `${frames(behind)} ${behind === 1 ? "waits" : "wait"} to be measured${features}`;
}

const CAUGHT_UP: OverloadNotice = {
  headline: "Caught up: nothing is put off any more",
  waiting: "",
  memory: "",
  forecast: "",
  tight: false,
};

function isCalm({ overload: o }: Stats, scanning: boolean): boolean {
  // After the scan the grid of its end means nothing any more.
  const everywhere = !scanning || (o.measured_one_in === 1 && o.features_one_in === 1);
  return everywhere && o.waiting_measures + o.waiting_features === 0 && o.catch_up_s === 0;
}

/** Null: nothing is put off, and nothing is behind. `shown`: the notice is on screen; it says so when that is over. */
export function overloadNotice(s: Stats, scanning: boolean, shown = false): OverloadNotice | null {
  if (isCalm(s, scanning)) return shown ? CAUGHT_UP : null;
  const { slab_mb, slab_limit_mb } = s.memory;
  const tight = slab_limit_mb > 0 && slab_mb > NEARLY_FULL * slab_limit_mb;
  const memory = `memory ${percent(slab_mb, slab_limit_mb)} full (${whole(slab_mb)} of ${whole(slab_limit_mb)} MB)`;
  return {
    headline: headline(s, scanning),
    waiting: waiting(s),
    memory: tight ? `${memory}; when it is full, frames are lost` : memory,
    forecast: forecast(s, scanning),
    tight,
  };
}
