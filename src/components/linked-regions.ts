/** Regions that are linked, the largest first, and frames that each must have; once the map is settled they may have fewer where none has so many. */
const LINKED = 192;
export const SURE_FRAMES = 27;

/** Indices of the regions that are linked, ascending. */
export function largest(regions: readonly { readonly frames: number }[], settle: boolean): number[] {
  const least = settle && regions.every((r) => r.frames < SURE_FRAMES) ? 0 : SURE_FRAMES;
  const order = [...regions.keys()]
    .filter((i) => regions[i].frames >= least)
    .sort((i, j) => regions[j].frames - regions[i].frames || i - j);
  return order.slice(0, LINKED).sort((a, b) => a - b);
}
