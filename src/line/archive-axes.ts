import type { ArchiveAbout, ArchiveAxis, ArchiveBin } from "../core/archive.js";
import type { SeriesBegin } from "../core/detector.js";
import type { FrameKind } from "../core/frame.js";
import type { ScanGrid } from "../core/scan.js";
import type { SeriesNeeds } from "./series-needs.js";
import { combineMasks, countLimits } from "./series-options.js";

export interface ArchivedFacts {
  readonly begin: SeriesBegin;
  readonly frame: FrameKind;
  readonly grid: ScanGrid;
  /** The frames themselves are the patterns. */
  readonly raw: boolean;
  /** px; null: not known yet. */
  readonly beam: { readonly row: number; readonly col: number } | null;
}

/** nm from the first position, or from that of the scan which this one is a part of; without a step in positions. */
function scanAxis(step: number, origin: number): ArchiveAxis {
  return step > 0 ? { scale: step, offset: origin * step, units: "nm" } : { scale: 1, offset: origin, units: "px" };
}

/** 1/Å from the beam, or px of the detector; of bins their middle. */
function detectorAxis(pixel: number | null, centre: number | null, bin: number): ArchiveAxis {
  const middle = (bin - 1) / 2;
  if (pixel === null) return { scale: bin, offset: middle, units: "px" };
  return { scale: bin * pixel, offset: (middle - (centre ?? 0)) * pixel, units: "1/Å" };
}

/** What the patterns of an archive are, as far as it is known. */
export function archiveAbout(
  { begin, frame, grid, raw, beam }: ArchivedFacts,
  bin: ArchiveBin,
  { calibration, detector }: Pick<SeriesNeeds, "calibration" | "detector">,
): ArchiveAbout {
  const { pixel_size_inv_angstrom: pixel, energy_kev, centre } = calibration;
  const at = centre ?? beam;
  const [row, column] = begin.scan.origin ?? [0, 0];
  const { height, width, type } = frame;
  return {
    signal: raw ? "raw" : "denoised",
    frame: { height, width, type },
    ...countLimits(type, begin),
    axes: [
      scanAxis(grid.step, row),
      scanAxis(grid.step, column),
      detectorAxis(pixel, at?.row ?? null, bin),
      detectorAxis(pixel, at?.col ?? null, bin),
    ],
    energy: energy_kev,
    mask: combineMasks(frame, begin.mask, detector.mask).mask,
  };
}
