import type { ArchiveStats } from "./archive.js";
import type { DenoiseStats } from "./denoise.js";
import type { FrameAccount, SeriesInfo } from "./series.js";

export { DENOISE_VARIANTS, type DenoiseVariant } from "./denoise.js";

/** WebSocket protocol of contract §6: MessagePack maps, `t` names the kind. */
export const PROTOCOL_VERSION = 1;

export interface Hello {
  readonly t: "hello";
  readonly v: number;
  /** Layer names; empty: every layer. */
  readonly layers: readonly string[];
  readonly max_rate_hz: number;
  readonly since?: { readonly series: string; readonly seq: number };
}

export type TileDtype = "uint8" | "uint16" | "int32" | "float32";

/** Part of a map. `data`: little endian, C order, channels first [C, rows, cols]. */
export interface Tile {
  readonly t: "tile";
  readonly series: string;
  readonly layer: string;
  /** With this tile the client has every row up to here: what to send as `since`. Only the last tile of a round moves it on. */
  readonly seq: number;
  readonly revision: number;
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  readonly dtype: TileDtype;
  /** Integer-coded float layers: value = offset + scale * code, the highest code = no result. Else 1 and 0. */
  readonly scale: number;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly snapshot?: boolean;
}

export interface SeriesMessage extends SeriesInfo {
  readonly t: "series";
}

export type EventLevel = "info" | "warn" | "error";
export interface LogEvent {
  /** Grows by one per event of this daemon. */
  readonly id: number;
  /** ms since 1970 UTC. */
  readonly at: number;
  readonly level: EventLevel;
  /** Stable word, kebab-case. */
  readonly code: string;
  readonly message: string;
  readonly series: string | null;
}
export interface EventMessage extends LogEvent {
  readonly t: "event";
}

export interface StageStats {
  readonly name: string;
  /** Frames per second over the last second. */
  readonly rate: number;
  /** Frames waiting in front of the stage, -1: not known; and how many may wait, 0: no limit of its own that is known. */
  readonly depth: number;
  readonly capacity: number;
  /** Mean µs of CPU per frame over the last second. */
  readonly us_per_frame: number;
}

export type LinkState = "connecting" | "connected" | "disconnected";

/** Why a connection to a sender was given up. `old-peer`: speaks ZMTP 2 or older. `lost`: silent for too long, or left in the handshake. */
export const LINK_FAULTS = ["not-zmtp", "old-peer", "mechanism", "socket-type", "refused", "malformed", "too-large", "lost"] as const;
export type LinkFault = (typeof LINK_FAULTS)[number];

/** What is put off because frames come faster than they can be worked on. Of the newest series, unless said otherwise. */
export interface OverloadStats {
  /** One position in so many is measured at once, on a regular grid; 1: every position. */
  readonly measured_one_in: number;
  /** The same of its features. */
  readonly features_one_in: number;
  /** Frames that were put off, of all series: nothing of them is measured; they are measured, but without features. */
  readonly waiting_measures: number;
  readonly waiting_features: number;
  /** Until all that was received is on the maps; 0: nothing is behind; null: not while frames come at this rate. */
  readonly catch_up_s: number | null;
}

/** Once a second. Rates are over the last second. */
export interface Stats {
  readonly at: number;
  readonly uptime_s: number;
  readonly source: { readonly protocol: string; readonly endpoint: string; readonly state: LinkState };
  readonly frames_in_hz: number;
  readonly frames_done_hz: number;
  readonly bytes_in_hz: number;
  readonly newest_frame_age_s: number | null;
  /** Received and not yet on a map. */
  readonly backlog: number;
  readonly lag_rows: number;
  readonly overload: OverloadStats;
  readonly denoise: DenoiseStats;
  /** null: nothing is archived. */
  readonly archive: ArchiveStats | null;
  readonly stages: readonly StageStats[];
  /** slab: received frames. reserved: memory for them that the system has given already, used or not. */
  readonly memory: { readonly rss_mb: number; readonly slab_mb: number; readonly slab_limit_mb: number; readonly reserved_mb: number };
  readonly loop_lag_ms: number;
  readonly clients: number;
  /** Daemon-wide: messages that belong to no series. */
  readonly orphan: number;
  readonly foreign: number;
  readonly other: number;
  /** Of the newest series. */
  readonly account: FrameAccount | null;
}
export interface StatsMessage extends Stats {
  readonly t: "stats" /** This client receives thinned tiles. */;
  readonly reduced_rate?: boolean;
}

export type ServerMessage = SeriesMessage | Tile | EventMessage | StatsMessage;
