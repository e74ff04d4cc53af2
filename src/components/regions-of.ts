import type { Geometry } from "./geometry.js";
import type { Grains } from "./grains.js";
import type { Region } from "./region-class.js";
import type { KnownBy } from "./sure-core.js";

/** The regions of the first so many positions; `by` null: their cores. */
export function regionsOf({ labels, regions }: Grains<Geometry>, positions: number, by: KnownBy | null): Region[] {
  const { region } = labels;
  const ends = new Map<number, { readonly positions: Int32Array; n: number }>();
  for (const [id, { positions: n }] of regions) ends.set(id, { positions: new Int32Array(n), n: 0 });
  for (let at = 0; at < positions; at++) {
    const own = ends.get(region[at]);
    if (own && own.n < own.positions.length) own.positions[own.n++] = at;
  }
  return [...regions.values()].map((region) => {
    const { id, neighbours, coreFrames } = region;
    const own = ends.get(id);
    return {
      id,
      sum: by?.sums.get(id) ?? region.core,
      core: by?.cores.get(id) ?? region.core,
      coreFrames,
      neighbours: [...neighbours.keys()],
      positions: own ? own.positions.subarray(0, own.n) : [],
    };
  });
}
