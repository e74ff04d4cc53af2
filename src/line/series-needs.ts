import type { Config } from "../config/index.js";
import type { ComponentsView } from "../core/components.js";
import type { PatternsWanted } from "../core/denoise.js";
import type { SeriesInfo } from "../core/series.js";
import type { EventLevel } from "../core/wire.js";
import type { ArchiveLane } from "./archive-lane.js";
import type { ComponentBook } from "./component-book.js";
import type { DetectorBook } from "./detector-book.js";
import type { IndexShelf } from "./image-index.js";
import type { LanePool } from "./lane-pool.js";
import type { ModelFile } from "./load-model.js";
import type { LaneResult } from "./messages.js";
import type { PatternCache } from "./pattern-cache.js";
import type { ScanSettings } from "./scan-plan.js";
import type { SlabReader } from "./slab.js";

export interface DetectorMask {
  readonly height: number;
  readonly width: number;
  /** Non-zero is masked. */
  readonly pixels: Uint8Array;
}

/** What a series needs to know of the configuration. */
export interface SeriesSettings {
  /** s that the newest line may be behind before positions are put off. */
  readonly mostLag: number;
  /** How patterns are denoised. */
  readonly denoise: "auto" | "off" | "neighbour" | "model";
  /** Whether patterns of every position are made. */
  readonly patterns: PatternsWanted;
  /** Most components; 0: none are looked for. */
  readonly mostComponents: number;
  readonly scan: ScanSettings;
  readonly detector: {
    readonly mask: DetectorMask | null;
    readonly flipRows: boolean;
    readonly flipCols: boolean;
    readonly transpose: boolean;
  };
  readonly calibration: SeriesInfo["calibration"] & {
    /** Major over minor axis, and the angle of the major axis, rad. */
    readonly ellipse: readonly [number, number];
    readonly centre: { readonly row: number; readonly col: number } | null;
    readonly radius: number | null;
  };
  readonly source: string;
  readonly protocol: string;
  /** The channel that the operator wants; null: the first announced. */
  readonly channel: string | null;
}

/** The configuration, with the files that it names. */
export interface LineConfig {
  readonly config: Config;
  readonly scan: ScanSettings;
  readonly mask: DetectorMask | null;
}

export function settingsOf({ config, scan, mask }: LineConfig): SeriesSettings {
  const { beam_center, bf_radius_px, pixel_size_inv_angstrom, energy_kev, ellipse } = config.calibration;
  const { flip_rows, flip_cols, transpose } = config.detector;
  return {
    mostLag: config.lanes.most_lag_s,
    denoise: config.denoise.method,
    // What is archived is denoised as a whole.
    patterns: config.archive.directory === null ? config.denoise.patterns : "all",
    mostComponents: config.components.max,
    scan,
    source: config.source.endpoint,
    protocol: config.source.protocol,
    channel: config.source.channel,
    detector: { mask, flipRows: flip_rows, flipCols: flip_cols, transpose },
    calibration: {
      pixel_size_inv_angstrom,
      energy_kev,
      ellipse,
      centre: beam_center ? { row: beam_center[0], col: beam_center[1] } : null,
      radius: bf_radius_px,
    },
  };
}

export interface SeriesArchives {
  readonly lane: ArchiveLane;
  /** Configuration and versions, for every archive. */
  readonly facts: object;
  /** Classes of a series as they are known now; null: there are none. */
  readonly components: (series: string) => Promise<ComponentsView | null>;
}

/** What a series needs of the rest of the line. */
export interface SeriesNeeds extends SeriesSettings {
  readonly pool: LanePool;
  readonly indexShelf: IndexShelf;
  /** The memory for frames is full, and reading waits. */
  readonly memoryFull: () => boolean;
  /** Nothing of a newer series waits. */
  readonly mayCatchUp: (series: number) => boolean;
  /** Every earlier series is classified. */
  readonly mayClassify: (series: number) => boolean;
  readonly slab: SlabReader;
  /** Keeps patterns of positions. */
  readonly patternCache: PatternCache;
  /** The model that series begin with; null: none. */
  readonly model: ModelFile | null;
  readonly componentBook: ComponentBook;
  readonly virtualDetectors: DetectorBook;
  /** null: nothing is archived. */
  readonly archive: SeriesArchives | null;
  /** Something that happens once in a series. */
  readonly tell: (level: EventLevel, code: string, message: string, series: string) => void;
  /** Something that may happen with every frame. */
  readonly event: (level: EventLevel, code: string, message: string, series: string) => void;
  readonly onLost: (frames: number) => void;
  readonly onRow: () => void;
  /** Frames that could not be used, by reason. */
  readonly onMalformed: (reason: string) => void;
  readonly onDone: (r: LaneResult) => void;
  /** A row was denoised: ms of the lane, frames. */
  readonly onDenoised: (ms: number, frames: number) => void;
  /** Patterns were made that nobody has asked for: ms of the lane. */
  readonly onPatterns: (ms: number, patterns: number) => void;
  /** The same of components. */
  readonly onComponents: (ms: number, frames: number) => void;
  /** The account is closed, every frame is on the map. */
  readonly onOver: (id: string) => void;
  readonly onCrash: (e: unknown) => void;
}
