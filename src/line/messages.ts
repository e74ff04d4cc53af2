import type { IgnoredReason, MalformedReason, SeriesBegin } from "../core/detector.js";
import type { FrameShape, PixelType } from "../core/frame.js";
import type { DetectorSet } from "../core/virtual-detector.js";
import type { LinkFault, LinkState } from "../core/wire.js";
import type { BatchColumns } from "./batch.js";
import type { Desk } from "./desk.js";
import type { Mount } from "./mount.js";

/** What the ingest lane posts to the main thread, in the order of the wire. */
export type IngestMessage =
  | { readonly kind: "buffer"; readonly slot: number; readonly buffer: SharedArrayBuffer }
  /** Memory for batches of frames. */
  | { readonly kind: "batch"; readonly batch: number; readonly buffer: SharedArrayBuffer }
  | { readonly kind: "open"; readonly endpoint: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "link"; readonly state: LinkState }
  /** A connection was given up; it is tried again. */
  | { readonly kind: "trouble"; readonly fault: LinkFault; readonly message: string }
  | { readonly kind: "begin"; readonly series: number; readonly begin: SeriesBegin }
  | FramesMessage
  /** The end message of the wire, or the reader's word that a series is superseded. */
  | { readonly kind: "end"; readonly series: number; readonly how: "end" | "superseded" }
  | {
      readonly kind: "malformed";
      readonly series: number | null;
      readonly reason: MalformedReason;
      readonly detail: string;
      readonly images: readonly number[];
      readonly count: number;
    }
  | { readonly kind: "ignored"; readonly reason: IgnoredReason; readonly detail: string; readonly count: number }
  /** The slab has no room and the socket is not being read. */
  | { readonly kind: "full"; readonly full: boolean }
  | { readonly kind: "closed" };

/** Frames of one series; their columns are in a batch. */
export interface FramesMessage {
  readonly kind: "frames";
  readonly series: number;
  readonly batch: number;
  readonly count: number;
  readonly shapes: readonly FrameShape[];
  readonly bytes: number;
  /** ms of the ingest lane for them, the socket's own threads apart. */
  readonly ms: number;
  /** performance.timeOrigin + performance.now() of the first frame, ms. */
  readonly at: number;
  readonly slabBytes: number;
}

/** Frames with their columns. */
export type ReceivedFrames = FramesMessage & BatchColumns;

export type IngestOrder =
  /** Stop taking frames of this series: it was ended by count or silence. */
  { readonly kind: "close"; readonly series: number } | { readonly kind: "stop" };

/** What a lane knows of a series. */
export interface LaneSeries {
  readonly series: number;
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  readonly low: number;
  readonly high: number;
  /** How the detector is mounted. */
  readonly mount: Mount;
  /** Major over minor axis of the diffraction pattern, and the angle of the major axis, rad. */
  readonly ellipse: readonly [number, number];
}

/** A chunk of frames as a pixel lane sees it; its columns are on a desk. */
export interface LaneTask {
  readonly series: number;
  /** Number of the desk. */
  readonly desk: number;
  readonly count: number;
  /** Release the frames afterwards. */
  readonly release: boolean;
  /** Features as well, not just the measures. */
  readonly features: boolean;
  readonly mask: MaskVersion;
  readonly detectors: DetectorVersion;
  /** Of each frame, or of all where they are one. */
  readonly shape: readonly FrameShape[];
  readonly radius: number;
}
/** Masked pixels change rarely: sent along only to lanes that do not have the version. */
export interface MaskVersion {
  readonly version: number;
  readonly mask?: Uint8Array | null;
}
/** So do virtual detectors. */
export interface DetectorVersion extends Pick<DetectorSet, "version"> {
  readonly slots?: DetectorSet["slots"];
}

/** What the lane answers; the rest is on the desk. */
export interface LaneAnswer {
  /** ms of the lane's time for the whole chunk. */
  readonly ms: number;
  /** Frames of it that were measured from their bits, never decoded. */
  readonly sparse: number;
}

/** What the main thread keeps of a chunk while a lane has it. */
export interface Chunk {
  /** Line that the frames are scheduled with. */
  readonly line: number;
  readonly epoch: number;
  /** When the first of them was received, ms since 1970; 0: long ago, or they are measured again. */
  readonly received: number;
  /** scout: sum only, and into the summary. now: newly received. later: was put off. again: measured before, with an older epoch. */
  readonly when: "scout" | "now" | "later" | "again";
  readonly features: boolean;
  readonly detectors: DetectorSet;
  readonly count: number;
  readonly desk: Desk;
}
/** A measured chunk. */
export interface LaneResult extends LaneAnswer {
  readonly chunk: Chunk;
}
