import type { ArchiveInfo } from "./archive.js";
import type { DenoiseStats } from "./denoise.js";
import type { LayerClaim, LayerDtype, LayerKind } from "./map-layer.js";
import type { ShapeSource } from "./scan.js";
import type { SeriesDetector } from "./virtual-detector.js";

export const SERIES_STATES = ["waiting", "live", "catching_up", "stalled", "finished", "aborted"] as const;
export type SeriesState = (typeof SERIES_STATES)[number];
export const isOver = (s: SeriesState): boolean => s === "finished" || s === "aborted";

/**
 * The account of a series (contract §5). received = placed + duplicate + skipped + beyond + malformed.
 * lost: ids never received up to the last expected id of a series that ended normally, else up to the highest id seen;
 * not_sent: the rest of expected. `expected` is null where neither the stream nor the scan tells.
 */
export interface FrameAccount {
  expected: number | null;
  received: number;
  placed: number;
  duplicate: number;
  skipped: number;
  beyond: number;
  malformed: number;
  out_of_order: number;
  lost: number;
  not_sent: number;
}

export interface LayerInfo {
  readonly name: string;
  readonly kind: LayerKind;
  readonly claim: LayerClaim;
  readonly dtype: LayerDtype;
  readonly shape: readonly number[];
  readonly unit: string;
  readonly revision: number;
  readonly about: string;
  /** What people call it, where its name does not say it. */
  readonly title?: string | undefined;
  /** Names of the channels, where each is a map of its own. */
  readonly parts?: readonly string[] | undefined;
}

interface Corrected {
  readonly label: number;
  readonly grain: number;
}

/** Parts of the positions with a class whose class, or grain, became another one, 0..1: as they are shown, in the newest update of the maps. */
export interface SeriesChurn extends Corrected {
  readonly updates: number;
  /** In the largest update after the first fifth of the rows; null: there was none. */
  readonly most: Corrected | null;
  /** The same as they are known, shown or not. */
  readonly known: Corrected & { readonly most: Corrected | null };
  /** Positions that are shown as they were known before: their correction waits for another update. */
  readonly waiting: number;
}

/** How frames were measured: which way is chosen by the occupancy that was measured of the series, and of a frame that differs. Values do not depend on it. */
export interface FrameWays {
  /** Frames measured; those that were measured again are counted again. */
  readonly measured: number;
  /** Of these: from the bits of the packed frame, never decoded. */
  readonly sparse: number;
}

/** What HTTP and WebSocket say of a series (contract §5); names as on the wire. */
export interface SeriesInfo {
  readonly id: string;
  readonly source: string;
  readonly protocol: string;
  readonly wire_series: number | null;
  readonly wire_unique_id: string | null;
  readonly parent: string | null;
  readonly state: SeriesState;
  /** Why it ended or stalls; what people should know. */
  readonly reason: string | null;
  readonly shape: readonly [rows: number, columns: number];
  readonly shape_from: ShapeSource;
  readonly frames: FrameAccount;
  readonly layers: readonly LayerInfo[];
  /** Additions of ours. */
  readonly seq: number;
  readonly order: string;
  readonly step_nm: number | null;
  readonly frame_shape: readonly [height: number, width: number] | null;
  readonly frame_type: string | null;
  readonly channel: string;
  readonly begun: string;
  readonly ended: string | null;
  /** Newest row of which an image came, and rows whose images are all measured or missing, in scan order; -1 and 0 before. */
  readonly newest_row: number;
  readonly settled_rows: number;
  /** Beam centre and bright-field radius of the newest fit, px; null before. */
  readonly beam: { readonly row: number; readonly col: number; readonly radius: number } | null;
  readonly hot_pixels: number;
  readonly ways: FrameWays;
  readonly denoise: DenoiseStats;
  /** Virtual detectors that people have placed, and from which line of the scan on each counts. */
  readonly virtual_detectors: readonly SeriesDetector[];
  /** How much of the shown classes and grains is corrected; null: nothing is shown. */
  readonly churn: SeriesChurn | null;
  /** null: the series is not archived. */
  readonly archive: ArchiveInfo | null;
  readonly calibration: { readonly pixel_size_inv_angstrom: number | null; readonly energy_kev: number | null };
}
