import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { Matter } from "./matter.js";
import type { PolarScale } from "./polar-events.js";

export interface GrainsSetup<G> {
  readonly columns: number;
  /** That will come; 0: nobody knows. */
  readonly rows?: number;
  readonly scale: PolarScale;
  readonly matter: Matter<G>;
  readonly kernels?: PolarKernels;
  /** Rows come with the superpixels that somebody else has grown. */
  readonly grown?: boolean;
  /** Regions are looked for after the last row only, in the whole scan at once: what a scan that comes row by row is measured against. */
  readonly atOnce?: boolean;
}
