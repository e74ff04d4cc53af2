import type { Picture } from "./blur-image.js";

/** The second-highest value among the neighbours of a pixel; 0 where there are not two. */
function secondNeighbour({ height, width, value }: Picture, row: number, col: number): number {
  let first = 0;
  let second = 0;
  for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
    for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++) {
      const v = value[r * width + c];
      if (r === row && c === col) continue;
      if (v > first) {
        second = first;
        first = v;
      } else if (v > second) second = v;
    }
  return second;
}

/**
 * Takes pixels out that stand alone: more than twice their second-highest neighbour and above all that is supported by neighbours.
 * For images that no hot-pixel map covers yet; a disk of 2 px or a Bragg spot keeps its pixels, a pair of hot pixels goes.
 */
export function dropSpikes(image: Picture): Picture {
  const { height, width } = image;
  const value = image.value.slice();
  const supported = new Float64Array(value.length);
  let level = 0;
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const at = row * width + col;
      supported[at] = secondNeighbour(image, row, col);
      const kept = Math.min(image.value[at], supported[at]);
      if (kept > level) level = kept;
    }
  for (let at = 0; at < value.length; at++) {
    const v = image.value[at];
    if (v > 2 * supported[at] && v > level) value[at] = Number.NaN;
  }
  return { height, width, value };
}
