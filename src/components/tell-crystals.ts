import { type Geometry, isCrystalline, isOpen } from "./geometry.js";
import { SAME_PROFILE } from "./matter.js";
import { type Profile, profileDistance } from "./radial-profile.js";

/** Those with most electrons that others are compared with. */
const MOST_HALOS = 64;

/** What is asked about. */
export interface Described {
  readonly geometry: Geometry;
  readonly profile: Profile;
  /** Whether it was taken for a crystal before; null: for nothing. */
  readonly before: boolean | null;
  /** It has too few frames to become something else. */
  readonly stays: boolean;
}

/**
 * Which regions are crystals. Where noise leaves that open, a region is one if it scatters unlike those with more electrons that are none: halos of one
 * scan have one profile, a crystal has not.
 */
export function tellCrystals(regions: readonly Described[]): boolean[] {
  const told = regions.map(({ geometry, before, stays }) => (stays && before !== null ? before : isCrystalline(geometry, before)));
  const halos = regions.filter((_, i) => !told[i]).sort((a, b) => b.geometry.electrons - a.geometry.electrons);
  halos.length = Math.min(halos.length, MOST_HALOS);
  return regions.map(({ geometry, profile, before, stays }, i) => {
    if (told[i] || (stays && before !== null) || !isOpen(geometry)) return told[i];
    const larger = halos.filter((h) => h.geometry.electrons > geometry.electrons);
    return larger.length > 0 && larger.every((h) => profileDistance(profile, h.profile) > SAME_PROFILE);
  });
}
