import type { PolarKernels } from "../kernels/polar-kernels.js";
import { type Geometry, GeometryMaker, isCrystalline } from "./geometry.js";
import type { Matter } from "./matter.js";
import { GRID, type PolarScale, type RegionSum } from "./polar-events.js";
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
class CrystalMatter implements Matter<Geometry> {
  readonly #rotation: Rotation;
  readonly #maker: GeometryMaker;
  /** Correlations of the two that are compared. */
  readonly #plain = new Float64Array(SECTORS);
  readonly #friedel = new Float64Array(SECTORS);

  constructor(rotation: Rotation, scale: PolarScale) {
    this.#rotation = rotation;
    this.#maker = new GeometryMaker(scale, rotation);
  }

  describe(core: RegionSum, rates: Float64Array): Geometry {
    return this.#maker.make(core, rates);
  }

  crystalline(geometry: Geometry): boolean {
    return isCrystalline(geometry);
  }

  sameGrain(a: Geometry, b: Geometry, alike: number): boolean {
    if (alike < UNLIKE) return false;
    const plain = this.#rotation.correlateAt(a.plain, b.plain, -1, 3, this.#plain);
    const friedel = this.#rotation.correlateAt(a.friedel, b.friedel, -1, 3, this.#friedel);
    const at = (turn: number): number => (plain[(turn + SECTORS) % SECTORS] + friedel[(turn + SECTORS) % SECTORS]) / 2;
    const [before, here, after] = [at(-1), at(0), at(1)];
    if (here < before || here < after || here < (alike > ALIKE ? NOISY : SAME)) return false;
    return Math.abs(before - after) <= 2 * SAME_TURN * (2 * here - before - after);
  }
}

export const crystalMatter = (scale: PolarScale, kernels?: PolarKernels): Matter<Geometry> =>
  new CrystalMatter(new Rotation(scale, kernels), scale);
