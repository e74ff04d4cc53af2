import { POLAR, type PolarExtent } from "../core/polar.js";
import { type DetectorArea, isArea, isMoment, MOST_DETECTORS, type VirtualDetector } from "../core/virtual-detector.js";

/** Largest whole weight of a profile: with it no sum of all bins, 255 each, reaches 2^24 (fitsIntegers). */
const MOST_WEIGHT = 32;
const BINS = POLAR.rings * POLAR.sectors;

/** A column of the product for each detector. */
export interface DetectorColumns {
  /** Whole numbers [rings * sectors, MOST_DETECTORS]. */
  readonly weights: Float32Array;
  /** What each result is multiplied with; NaN: there is no such detector, or no bin in it. */
  readonly scale: Float64Array;
}
/** Turns a vector (row, col) of the detector as sent into the configured orientation. */
type Orient = (row: number, col: number) => readonly [number, number];

/** The weight of a polar bin: of its ring and sector. */
type Weight = (ring: number, sector: number) => number;

/** Row and col of the middle of a bin from the beam, px, in the configured orientation. */
function middleOf(ring: number, sector: number, extent: PolarExtent, orient: Orient): readonly [number, number] {
  const radius = extent.inner + ((ring + 0.5) * (extent.outer - extent.inner)) / POLAR.rings;
  const sent = (2 * Math.PI * (sector + 0.5)) / POLAR.sectors;
  return orient(radius * Math.sin(sent), radius * Math.cos(sent));
}

/** 1 where the middle lies in an area. */
function inArea({ inner, outer, sector }: DetectorArea, extent: PolarExtent, orient: Orient): Weight {
  const turn = sector === null ? 0 : (2 * Math.PI) / sector.fold;
  return (ring, at) => {
    const [row, col] = middleOf(ring, at, extent, orient);
    const radius = Math.hypot(row, col);
    if (radius < inner || radius >= outer) return 0;
    if (sector === null) return 1;
    const beyond = (Math.atan2(row, col) - sector.from) % turn;
    return Number((beyond < 0 ? beyond + turn : beyond) < sector.to - sector.from);
  };
}

function weightOf({ what }: VirtualDetector, extent: PolarExtent, orient: Orient): Weight {
  if (isArea(what)) return inArea(what, extent, orient);
  if (!isMoment(what)) return (ring) => what.rings[ring] as number;
  return (ring, sector) => {
    const [row, col] = middleOf(ring, sector, extent, orient);
    return row ** what.rows * col ** what.cols;
  };
}

/** Whole weights of a detector into its column; what results are to be multiplied with. */
function fill(detector: VirtualDetector, extent: PolarExtent, orient: Orient, weights: Float32Array, column: number): number {
  const weight = weightOf(detector, extent, orient);
  const exact = Float64Array.from({ length: BINS }, (_, bin) => weight(Math.floor(bin / POLAR.sectors), bin % POLAR.sectors));
  const most = exact.reduce((m, w) => Math.max(m, Math.abs(w)), 0);
  if (most === 0) return Number.NaN;
  const unit = isArea(detector.what) ? 1 : most / MOST_WEIGHT;
  for (let bin = 0; bin < BINS; bin++) weights[bin * MOST_DETECTORS + column] = Math.round((exact[bin] as number) / unit);
  return unit;
}

/** Weights of virtual detectors for the polar bins of a series. */
export function detectorColumns(slots: readonly (VirtualDetector | null)[], extent: PolarExtent, orient: Orient): DetectorColumns {
  const weights = new Float32Array(BINS * MOST_DETECTORS);
  const scale = new Float64Array(MOST_DETECTORS).fill(Number.NaN);
  for (const [column, detector] of slots.entries()) if (detector) scale[column] = fill(detector, extent, orient, weights, column);
  return { weights, scale };
}

/** Polar bins that count for a detector. */
export function detectorBins(detector: VirtualDetector, extent: PolarExtent, orient: Orient): number {
  const { weights } = detectorColumns([detector], extent, orient);
  return weights.reduce((n, w) => n + Number(w !== 0), 0);
}
