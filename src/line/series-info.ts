import type { ArchiveInfo } from "../core/archive.js";
import { NOT_DENOISED } from "../core/denoise.js";
import type { SeriesBegin } from "../core/detector.js";
import type { FrameShape } from "../core/frame.js";
import type { SeriesInfo, SeriesState } from "../core/series.js";
import type { EndKind } from "./ending.js";
import type { ScanPlan } from "./scan-plan.js";
import type { SeriesAccount } from "./series-account.js";
import type { SeriesNeeds } from "./series-needs.js";
import type { SeriesWork } from "./series-work.js";

export interface SeriesEnd {
  readonly how: EndKind;
  /** ms since 1970. */
  readonly at: number;
  readonly normal: boolean;
  readonly reason: string | null;
}

/** What is to be told of a series. */
export interface SeriesFacts {
  readonly id: string;
  readonly begin: SeriesBegin;
  /** ms since 1970. */
  readonly begun: number;
  readonly state: SeriesState;
  readonly plan: ScanPlan;
  readonly account: SeriesAccount;
  readonly frame: FrameShape | null;
  readonly work: SeriesWork | null;
  readonly ending: SeriesEnd | null;
  /** Why nothing moves; null: it does. */
  readonly stalled: string | null;
  readonly over: boolean;
  readonly newestRow: number;
  readonly archive: ArchiveInfo | null;
}

/** Rows of which every image has come or is missing, and has been measured, in scan order. A refit may still measure them again. */
function settledRows(s: SeriesFacts): number {
  const { grid } = s.plan;
  if (s.over && s.ending?.normal) return grid.rows;
  // A listed scan may come back to a row.
  return grid.order === "positions" ? 0 : (s.work?.measures.finishedLines ?? 0);
}

/** What HTTP and WebSocket say of a series. */
export function describeSeries(
  s: SeriesFacts,
  n: Pick<SeriesNeeds, "source" | "protocol" | "calibration">,
): Omit<SeriesInfo, "layers" | "seq"> {
  const { grid, from } = s.plan;
  const beam = s.work?.measures.known.beam ?? null;
  return {
    id: s.id,
    source: n.source,
    protocol: n.protocol,
    wire_series: s.begin.wireSeries,
    wire_unique_id: s.begin.wireUniqueId,
    parent: s.begin.scan.parent ?? null,
    state: s.state,
    reason: s.ending ? s.ending.reason : s.stalled,
    shape: [grid.rows, grid.columns],
    shape_from: from,
    frames: s.account.account(),
    order: grid.order,
    step_nm: grid.step > 0 ? grid.step : null,
    frame_shape: s.frame ? [s.frame.height, s.frame.width] : null,
    frame_type: s.frame?.type ?? null,
    channel: s.begin.channel,
    begun: new Date(s.begun).toISOString(),
    ended: s.ending ? new Date(s.ending.at).toISOString() : null,
    newest_row: s.newestRow,
    settled_rows: settledRows(s),
    beam: beam ? { row: beam.row, col: beam.col, radius: beam.radius } : null,
    denoise: s.work?.denoising ?? NOT_DENOISED,
    virtual_detectors: s.work?.measures.detectors.list ?? [],
    churn: s.work?.churn ?? null,
    archive: s.archive,
    ways: s.work?.measures.ways ?? { measured: 0, sparse: 0 },
    hot_pixels: s.work?.measures.known.hotPixels ?? 0,
    calibration: { pixel_size_inv_angstrom: n.calibration.pixel_size_inv_angstrom, energy_kev: n.calibration.energy_kev },
  };
}
