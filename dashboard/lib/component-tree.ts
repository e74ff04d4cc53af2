import type { ComponentJoin } from "../../src/core/components.js";
import { isFields, list, number, numberOrNull } from "./read-fields.js";

/** Average linkage of components: leaves are clusters 0 to n - 1, the i-th join makes cluster n + i. */
export interface ComponentTree {
  /** Ids of components. */
  readonly leaves: readonly number[];
  readonly joins: readonly ComponentJoin[];
}
export const NO_TREE: ComponentTree = { leaves: [], joins: [] };

/** A tree as the daemon tells it; none where it does not hold together. */
export function readTree(raw: unknown): ComponentTree {
  if (!isFields(raw)) return NO_TREE;
  const leaves = list(raw, "leaves").filter((id): id is number => typeof id === "number" && Number.isInteger(id) && id >= 0);
  const joins = list(raw, "joins")
    .filter(isFields)
    .map((j) => ({ a: number(j, "a", -1), b: number(j, "b", -1), distance: numberOrNull(j, "distance") ?? Number.NaN }));
  const used = new Set<number>();
  for (const [i, { a, b, distance }] of joins.entries()) {
    const known = (c: number): boolean => Number.isInteger(c) && c >= 0 && c < leaves.length + i && !used.has(c);
    if (!known(a) || !known(b) || a === b || !(distance >= 0)) return NO_TREE;
    used.add(a).add(b);
  }
  return { leaves, joins };
}

/** Ids of components below each cluster, in the order of the tree. */
function members({ leaves, joins }: ComponentTree): readonly (readonly number[])[] {
  const out: (readonly number[])[] = leaves.map((id) => [id]);
  for (const { a, b } of joins) out.push([...(out[a] ?? []), ...(out[b] ?? [])]);
  return out;
}

/** Components nearer to each other than a distance: groups of two or more, each with its lowest id first. */
export function groupsAt(tree: ComponentTree, distance: number): readonly (readonly number[])[] {
  const all = members(tree);
  const near = tree.joins.map((j, i) => ({ ...j, cluster: tree.leaves.length + i })).filter((j) => j.distance < distance);
  const inner = new Set(near.flatMap((j) => [j.a, j.b]));
  return near.filter((j) => !inner.has(j.cluster)).map((j) => [...(all[j.cluster] ?? [])].sort((a, b) => a - b));
}

/** The component that each grouped one is shown as. */
export const leadersOf = (groups: readonly (readonly number[])[]): ReadonlyMap<number, number> =>
  new Map(groups.flatMap((ids) => ids.map((id) => [id, ids[0] as number] as const)));

/** A join as it is drawn: places of its branches in the order of leaves (0 …), and the distances from which they come. */
export interface Fork {
  readonly low: number;
  readonly high: number;
  readonly fromLow: number;
  readonly fromHigh: number;
  readonly distance: number;
}
/** Leaves in an order without crossings, and the joins above them. */
export function drawnTree(tree: ComponentTree): { readonly order: readonly number[]; readonly forks: readonly Fork[] } {
  const all = members(tree);
  const joined = new Set(tree.joins.flatMap((j) => [j.a, j.b]));
  const order = all.flatMap((ids, cluster) => (joined.has(cluster) ? [] : ids));
  const place: number[] = tree.leaves.map((id) => order.indexOf(id));
  const at: number[] = tree.leaves.map(() => 0);
  const forks = tree.joins.map(({ a, b, distance }) => {
    const [low, high] = (place[a] as number) < (place[b] as number) ? [a, b] : [b, a];
    place.push(((place[a] as number) + (place[b] as number)) / 2);
    at.push(distance);
    return { low: place[low] as number, high: place[high] as number, fromLow: at[low] as number, fromHigh: at[high] as number, distance };
  });
  return { order, forks };
}
