import { COMPONENT_GRID } from "../core/components.js";

const { rings, sectors } = COMPONENT_GRID;

/**
 * A polar pattern [rings, sectors], sectors from +col counter-clockwise, as an image [height, width] about its middle, to `out`: linear between
 * the middles of bins. NaN nearer than `inner` and beyond `outer`, px.
 */
export function polarImage(polar: Float32Array, inner: number, outer: number, height: number, width: number, out: Float32Array): void {
  const step = (outer - inner) / rings;
  for (let r = 0, at = 0; r < height; r++)
    for (let c = 0; c < width; c++, at++) {
      const [y, x] = [r - (height - 1) / 2, c - (width - 1) / 2];
      const distance = Math.hypot(x, y);
      if (distance < inner || distance >= outer) {
        out[at] = Number.NaN;
        continue;
      }
      const ring = Math.min(rings - 1, Math.max(0, (distance - inner) / step - 0.5));
      const sector = ((((Math.atan2(-y, x) / (2 * Math.PI)) * sectors - 0.5 + sectors) % sectors) + sectors) % sectors;
      const [r0, s0] = [Math.min(rings - 2, Math.floor(ring)), Math.floor(sector)];
      const [fr, fs] = [ring - r0, sector - s0];
      const s1 = (s0 + 1) % sectors;
      const value = (i: number, k: number): number => polar[i * sectors + k] as number;
      out[at] = (1 - fr) * ((1 - fs) * value(r0, s0) + fs * value(r0, s1)) + fr * ((1 - fs) * value(r0 + 1, s0) + fs * value(r0 + 1, s1));
    }
}
