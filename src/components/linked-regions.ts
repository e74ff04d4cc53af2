/** Regions that are linked, the largest first, and frames that each must have; once the map is settled they may have fewer where none has so many. */
const LINKED = 192;
export const SURE_FRAMES = 27;
/** Frames of a region that may be a class of its own: a small grain of a direction of its own is one. */
const OWN_FRAMES = 9;

type Sized = readonly { readonly frames: number }[];

/** Indices of the regions that are linked, ascending. */
export function largest(regions: Sized, settle: boolean): number[] {
  const least = settle && regions.every((r) => r.frames < SURE_FRAMES) ? 0 : SURE_FRAMES;
  return bySize(regions, least)
    .slice(0, LINKED)
    .sort((a, b) => a - b);
}

/** Indices of smaller ones that are classes of their own, as many as may be linked with those. */
export function smaller(regions: Sized, linked: readonly number[], isOwn: (index: number) => boolean): number[] {
  const others = bySize(regions, OWN_FRAMES).filter((i) => !linked.includes(i));
  return others.filter(isOwn).slice(0, Math.max(0, LINKED - linked.length));
}

/** Indices of the regions of so many frames, the largest first. */
const bySize = (regions: Sized, least: number): number[] =>
  [...regions.keys()].filter((i) => regions[i].frames >= least).sort((i, j) => regions[j].frames - regions[i].frames || i - j);
