import { addProfile, type Profile, profileDistance } from "./radial-profile.js";

/** Profiles nearer than this are one class; those of a class so far stay in it until they are further away; classes nearer than the last are joined. */
const NEAR = 0.012;
const STAY = 1.5 * NEAR;
const JOIN = 0.5 * NEAR;

export interface ProfileClass {
  readonly id: number;
  profile: Profile;
  readonly frozen: boolean;
}

export interface ProfileMember {
  readonly profile: Profile;
  readonly weight: number;
  /** Id of the class before, -1 for none. */
  readonly known: number;
}

/**
 * Leader clustering on radial profiles: the class of each member. `classes` are those so far, oldest first; new ones come from `open`. Profiles
 * of classes become those of their members; of two that come to look alike, the one with less weight is joined with the other and goes.
 */
export function clusterProfiles(
  members: readonly ProfileMember[],
  classes: ProfileClass[],
  open: (profile: Profile) => ProfileClass,
): number[] {
  const of = new Array<number>(members.length).fill(-1);
  const order = [...members.keys()].sort((i, j) => members[j].weight - members[i].weight || i - j);
  for (const i of order) {
    const { profile, known } = members[i];
    let [best, least] = [classes.find((c) => c.id === known) ?? null, STAY];
    if (!best || profileDistance(profile, best.profile) >= STAY) {
      [best, least] = [null, NEAR];
      for (const c of classes) {
        const d = profileDistance(profile, c.profile);
        if (d < least) [best, least] = [c, d];
      }
    }
    if (!best) {
      best = open(profile);
      classes.push(best);
    }
    of[i] = best.id;
  }
  for (const c of classes) if (!c.frozen) c.profile = sumOf(members, of, c.id) ?? c.profile;
  const weightOf = (id: number): number => members.reduce((sum, m, i) => (of[i] === id ? sum + m.weight : sum), 0);
  for (let k = classes.length - 1; k > 0; k--) {
    const young = classes[k];
    const old = young.frozen ? undefined : classes.slice(0, k).find((c) => profileDistance(c.profile, young.profile) < JOIN);
    if (!old) continue;
    const [kept, gone] = !old.frozen && weightOf(young.id) > weightOf(old.id) ? [young, old] : [old, young];
    for (const [i, id] of of.entries()) if (id === gone.id) of[i] = kept.id;
    classes.splice(classes.indexOf(gone), 1);
  }
  return of;
}

function sumOf(members: readonly ProfileMember[], of: readonly number[], id: number): Profile | null {
  const own = members.filter((_, i) => of[i] === id).map((m) => m.profile);
  return own.length > 0 ? own.reduce(addProfile) : null;
}
