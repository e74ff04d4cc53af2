import { Peaks } from "./peaks.js";
import { BINS } from "./polar-events.js";
import { addTurned, fromSum, type Rotation, type Turnable, wrap } from "./rotation.js";

/** Where no gap tells: crystals along one axis correlate by .42 and more however they are tilted, most others by less. */
const CUT = 0.4;
/** The cut is put into the highest gap between merge heights that is wide enough, and whose middle is in this range. */
const RANGE = [0.15, 0.7] as const;
const GAP = 0.1;
/** So wide a gap between heights that are spread evenly must be rarer than this: among few heights there are wide ones by chance. */
const CHANCE = 0.25;
/** What is in one class already correlates better by so much, and what is in two worse: noise about the cut does not move classes. */
const STICK = 0.04;

/** What is linked: a pattern, its weight, and the class that it was in before, -1 for none. */
export interface Leaf {
  readonly pattern: Turnable;
  readonly weight: number;
  readonly known: number;
}

/** The second cluster joined the first one, each named by its first leaf; `turn`: how far the first was turned against the second. */
export interface Merge {
  readonly a: number;
  readonly b: number;
  readonly turn: number;
  readonly height: number;
}

/** A leaf of a group, and by how much it must be turned to lie as the others. */
export interface Aligned {
  readonly leaf: number;
  readonly turn: number;
}

interface Cluster {
  pattern: Turnable;
  sum: Float64Array | null;
  weight: number;
  readonly known: Map<number, number>;
  most: number;
}

const mostOf = (known: Map<number, number>): number => {
  let best = -1;
  for (const [id, w] of [...known].sort(([a], [b]) => a - b)) if (id >= 0 && (best < 0 || w > (known.get(best) as number))) best = id;
  return best;
};

/** What two clusters became: it is the same again where they are. */
interface Union {
  readonly turn: number;
  readonly weights: readonly [number, number];
  readonly sum: Float64Array;
  readonly pattern: Turnable;
}

/** Best-first centroid linkage with alignment by rotation, until nothing correlates. Equal heights: the lower leaves first. */
export class Linkage {
  readonly #rotation: Rotation;
  readonly #peaks: Peaks;
  /** Patterns that did not change are not joined again. */
  readonly #unions = new WeakMap<Turnable, WeakMap<Turnable, Union>>();

  constructor(rotation: Rotation, peaks = new Peaks(rotation)) {
    this.#rotation = rotation;
    this.#peaks = peaks;
  }

  link(leaves: readonly Leaf[]): Merge[] {
    const n = leaves.length;
    const clusters: (Cluster | null)[] = leaves.map(({ pattern, weight, known }) => ({
      pattern,
      sum: null,
      weight,
      known: new Map([[known, weight]]),
      most: known,
    }));
    const [heights, turns] = [new Float64Array(n * n).fill(-1), new Float64Array(n * n)];
    const compare = (a: number, b: number): void => {
      const [p, q] = [clusters[a] as Cluster, clusters[b] as Cluster];
      const { height, turn } = this.#peaks.of(p.pattern, q.pattern);
      heights[a * n + b] = height + (p.most < 0 || q.most < 0 ? 0 : p.most === q.most ? STICK : -STICK);
      turns[a * n + b] = turn;
    };
    for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) compare(a, b);
    const merges: Merge[] = [];
    for (;;) {
      let at = -1;
      for (let i = 0; i < n * n; i++) if (heights[i] > 0 && (at < 0 || heights[i] > heights[at])) at = i;
      if (at < 0) return merges;
      const [a, b] = [Math.floor(at / n), at % n];
      merges.push({ a, b, turn: turns[at], height: heights[at] });
      clusters[a] = this.#join(clusters[a] as Cluster, clusters[b] as Cluster, turns[at]);
      clusters[b] = null;
      for (let c = 0; c < n; c++) {
        heights[Math.min(b, c) * n + Math.max(b, c)] = -1;
        if (clusters[c] && c !== a) compare(Math.min(a, c), Math.max(a, c));
      }
    }
  }

  #join(p: Cluster, q: Cluster, turn: number): Cluster {
    const { sum, pattern } = this.#union(p, q, turn);
    const known = new Map(p.known);
    for (const [id, w] of q.known) known.set(id, (known.get(id) ?? 0) + w);
    return { pattern, sum, weight: p.weight + q.weight, known, most: mostOf(known) };
  }

  #union(p: Cluster, q: Cluster, turn: number): Union {
    const row = this.#unions.get(p.pattern) ?? new WeakMap<Turnable, Union>();
    this.#unions.set(p.pattern, row);
    const before = row.get(q.pattern);
    if (before && before.turn === turn && before.weights[0] === p.weight && before.weights[1] === q.weight) return before;
    const sum = p.sum?.slice() ?? Float64Array.from(p.pattern.values, (v) => p.weight * v);
    if (q.sum) addTurned(q.sum, turn, 1, sum);
    else addTurned(q.pattern.values, turn, q.weight, sum);
    const weights = [p.weight, q.weight] as const;
    const union = { turn, weights, sum, pattern: this.#rotation.of(fromSum(sum, p.weight + q.weight)) };
    row.set(q.pattern, union);
    return union;
  }
}

/** The lowest height so far, merge by merge. */
function lowest(merges: readonly Merge[]): Float64Array {
  let least = Number.POSITIVE_INFINITY;
  return Float64Array.from(merges, ({ height }) => {
    least = Math.min(least, height);
    return least;
  });
}

/** The cut between merges within classes and those of different ones. `held`: the cut so far, 0 for none; it stays as long as it is in a gap. */
export function cutOf(merges: readonly Merge[], held: number): number {
  const low = lowest(merges);
  let best = 0;
  for (let i = 0; i + 1 < low.length; i++) {
    const gap = low[i] - low[i + 1];
    const middle = (low[i] + low[i + 1]) / 2;
    if (held > 0 && gap > GAP && held < low[i] && held >= low[i + 1]) return held;
    const byChance = low.length * (1 - gap) ** low.length;
    if (best === 0 && gap > GAP && byChance < CHANCE && middle > RANGE[0] && middle < RANGE[1]) best = middle;
  }
  return best > 0 ? best : held > 0 ? held : CUT;
}

/** Groups of leaves by the merges above the cut, each with the turns that align it. In the order of their first leaves. */
export function groupsOf(merges: readonly Merge[], leaves: number, cut: number): Aligned[][] {
  const groups: (Aligned[] | null)[] = Array.from({ length: leaves }, (_, leaf) => [{ leaf, turn: 0 }]);
  const low = lowest(merges);
  for (const [i, { a, b, turn }] of merges.entries()) {
    if (low[i] <= cut) break;
    const moved = (groups[b] as Aligned[]).map((m) => ({ leaf: m.leaf, turn: wrap(m.turn + turn) }));
    groups[a] = [...(groups[a] as Aligned[]), ...moved];
    groups[b] = null;
  }
  return groups.filter((g) => g !== null);
}

/** Mean of patterns, each turned as given. */
export function meanOf(
  rotation: Rotation,
  members: readonly { readonly pattern: Turnable; readonly weight: number; readonly turn: number }[],
): Turnable {
  const sum = new Float64Array(BINS);
  let weight = 0;
  for (const m of members) {
    addTurned(m.pattern.values, m.turn, m.weight, sum);
    weight += m.weight;
  }
  return rotation.of(fromSum(sum, weight));
}
