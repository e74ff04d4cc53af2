import type { SeriesInfo } from "../../src/core/series.js";
import type { Stats } from "../../src/core/wire.js";
import { age, whole } from "./numbers.js";

/** Colour and frame of the page. `alert` is red: a person is needed. */
export type Tone = "live" | "busy" | "warn" | "done" | "idle" | "alert";
export interface Badge {
  /** State in a word or two. */
  readonly word: string;
  readonly tone: Tone;
  /** The rest of the sentence. */
  readonly detail: string;
  /** Nothing on screen is new: dim it and show its age. */
  readonly stale: boolean;
}
export interface Situation {
  readonly connected: boolean;
  /** s since the connection was lost; null: connected, or never was. */
  readonly offlineFor: number | null;
  readonly series: SeriesInfo | null;
  readonly stats: Stats | null;
  /** s since the newest frame of the daemon; null: none yet. */
  readonly frameAge: number | null;
}

function source(stats: Stats | null): string {
  if (!stats) return "";
  const { state, endpoint } = stats.source;
  return state === "connected"
    ? `detector reachable at ${endpoint}`
    : state === "connecting"
      ? `connecting to ${endpoint}`
      : `${endpoint} is not reachable`;
}

function ended(s: SeriesInfo): string {
  const f = s.frames;
  const bad = f.malformed > 0 ? `, ${whole(f.malformed)} malformed` : "";
  const counts = `${whole(f.placed)} of ${whole(f.expected ?? s.shape[0] * s.shape[1])} placed, ${whole(f.lost)} lost${bad}`;
  return s.reason === null || s.reason === "" ? counts : `${counts}; ${s.reason}`;
}

/** What the page says about itself in one line. */
export function badge(now: Situation): Badge {
  const { series, stats, frameAge } = now;
  if (!now.connected)
    return {
      word: "offline",
      tone: "idle",
      detail: now.offlineFor === null ? "connecting to the daemon" : `no connection to the daemon for ${age(now.offlineFor)}`,
      stale: true,
    };
  if (!series) return { word: "idle", tone: "idle", detail: `no scan yet; ${source(stats) || "waiting for the daemon"}`, stale: false };
  const since = frameAge === null ? "" : age(frameAge);
  const why = series.reason ?? "";
  switch (series.state) {
    case "waiting":
      return { word: "waiting", tone: "idle", detail: why || `series is open, no frames yet; ${source(stats)}`, stale: false };
    case "live":
      return { word: "live", tone: "live", detail: since === "" ? why : `newest frame ${since} old`, stale: false };
    case "catching_up":
      return { word: "catching up", tone: "busy", detail: why || `${whole(stats?.backlog ?? 0)} frames wait`, stale: false };
    case "stalled":
      return {
        word: "stalled",
        tone: "warn",
        detail: [since === "" ? "no frames" : `no frames for ${since}`, why].filter(Boolean).join("; "),
        stale: true,
      };
    case "finished":
      return { word: "finished", tone: "done", detail: ended(series), stale: false };
    case "aborted":
      return { word: "aborted", tone: "warn", detail: ended(series), stale: false };
  }
}

export const SHAPE_ABOUT: Readonly<Record<SeriesInfo["shape_from"], string>> = {
  flag: "from the command line",
  operator: "set by an operator",
  stream: "from the stream",
  config: "from the configuration",
  guess: "guessed from the number of frames",
};
