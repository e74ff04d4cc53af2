import { niceFloor, short } from "./numbers.js";

export interface ScaleBar {
  /** On the screen, px. */
  readonly length: number;
  readonly label: string;
}

/**
 * A bar of 1, 2 or 5 times a power of ten, at most `room` px long.
 * @param scale screen px per px of the picture
 * @param step units per px of the picture; null: not calibrated, the bar is in px
 */
export function scaleBar(scale: number, step: number | null, unit: string, room: number): ScaleBar | null {
  const known = step !== null && step > 0;
  const perUnit = scale / (known ? step : 1);
  if (!(perUnit > 0) || !(room > 0)) return null;
  const size = niceFloor(room / perUnit);
  if (!known && size < 1) return null;
  const wide = known && unit === "nm" && size >= 1000;
  return { length: size * perUnit, label: known ? `${wide ? `${short(size / 1000)} µm` : `${short(size)} ${unit}`}` : `${short(size)} px` };
}
