import type { Picture } from "./blur-image.js";

/** What a pixel counts whose mirror image lies outside the frame: neither symmetric nor wholly against it. */
const OUTSIDE = 0.5;

/**
 * How far a pattern is symmetric about a point, 0...1: diffraction gives Friedel pairs about the direct beam, whichever disk is the
 * brightest. Ratio of the lower to the higher of each pair, over all pairs; pixels without a value are passed over.
 * `pattern` should be compressed (a root of the counts), so that many weak pairs outweigh one strong disk.
 */
export function scoreSymmetry({ height, width, value }: Picture, row: number, col: number): number {
  const rows = Math.round(2 * row);
  const cols = Math.round(2 * col);
  let lower = 0;
  let higher = 0;
  for (let r = 0; r < height; r++) {
    const mirrorRow = rows - r;
    for (let c = 0; c < width; c++) {
      const v = value[r * width + c];
      if (Number.isNaN(v)) continue;
      const mirrorCol = cols - c;
      if (mirrorRow < 0 || mirrorRow >= height || mirrorCol < 0 || mirrorCol >= width) {
        higher += OUTSIDE * v;
        continue;
      }
      const mirror = value[mirrorRow * width + mirrorCol];
      if (Number.isNaN(mirror)) continue;
      lower += Math.min(v, mirror);
      higher += Math.max(v, mirror);
    }
  }
  return higher > 0 ? lower / higher : 0;
}
