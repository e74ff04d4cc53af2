/** Grains of one class: members are joined that touch and lie within this angle, degrees. */
const SAME_ANGLE = 1.5;
const DEGREE = Math.PI / 180;

export interface GrainMember {
  readonly id: number;
  readonly class: number;
  /** rad; NaN: no crystal, all members of the class are one grain. */
  readonly angle: number;
  /** Fold of the class with opposite spots taken as alike: a grain that is bent may look turned by half a turn. */
  readonly alike: number;
  readonly neighbours: Iterable<number>;
}

/** The smallest angle between two directions that are alike after every 1/fold of a turn, rad. */
export function angleBetween(a: number, b: number, fold: number): number {
  const period = (2 * Math.PI) / fold;
  const d = Math.abs(a - b) % period;
  return Math.min(d, period - d);
}

/** Members in groups, each the indices of one grain in ascending order; groups in the order of their first. */
export function grainGroups(members: readonly GrainMember[]): number[][] {
  const index = new Map(members.map((m, i) => [m.id, i]));
  const parent = members.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at];
    return at;
  };
  const join = (i: number, j: number): void => {
    const [a, b] = [root(i), root(j)];
    parent[Math.max(a, b)] = Math.min(a, b);
  };
  const first = new Map<number, number>();
  for (const [i, m] of members.entries()) {
    if (Number.isNaN(m.angle)) {
      join(i, first.get(m.class) ?? i);
      first.set(m.class, first.get(m.class) ?? i);
      continue;
    }
    for (const id of m.neighbours) {
      const j = index.get(id);
      if (j === undefined || members[j].class !== m.class) continue;
      if (angleBetween(m.angle, members[j].angle, m.alike) < SAME_ANGLE * DEGREE) join(i, j);
    }
  }
  const groups = new Map<number, number[]>();
  for (const i of members.keys()) groups.set(root(i), [...(groups.get(root(i)) ?? []), i]);
  return [...groups.values()];
}
