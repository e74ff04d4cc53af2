import type { PolarKernels } from "../kernels/polar-kernels.js";
import { type Geometry, GeometryMaker, isCrystalline } from "./geometry.js";
import type { Matter } from "./matter.js";
import { GRID, type PolarScale } from "./polar-events.js";
import { Rotation } from "./rotation.js";

const { sectors: SECTORS } = GRID;
/** Two neighbours are one grain where the correlation over rotation peaks within so many sectors of no turn at all, 1.5 degrees, */
const SAME_TURN = (1.5 / 360) * SECTORS;
/** and is so high; where their contrast is alike as well, lower, as counting noise makes it: noise does not lower that one. */
const SAME = 0.5;
const NOISY = 0.3;
const ALIKE = 0.75;
/** Spots of one grain are never of so different strengths, however it bends. */
const UNLIKE = 0.35;

/** Tells regions by where their spots are. */
export function crystalMatter(scale: PolarScale, kernels?: PolarKernels): Matter<Geometry> {
  const rotation = new Rotation(scale, kernels);
  const maker = new GeometryMaker(scale, rotation);
  return {
    describe: (core, rates) => maker.make(core, rates),
    crystalline: (geometry) => isCrystalline(geometry),
    sameGrain(a, b, alike) {
      if (alike < UNLIKE) return false;
      const [plain, friedel] = [rotation.correlate(a.plain, b.plain), rotation.correlate(a.friedel, b.friedel)];
      const at = (turn: number): number => (plain[(turn + SECTORS) % SECTORS] + friedel[(turn + SECTORS) % SECTORS]) / 2;
      const [before, here, after] = [at(-1), at(0), at(1)];
      if (here < before || here < after || here < (alike > ALIKE ? NOISY : SAME)) return false;
      return Math.abs(before - after) <= 2 * SAME_TURN * (2 * here - before - after);
    },
  };
}
