import type { DetectorArea } from "../../src/core/virtual-detector.js";

/** How the detector is mounted: flips, then the transpose. */
export interface Mounting {
  readonly flipRows: boolean;
  readonly flipCols: boolean;
  readonly transpose: boolean;
}
export const AS_SENT: Mounting = { flipRows: false, flipCols: false, transpose: false };

/** An area as it lies on the pattern as sent: angles of areas are those of the mounted detector. */
export function sentArea(area: DetectorArea, { flipRows, flipCols, transpose }: Mounting): DetectorArea {
  if (area.sector === null) return area;
  let { from, to } = area.sector;
  // Each of them is a mirror: the ends change places.
  const mirror = (about: number): void => {
    [from, to] = [about - to, about - from];
  };
  if (transpose) mirror(Math.PI / 2);
  if (flipCols) mirror(Math.PI);
  if (flipRows) mirror(0);
  return { ...area, sector: { ...area.sector, from, to } };
}
