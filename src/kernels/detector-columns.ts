import { POLAR, type PolarExtent } from "../core/polar.js";
import { type DetectorArea, isArea, MOST_DETECTORS, type VirtualDetector } from "../core/virtual-detector.js";

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

/** Polar bins whose middle lies in an area. */
function insideOf({ inner, outer, sector }: DetectorArea, extent: PolarExtent, orient: Orient): (ring: number, sector: number) => boolean {
  const step = (extent.outer - extent.inner) / POLAR.rings;
  const turn = sector === null ? 0 : (2 * Math.PI) / sector.fold;
  return (ring, at) => {
    const middle = extent.inner + (ring + 0.5) * step;
    if (middle < inner || middle >= outer) return false;
    if (sector === null) return true;
    const sent = (2 * Math.PI * (at + 0.5)) / POLAR.sectors;
    const [row, col] = orient(Math.sin(sent), Math.cos(sent));
    const beyond = (Math.atan2(row, col) - sector.from) % turn;
    return (beyond < 0 ? beyond + turn : beyond) < sector.to - sector.from;
  };
}

/** Whole weights of a detector into its column; what results are to be multiplied with. */
function fill({ what }: VirtualDetector, extent: PolarExtent, orient: Orient, weights: Float32Array, column: number): number {
  const inside = isArea(what) ? insideOf(what, extent, orient) : null;
  const rings = isArea(what) ? [] : what.rings;
  const most = rings.reduce((m, w) => Math.max(m, Math.abs(w)), 0);
  const unit = inside ? 1 : most / MOST_WEIGHT;
  let bins = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const ring = Math.floor(bin / POLAR.sectors);
    const weight = inside ? Number(inside(ring, bin % POLAR.sectors)) : Math.round((rings[ring] ?? 0) / (unit || 1));
    weights[bin * MOST_DETECTORS + column] = weight;
    if (weight !== 0) bins++;
  }
  return bins === 0 ? Number.NaN : unit;
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
