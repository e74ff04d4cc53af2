import { GRID, type PolarScale } from "./polar-events.js";

const { rings: RINGS, sectors: SECTORS } = GRID;

/** Where and how rates lie on the detector. */
export interface RatePlace {
  readonly scale: PolarScale;
  /** Of the pattern: major over minor axis of what should be circles, and the angle of the major axis, rad. */
  readonly ellipse: readonly [number, number];
  /** Beam, px. */
  readonly row: number;
  readonly col: number;
  readonly height: number;
  readonly width: number;
  /** [height * width], non-zero: no data. */
  readonly mask: Uint8Array | null;
}

/**
 * Counts of a live pixel [BINS or more] as an image [height, width] of the detector as it was sent, linear between the middles of bins. NaN at masked
 * pixels, and where there are no bins: in the direct beam and beyond the last ring.
 */
export function rateImage(rate: ArrayLike<number>, place: RatePlace): Float32Array {
  const { scale, ellipse, row, col, height, width, mask } = place;
  const [ratio, angle] = ellipse;
  const root = Math.sqrt(ratio);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // As fillTable undoes it.
  const xx = 1 / root + (root - 1 / root) * sin * sin;
  const yy = 1 / root + (root - 1 / root) * cos * cos;
  const xy = (1 / root - root) * sin * cos;
  const step = (scale.outer - scale.inner) / RINGS;
  const out = new Float32Array(height * width).fill(Number.NaN);
  for (let r = 0, at = 0; r < height; r++)
    for (let c = 0; c < width; c++, at++) {
      if (mask !== null && mask[at] !== 0) continue;
      const [dr, dc] = [r - row, c - col];
      const [x, y] = [xx * dc + xy * dr, xy * dc + yy * dr];
      const distance = Math.hypot(x, y);
      if (distance < scale.inner || distance >= scale.outer) continue;
      out[at] = between(rate, (distance - scale.inner) / step - 0.5, (Math.atan2(y, x) / (2 * Math.PI)) * SECTORS - 0.5);
    }
  return out;
}

/** At a place among the middles of bins; `sector` from -SECTORS on. */
function between(rate: ArrayLike<number>, ring: number, sector: number): number {
  const held = Math.min(RINGS - 1, Math.max(0, ring));
  const turned = (sector + 2 * SECTORS) % SECTORS;
  const [r, s] = [Math.min(RINGS - 2, Math.floor(held)), Math.floor(turned)];
  const [fr, fs] = [held - r, turned - s];
  const next = (s + 1) % SECTORS;
  const along = (i: number): number => (1 - fs) * rate[i * SECTORS + s] + fs * rate[i * SECTORS + next];
  return (1 - fr) * along(r) + fr * along(r + 1);
}
