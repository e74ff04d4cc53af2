/** Polar bins of the line. */
export const POLAR = { rings: 32, sectors: 64 } as const;

/** The first ring begins so many bright-field radii from the beam: nothing of the direct beam is in it. */
const INNER_RADII = 1.3;
/** At most this share of the way to the edge of the detector, where the disk is large. */
const INNER_MOST = 0.5;
/** The last ring ends so far from the nearest edge, px: the beam wanders. */
const MARGIN = 2;
/** The last ring is no larger, px along its longer axis: beyond, there is no table of bins. */
const OUTER_MOST = 2040;

/** Polar bins as the kernels take them. */
export interface PolarExtent {
  readonly rings: number;
  readonly sectors: number;
  /** Where the first ring begins and the last one ends, px. */
  readonly inner: number;
  readonly outer: number;
  readonly ratio: number;
  readonly angle: number;
}

/** Polar bins for frames of a size and a bright-field radius, px; `ellipse`: major over minor axis, and the angle of the major axis, rad. */
export function polarExtent(
  { height, width }: { readonly height: number; readonly width: number },
  radius: number,
  [ratio, angle]: readonly [number, number],
): PolarExtent {
  const outer = Math.max(1, Math.min(Math.min(height, width) / 2 - MARGIN, OUTER_MOST / Math.sqrt(ratio)));
  return { ...POLAR, inner: Math.min(INNER_RADII * radius, INNER_MOST * outer), outer, ratio, angle };
}
