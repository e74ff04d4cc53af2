import type { RegionSum } from "./polar-events.js";
import { freeSums, type HalfSum } from "./region-sum.js";
import type { Similarity } from "./similarity.js";
import { type Split, splitParts } from "./splitting.js";

/** Non-crystalline neighbours whose squared distance of radial profiles is less are one. */
export const SAME_PROFILE = 0.02;

/** What regions are made of; G is whatever it wants to remember of one. */
export interface Matter<G> {
  /** `rates`: [GRID.rings + 1] isotropic mean rates of the scan so far. */
  describe(core: RegionSum, rates: Float64Array): G;
  crystalline(region: G): boolean;
  /** Whether two crystalline neighbours are one grain. `alike`: similarity of their contrast that noise does not lower, 1 for the same. */
  sameGrain(a: G, b: G, alike: number): boolean;
}

/** Which of two things each part of a region is of, -1 where that is not known; null: it is one. `rates`: as for `describe`. */
export function twoKinds<G>(parts: readonly HalfSum[], matter: Matter<G>, rates: Float64Array, similarity: Similarity): Int8Array | null {
  const split = splitParts(parts, similarity);
  const isTwo = split !== null && areTwo(split, matter, rates, similarity);
  freeSums(split?.sums ?? []);
  return isTwo ? split.side : null;
}

function areTwo<G>({ sums, bimodal, significant, alike }: Split, matter: Matter<G>, rates: Float64Array, similarity: Similarity): boolean {
  const [a, b] = sums.map((s) => matter.describe(s, rates)) as [G, G];
  const [x, y] = [matter.crystalline(a), matter.crystalline(b)];
  if (x !== y) return true;
  if (!x) return similarity.profileDistance(similarity.of(sums[0]), similarity.of(sums[1])) > SAME_PROFILE;
  return bimodal || (significant && !matter.sameGrain(a, b, alike));
}
