import type { SeriesBegin } from "./detector.js";
import type { FrameKind, FrameShape } from "./frame.js";
import type { LayerSpec } from "./map-layer.js";
import type { ScanGrid } from "./scan.js";

/** Sides of a square of detector pixels that are one in the archive. */
export const ARCHIVE_BINS = [1, 2, 4] as const;
export type ArchiveBin = (typeof ARCHIVE_BINS)[number];

export const ARCHIVE_STATES = ["writing", "closed", "stopped"] as const;
/** The archive of one series; names as on the wire. */
export interface ArchiveInfo {
  readonly path: string;
  /** stopped: what was received from then on is not in it; it stays readable. */
  readonly state: (typeof ARCHIVE_STATES)[number];
  /** Why it was stopped. */
  readonly reason: string | null;
  readonly bytes: number;
}

/** Of the daemon. */
export interface ArchiveStats {
  readonly directory: string;
  /** On the disk; null: not known yet. */
  readonly free_bytes: number | null;
  /** Received, and still to be written. */
  readonly waiting_bytes: number;
  /** Of the newest series. */
  readonly newest: ArchiveInfo | null;
}

/** What the patterns of an archive are. `raw`: frames as they came; `denoised`: expected counts, float32. */
export type ArchiveSignal = "denoised" | "raw";

/** Evenly spaced: coordinate = offset + scale * index. */
export interface ArchiveAxis {
  readonly scale: number;
  readonly offset: number;
  readonly units: string;
}

/** What is known of the patterns of a series by now. */
export interface ArchiveAbout {
  readonly signal: ArchiveSignal;
  /** Of a frame as it comes. */
  readonly frame: FrameKind;
  /** Pixel values that are data, inclusive. */
  readonly low: number;
  readonly high: number;
  /** Scan rows, scan columns; detector rows, detector columns, binned. */
  readonly axes: readonly [ArchiveAxis, ArchiveAxis, ArchiveAxis, ArchiveAxis];
  /** keV; null: not known. */
  readonly energy: number | null;
  /** Pixels that are masked by stream or configuration: non-zero. */
  readonly mask: Uint8Array | null;
}

/** Columns of classes, as in ComponentsView; `text`: JSON of what is no array. */
export interface ArchivedComponents {
  readonly text: string;
  readonly polar: Float32Array;
  readonly count: number;
  /** px */
  readonly inner: number;
  readonly outer: number;
}

/** Rows of a map: [rows, columns, channels], whatever the layer is like in files. */
export interface ArchivedRows {
  readonly layer: LayerSpec;
  readonly rows: number;
  readonly columns: number;
  /** First row, which begins a chunk; and rows of a chunk. */
  readonly row: number;
  readonly chunk: number;
  readonly value: Float32Array | Int32Array | Uint8Array;
}

/** What the main thread asks of the thread that writes archives; `series`: its number in this daemon. */
export type ArchiveRequest =
  | { readonly kind: "buffer"; readonly slot: number; readonly buffer: SharedArrayBuffer }
  | { readonly kind: "batch"; readonly batch: number; readonly buffer: SharedArrayBuffer }
  | {
      readonly kind: "open";
      readonly series: number;
      readonly id: string;
      readonly begin: Omit<SeriesBegin, "flatfield">;
      readonly begun: string;
      readonly grid: ScanGrid;
    }
  /** Another grid: maps and patterns begin anew. */
  | { readonly kind: "layout"; readonly series: number; readonly grid: ScanGrid }
  | { readonly kind: "about"; readonly series: number; readonly about: ArchiveAbout }
  /** Frames of a batch, whose segments are held; to be let go as soon as they are copied. */
  | {
      readonly kind: "frames";
      readonly series: number;
      readonly batch: number;
      /** The number that the batch is laid out under. */
      readonly ticket: number;
      readonly count: number;
      readonly bytes: number;
      readonly shapes: readonly FrameShape[];
    }
  /** Patterns of positions of a row, in shared memory; null: there is none. */
  | {
      readonly kind: "patterns";
      readonly series: number;
      readonly row: number;
      readonly columns: readonly number[];
      readonly patterns: readonly (Float32Array | null)[];
      readonly final: boolean;
      readonly bytes: number;
    }
  | ({ readonly kind: "map"; readonly series: number } & ArchivedRows)
  /** Only these layers are left. */
  | { readonly kind: "layers"; readonly series: number; readonly names: readonly string[] }
  | ({ readonly kind: "components"; readonly series: number } & ArchivedComponents)
  /** JSON of the attributes of the group braggstream. */
  | { readonly kind: "provenance"; readonly series: number; readonly text: string }
  /** Frames are wanted back. */
  | { readonly kind: "recall"; readonly series: number; readonly images: readonly number[] }
  /** Everything has been told. */
  | { readonly kind: "finish"; readonly series: number }
  /** Nothing more is written of it. */
  | { readonly kind: "stop"; readonly series: number }
  | { readonly kind: "close" };

export type ArchiveReply =
  | { readonly kind: "opened"; readonly series: number; readonly path: string }
  | { readonly kind: "written"; readonly series: number; readonly bytes: number }
  | { readonly kind: "free"; readonly bytes: number }
  /** All patterns will take more than there is room for. */
  | { readonly kind: "tight"; readonly series: number; readonly needed: number; readonly free: number }
  /** Where the frames of the oldest recall lie; length -1: there is none. */
  | {
      readonly kind: "recalled";
      readonly series: number;
      readonly buffer: SharedArrayBuffer;
      readonly offset: Float64Array;
      readonly length: Int32Array;
    }
  | { readonly kind: "stopped"; readonly series: number; readonly reason: string }
  | { readonly kind: "closed"; readonly series: number };

/** Numbers that the two threads share: bytes and batches taken so far, modulo 2^32. */
export const ARCHIVE_DESK = { frameBytes: 0, otherBytes: 1, batches: 2, words: 3 } as const;

/** Tiers of the patterns in an archive. */
export const PATTERN_TIER = { none: 0, raw: 1, provisional: 2, final: 3 } as const;
