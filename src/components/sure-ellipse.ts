import { measureEllipse } from "./ellipse.js";
import { BINS, type PolarScale, type RegionSum } from "./polar-events.js";

/** An ellipse counts where it is known this well, and is so many times more than its error and no less than this. */
const ELLIPSE_ERROR = 0.01;
const ELLIPSE_SURE = 4;
const ELLIPSE_LEAST = 0.006;
/** No lens is worse than this, and so many electrons a ring takes to tell. */
const ELLIPSE_MOST = 0.1;
const ELLIPSE_ELECTRONS = 50_000;

/** The ellipse that the rings of some sums lie on: major over minor axis, and the angle of the major axis; null: it is not known, or is none. */
export function sureEllipse(sums: readonly RegionSum[], scale: PolarScale): readonly [number, number] | null {
  const [counts, all] = [new Float64Array(BINS), new Float64Array(BINS)];
  for (const { halves, area } of sums)
    for (let b = 0; b < BINS; b++) {
      counts[b] += halves[0][b] + halves[1][b];
      all[b] += area[b];
    }
  if (counts.reduce((a, n) => a + n, 0) < ELLIPSE_ELECTRONS) return null;
  const found = measureEllipse(counts, all, scale);
  if (!found || found.error > ELLIPSE_ERROR || found.ratio - 1 > ELLIPSE_MOST) return null;
  return found.ratio - 1 < Math.max(ELLIPSE_SURE * found.error, ELLIPSE_LEAST) ? null : [found.ratio, found.angle];
}
