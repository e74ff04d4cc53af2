import type { IgnoredReason, MalformedReason, SeriesBegin } from "../core/detector.js";
import type { FrameShape, PixelType } from "../core/frame.js";
import type { LinkFault, LinkState } from "../core/wire.js";

/** What the ingest lane posts to the main thread, in the order of the wire. */
export type IngestMessage =
  | { readonly kind: "buffer"; readonly slot: number; readonly buffer: SharedArrayBuffer }
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

/** Frames of one series, columns of length `count`. */
export interface FramesMessage {
  readonly kind: "frames";
  readonly series: number;
  readonly count: number;
  readonly image: Float64Array;
  /** REF.width numbers per frame. */
  readonly ref: Int32Array;
  /** Index into `shapes`. */
  readonly shape: Uint8Array;
  readonly complete: Uint8Array;
  readonly shapes: readonly FrameShape[];
  readonly bytes: number;
  /** ms of the ingest lane for them, the socket's own threads apart. */
  readonly ms: number;
  /** performance.timeOrigin + performance.now() of the first frame, ms. */
  readonly at: number;
  readonly slabBytes: number;
}

export type IngestOrder =
  /** Stop taking frames of this series: it was ended by count or silence. */
  { readonly kind: "close"; readonly series: number } | { readonly kind: "stop" };

/** Turns of the image as sent into the configured orientation, in this order. */
export interface Mount {
  readonly flipRows: boolean;
  readonly flipCols: boolean;
  readonly transpose: boolean;
}

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

/** A chunk of frames as a pixel lane sees it. */
export interface LaneTask {
  readonly series: number;
  /** Release the frames afterwards. */
  readonly release: boolean;
  /** Features as well, not just the measures. */
  readonly features: boolean;
  readonly mask: MaskVersion;
  readonly count: number;
  /** REF.width numbers per frame; goes to the lane for good. */
  readonly ref: Int32Array<ArrayBuffer>;
  /** Of each frame, or of all where they are one. */
  readonly shape: readonly FrameShape[];
  /** Beam centre per frame: row, col pairs; px. */
  readonly centre: Float64Array;
  readonly radius: number;
  /** Non-zero per frame: into the summary. */
  readonly accumulate: Uint8Array;
}
/** Masked pixels change rarely: sent along only to lanes that do not have the version. */
export interface MaskVersion {
  readonly version: number;
  readonly mask?: Uint8Array | null;
}

/** What the lane answers. */
export interface LaneAnswer {
  /** 0, or a decoder's error code, per frame. */
  readonly status: Int8Array<ArrayBuffer>;
  /** ROW_WIDTH per frame: MEASURES, then features if they were asked for. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** ms of the lane's time for the whole chunk. */
  readonly ms: number;
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
  readonly count: number;
  readonly image: readonly number[];
  readonly at: Int32Array;
  readonly centre: Float64Array;
}
/** A measured chunk. */
export interface LaneResult extends LaneAnswer {
  readonly chunk: Chunk;
}
