import type { RegionSum } from "./polar-events.js";

/** What regions are made of; G is whatever it wants to remember of one. */
export interface Matter<G> {
  /** `rates`: [GRID.rings + 1] isotropic mean rates of the scan so far. */
  describe(core: RegionSum, rates: Float64Array): G;
  crystalline(region: G): boolean;
  /** Whether two crystalline neighbours are one grain. `alike`: similarity of their contrast that noise does not lower, 1 for the same. */
  sameGrain(a: G, b: G, alike: number): boolean;
}
