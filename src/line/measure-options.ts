import type { ScanGrid } from "../core/scan.js";
import type { SeriesMaps } from "../maps/store.js";
import type { DetectorBook } from "./detector-book.js";
import type { FrameSource } from "./gather-frames.js";
import type { LanePool } from "./lane-pool.js";
import type { LaneResult, LaneSeries } from "./messages.js";
import type { Mount } from "./mount.js";
import type { SlabReader } from "./slab.js";

/** What the measures of a series on a grid need, and whom they tell. */
export interface MeasureOptions {
  readonly about: LaneSeries;
  readonly grid: ScanGrid;
  readonly maps: SeriesMaps;
  readonly pool: LanePool;
  readonly slab: SlabReader;
  readonly source: FrameSource;
  readonly mask: Uint8Array | null;
  /** Mask versions of this series grow over all its grids. */
  readonly maskVersion: number;
  readonly centre: { readonly row: number; readonly col: number } | null;
  readonly radius: number | null;
  readonly mount: Mount;
  readonly virtualDetectors: DetectorBook;
  readonly revisionBase: number;
  /** s that the newest line may be behind before positions are put off. */
  readonly mostLag: number;
  /** Serial numbers by slot of the segments that all images below `end` lie in, held; null: they are gone. */
  readonly hold: (end: number) => ReadonlyMap<number, number> | null;
  /** The memory for frames is full. */
  readonly full: () => boolean;
  /** Nothing of a newer series waits: what was put off may be worked on. */
  readonly mayCatchUp: () => boolean;
  readonly onDamaged: (image: number, at: number, code: number) => void;
  /** An image came after its line was closed. */
  readonly onLate: (image: number) => void;
  readonly onClosed: (line: number) => void;
  readonly onFinished: (line: number) => void;
  readonly onDone: (result: LaneResult) => void;
  readonly onNote: (code: string, message: string) => void;
  /** The clock has decided how many positions are worked on at once from a line on. */
  readonly onOverload: (level: number, message: string) => void;
  /** So have people, by placing virtual detectors. */
  readonly onDetectors: (message: string) => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}
