import { type AngleMoments, isStep, joinMoments, LEAST_STEP } from "./angle-steps.js";

/** Grains of one class: members are joined that touch and lie within this angle, degrees, unless there is a step between them. */
const SAME_ANGLE = 1.5;
const DEGREE = Math.PI / 180;

export interface GrainMember {
  readonly id: number;
  readonly class: number;
  /** rad; NaN: no crystal, all members of the class are one grain. */
  readonly angle: number;
  /** Fold of the class with opposite spots taken as alike: a grain that is bent may look turned by half a turn. */
  readonly alike: number;
  readonly frames: number;
  readonly neighbours: Iterable<number>;
}

/** By how much the first direction is ahead of the second one, the shorter way, where they are alike after every 1/fold of a turn; rad. */
export function angleFrom(a: number, b: number, fold: number): number {
  const period = (2 * Math.PI) / fold;
  return a - b - period * Math.round((a - b) / period);
}

/** Members that touch, of one class and direction. */
interface Touching {
  readonly i: number;
  readonly j: number;
  readonly frames: number;
  readonly apart: number;
}

/** What is known of the angle of a region, by its id. */
export type MomentsOf = (id: number) => AngleMoments;

/** Members that are joined, by their indices. */
interface Part {
  readonly members: number[];
  frames: number;
  /** Mean by frames; rad. */
  angle: number;
  /** About that angle; null: not asked for yet. */
  moments: AngleMoments | null;
}

/**
 * Members in groups, each the indices of one grain in ascending order; groups in the order of their first. Those of most frames are joined first, unless
 * there is a step of the angle between what they are part of by then. `momentsOf` null: there are no steps.
 */
export function grainGroups(members: readonly GrainMember[], momentsOf: MomentsOf | null = null): number[][] {
  const partOf = members.map(({ frames, angle }, i): Part => ({ members: [i], frames, angle, moments: null }));
  const unite = (kept: Part, gone: Part, d: number): void => {
    for (const i of gone.members) partOf[i] = kept;
    kept.members.push(...gone.members);
    kept.frames += gone.frames;
    kept.angle += (d * gone.frames) / kept.frames;
    kept.moments = null;
  };
  const seen = (part: Part, of: MomentsOf, alike: number): AngleMoments => {
    const angleOf = (i: number): number => part.angle + angleFrom(members[i].angle, part.angle, alike);
    part.moments ??= part.members.map((i) => ({ ...of(members[i].id), angle: angleOf(i) })).reduce(joinMoments);
    return part.moments;
  };
  const first = new Map<number, Part>();
  for (const [i, m] of members.entries()) {
    if (!Number.isNaN(m.angle)) continue;
    const whole = first.get(m.class);
    if (whole) unite(whole, partOf[i], 0);
    else first.set(m.class, partOf[i]);
  }
  for (const { i, j } of touching(members)) {
    const [p, q] = [partOf[i], partOf[j]];
    if (p === q) continue;
    const { alike } = members[i];
    const d = angleFrom(q.angle, p.angle, alike);
    const near = momentsOf === null || Math.abs(d) < LEAST_STEP;
    if (near || !isStep(seen(p, momentsOf, alike), turned(seen(q, momentsOf, alike), p.angle + d - q.angle))) unite(p, q, d);
  }
  return [...new Set(partOf)].map((p) => p.members.sort((a, b) => a - b)).sort((a, b) => a[0] - b[0]);
}

const turned = (moments: AngleMoments, by: number): AngleMoments => ({ ...moments, angle: moments.angle + by });

/** Pairs that may be of one grain: those of most frames first, then those that are least apart. */
function touching(members: readonly GrainMember[]): Touching[] {
  const index = new Map(members.map((m, i) => [m.id, i]));
  const pairs: Touching[] = [];
  for (const [i, m] of members.entries())
    for (const id of Number.isNaN(m.angle) ? [] : m.neighbours) {
      const j = index.get(id);
      if (j === undefined || j <= i || members[j].class !== m.class) continue;
      const apart = Math.abs(angleFrom(m.angle, members[j].angle, m.alike));
      if (apart < SAME_ANGLE * DEGREE) pairs.push({ i, j, frames: Math.min(m.frames, members[j].frames), apart });
    }
  return pairs.sort((a, b) => b.frames - a.frames || a.apart - b.apart || a.i - b.i || a.j - b.j);
}
