import type { ClustersView, ComponentChange, ComponentsView, Explanation } from "./components.js";
import type { PatternMade } from "./denoise.js";
import type { FrameKind, FrameShape, PixelArray } from "./frame.js";
import type { MapLayer } from "./map-layer.js";
import type { SeriesInfo } from "./series.js";
import type { DetectorProfile, NewDetector, VirtualDetector } from "./virtual-detector.js";
import type { LogEvent, Stats } from "./wire.js";

/** A series as sinks see it: read only. */
export interface SeriesView {
  readonly id: string;
  /** Store updates so far; a client that has seen `seq` misses every row whose rowSeq is above it. */
  readonly seq: number;
  info(): SeriesInfo;
  layers(): readonly MapLayer[];
  /** As it is: rows whose rowSeq is 0 hold nothing yet, not even "no result". */
  layer(name: string): MapLayer | undefined;
  /** With every row. */
  wholeLayer(name: string): MapLayer | undefined;
}

/** The map store as sinks see it. */
export interface MapsView {
  /** Kept series, oldest first. */
  series(): readonly SeriesView[];
  /** "gone": was there, is out of keep_series. */
  get(id: string): SeriesView | "gone" | undefined;
  latest(): SeriesView | undefined;
  /** Called after every store update, with the series that changed (tiles, state or account). Returns the way to stop. */
  onChange(listener: (series: SeriesView) => void): () => void;
}

/** An image for people: [height, width]. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly pixels: PixelArray;
}
/** A denoised pattern, and how it was made; polar ones have no variants. */
export interface DenoisedPattern extends Image {
  readonly made?: PatternMade;
}
export const SUMMARY_KINDS = ["mean", "max", "variance"] as const;
/**
 * raw: in the wire's type, untouched. polar: float32 counts [rings, sectors] about the followed beam, angle from +col towards +row.
 * denoised: float32 expected counts [height, width], NaN at masked pixels. polar_denoised: polar counts averaged over neighbours.
 * match: float32 counts [height, width] that the components of the position predict, NaN at masked pixels, in the direct beam and beyond the last ring.
 */
export const PATTERN_KINDS = ["raw", "polar", "denoised", "polar_denoised", "match"] as const;
export type PatternKind = (typeof PATTERN_KINDS)[number];
export type SummaryKind = (typeof SUMMARY_KINDS)[number];

export type PatternAnswer = DenoisedPattern | "gone" | "none" | { readonly off: string };

/** What has to be known to read the frames of a series. */
export interface FramesAbout extends FrameKind {
  readonly series: string;
  readonly rows: number;
  readonly columns: number;
  /** Pixel values that are data, inclusive. */
  readonly low: number;
  readonly high: number;
  /** Pixels that are masked, hot or dead, as far as is known. */
  readonly masked: readonly number[];
}
/** Frames of a scan row that are kept, as they came. */
export interface KeptRow {
  readonly shapes: readonly FrameShape[];
  /** Of each frame its column, its number in `shapes` and its bytes, by column; several of one position follow each other. */
  readonly frames: readonly (readonly [column: number, shape: number, bytes: number])[];
  /** One behind the other. */
  readonly payloads: Uint8Array;
  /** From which column on there may be more: an answer has 64 MiB, or one frame more. null: the row is complete. */
  readonly next: number | null;
}

/** Questions that the line answers for sinks. */
export interface LineView {
  /** Frame of a position. "gone": no longer kept; "none": nothing came, is measured, or has a class yet; off: why the series has none of this kind. */
  pattern(series: string, row: number, column: number, kind: PatternKind): Promise<PatternAnswer>;
  /** How the frames of a series are to be read, and those of a row, from a column on. "none": no frame has come. */
  frames(series: string): FramesAbout | "none";
  keptRow(series: string, row: number, from: number): KeptRow | "none";
  /** The model that patterns of a series are made with last, as a file. "none": they are made without. */
  model(series: string): Uint8Array | "none";
  /** float32; NaN where no frame had a valid pixel. */
  summary(series: string, kind: SummaryKind): Promise<Image | "none">;
  /** Classes and grains as they are known now; off: why there are none. */
  components(series: string): Promise<ComponentsView | { readonly off: string }>;
  /** Clusters of the components that are nearer to each other than a distance. */
  clusters(series: string, distance: number): Promise<ClustersView | { readonly off: string }>;
  /** Which components explain the frame of a position. "none": it has no class yet. */
  explanation(series: string, row: number, column: number): Promise<Explanation | "none" | { readonly off: string }>;
  /** What the operator says of a component holds for all series of the session; frozen for this one and those to come. "none": there is no such component. */
  changeComponent(series: string, id: number, change: ComponentChange): Promise<"done" | "none">;
  /** Shows components as one from now on: the lowest id stays. "none": one of them does not exist. */
  joinComponents(series: string, ids: readonly number[]): Promise<"done" | "none">;
  /** Virtual detectors of the session. */
  virtualDetectors(): readonly VirtualDetector[];
  /** Counts from the next line of each scan on. Faults: bad-usage. */
  addDetector(detector: NewDetector): VirtualDetector;
  /** "none": there is none. */
  removeDetector(id: string): "done" | "none";
  /** How likely the counts of each ring are for a component of a series. "none": there is no such component. */
  profileOf(series: string, component: number): Promise<DetectorProfile | "none" | { readonly off: string }>;
  /** The classes of the session as a file, `.bscomp`. */
  library(): Promise<Uint8Array>;
  /** Places the kept frames of a series again on another grid. */
  reshape(series: string, rows: number, columns: number): Promise<void>;
  stats(): Stats;
  /** Newest last. */
  events(): readonly LogEvent[];
  onStats(listener: (stats: Stats) => void): () => void;
  onEvent(listener: (event: LogEvent) => void): () => void;
}

export interface SinkRun {
  close(): Promise<void>;
}
