import type { SeriesMaps } from "../maps/store.js";
import type { FrameSource } from "./denoise-frames.js";
import type { LanePool } from "./lane-pool.js";
import type { LaneSeries } from "./messages.js";

/** What the components of a series on a grid need, and whom they tell. */
export interface ComponentOptions extends Omit<FrameSource, "centreOf"> {
  readonly about: LaneSeries;
  /** Classes that there may be. */
  readonly most: number;
  readonly maps: SeriesMaps;
  readonly revisionBase: number;
  readonly pool: Pick<LanePool, "askLister" | "askComponents">;
  /** Holds every segment with an image below `end`: serials by slot; null where one is gone. */
  readonly hold: (end: number) => ReadonlyMap<number, number> | null;
  /** Earlier series are classified. */
  readonly mayGoOn: () => boolean;
  readonly onRow: (ms: number, frames: number) => void;
  /** Frames that a row was taken without, because they were no longer kept, or are no counts. */
  readonly onMissed: (frames: number) => void;
  /** Rows before this one are taken again, with what is better known. */
  readonly onAgain: (row: number) => void;
  /** The rings of the specimen lie on an ellipse, which is undone from now on, and for the rows so far. */
  readonly onEllipse: (ratio: number, angle: number) => void;
  /** The scan is given up, because newer ones wait: so many positions have not been classified. */
  readonly onCut: (positions: number) => void;
  /** Rows from this one on are not classified: there is no memory for their events. */
  readonly onFull: (row: number) => void;
  /** There are classes of earlier scans, but none of this camera length. */
  readonly onStrange: () => void;
  /** There would be more classes than there may be. */
  readonly onLimited: () => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}
