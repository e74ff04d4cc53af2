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
  open: (profile: Profile, member: number) => ProfileClass,
): number[] {
  const of = new Array<number>(members.length).fill(-1);
  const held = new Map<number, number>();
  for (const { known, weight } of members) held.set(known, (held.get(known) ?? 0) + weight);
  const order = [...members.keys()].sort((i, j) => members[j].weight - members[i].weight || i - j);
  for (const i of order) {
    const { profile, known } = members[i];
    const own = classes.find((c) => c.id === known) ?? null;
    let [best, least] = [own, STAY];
    if (!own || profileDistance(profile, own.profile) >= STAY) {
      // What most of a class became is still that class.
      [best, least] = [own && !own.frozen && 2 * members[i].weight > (held.get(known) ?? 0) ? own : null, NEAR];
      for (const c of classes) {
        const d = profileDistance(profile, c.profile);
        if (d < least) [best, least] = [c, d];
      }
    }
    if (!best) {
      best = open(profile, i);
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

/** Joins the classes in use that are most alike, the one with fewer frames into the other, until there are no more than so many. True: there were more. */
export function limitProfiles(members: readonly ProfileMember[], of: number[], classes: ProfileClass[], most: number): boolean {
  for (let forced = false; ; forced = true) {
    const weights = new Map<number, number>();
    for (const [i, id] of of.entries()) weights.set(id, (weights.get(id) ?? 0) + members[i].weight);
    const used = classes.filter((c) => weights.has(c.id));
    if (used.length <= most) return forced;
    let [kept, gone, least] = [used[0], used[1], Number.POSITIVE_INFINITY];
    for (const [k, a] of used.entries())
      for (const b of used.slice(k + 1)) {
        const d = profileDistance(a.profile, b.profile);
        if (d < least) [kept, gone, least] = (weights.get(b.id) ?? 0) > (weights.get(a.id) ?? 0) ? [b, a, d] : [a, b, d];
      }
    for (const [i, id] of of.entries()) if (id === gone.id) of[i] = kept.id;
    classes.splice(classes.indexOf(gone), 1);
  }
}

function sumOf(members: readonly ProfileMember[], of: readonly number[], id: number): Profile | null {
  const own = members.filter((_, i) => of[i] === id).map((m) => m.profile);
  return own.length > 0 ? own.reduce(addProfile) : null;
}
