import type { FrameShape, PixelType } from "./frame.js";
import type { ScanOrder } from "./scan.js";

/** Why a message made no frame although it should have. Counted, logged once per burst, never fatal. */
export const MALFORMED_REASONS = [
  "empty",
  "too-large",
  "bad-envelope",
  "missing-field",
  "missing-part",
  "bad-field",
  "bad-shape",
  "bad-type",
  "bad-encoding",
  "size-mismatch",
  "truncated",
  "corrupt",
  "incomplete",
  "wrong-frame",
  "missing-channel",
] as const;
export type MalformedReason = (typeof MALFORMED_REASONS)[number];

/** Why a message was passed over without being at fault. */
export const IGNORED_REASONS = ["other-type", "orphan", "foreign", "stale-end"] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** What the stream itself says about the scan (contract §3, user data). Unknown keys are dropped. */
export interface StreamScan {
  readonly shape?: readonly [rows: number, columns: number];
  readonly order?: ScanOrder;
  readonly lineSkip?: number;
  readonly lineSkipAt?: "start" | "end";
  readonly skipStart?: number;
  readonly stepNm?: number;
  readonly parent?: string;
  readonly origin?: readonly [row: number, column: number];
}

/** The begin of a series, as far as the wire tells. `null`: the wire does not say. */
export interface SeriesBegin {
  /** Unique on one socket: wire number and wire unique id together. */
  readonly key: string;
  readonly wireSeries: number | null;
  readonly wireUniqueId: string | null;
  /** Images announced. */
  readonly expected: number | null;
  readonly channels: readonly string[];
  /** The channel that drives the maps. */
  readonly channel: string;
  readonly height: number | null;
  readonly width: number | null;
  readonly type: PixelType | null;
  /** Pixels that carry no data: non-zero is masked. Length height * width. */
  readonly mask: Uint8Array | null;
  /** Flat field, float32, kept for people and archives; not applied. */
  readonly flatfield: Float32Array | null;
  /** Counts at and above this are not data. */
  readonly saturation: number | null;
  /** A value that marks a pixel without data. */
  readonly errorValue: number | null;
  readonly scan: StreamScan;
  /** Everything else the header said, JSON-safe, for people and provenance. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Begun by the first frame because the protocol has no begin. */
  readonly implied: boolean;
}

/** One channel of one image. A loan: valid until the reader is called again. */
export interface WireFrame {
  key: string;
  image: number;
  channel: string;
  /** This is the channel that drives the maps. */
  drives: boolean;
  shape: FrameShape;
  /** The packed pixels are `length` bytes of these from `from` on: of the message, or of the memory that it lies in. */
  bytes: Uint8Array;
  from: number;
  length: number;
  /** False: the detector says that packets were lost; placed, but marked. */
  complete: boolean;
}

/** The packed pixels of a frame: a view. */
export const payloadOf = ({ bytes, from, length }: WireFrame): Uint8Array =>
  from === 0 && length === bytes.length ? bytes : bytes.subarray(from, from + length);

/** Where a reader puts what it finds, in order. */
export interface ArrivalSink {
  begin(begin: SeriesBegin): void;
  frame(frame: WireFrame): void;
  /** `key` as of the begin message. */
  end(key: string): void;
  ignored(reason: IgnoredReason, detail: string): void;
  /** `key`, `image`: null where the message does not tell. */
  malformed(reason: MalformedReason, detail: string, key: string | null, image: number | null): void;
}

/** Turns messages into arrivals. Pure: no socket, no clock. Never throws on any input; allocates no more than the message announces and carries. */
export interface MessageReader {
  /** The parts are a loan, array and bytes, until the call returns; what is kept must be copied. */
  read(parts: readonly Uint8Array[], sink: ArrivalSink): void;
  /**
   * The same for a message of one part, which is `length` of these bytes from `from` on, where that can be done without making anything per
   * message. False, or no such method: nothing was told, `read` has to.
   */
  readAt?(bytes: Uint8Array, from: number, length: number, sink: ArrivalSink): boolean;
  /** The line has closed the open series (count, silence): an implied series may begin with the next frame. */
  closed(): void;
}

export interface ReaderOptions {
  /** Channel that drives the maps; undefined: the first announced. */
  readonly channel?: string;
}

/** One wire protocol. */
export interface Detector {
  readonly name: string;
  readonly about: string;
  /** Socket type that the protocol's senders expect at our side. */
  readonly socket: "pull" | "sub";
  open(options: ReaderOptions): MessageReader;
}
