import { BINS, type PolarScale } from "./polar-events.js";
import { addTurned, fromSum, LEVELS, type Peak, type Rotation, type Turnable, wrap } from "./rotation.js";
import { Spots } from "./spots.js";

/**
 * Two clusters are one class where they correlate by more than this part of how well what is of one class for sure correlates, the geometric mean of
 * both: noise, and how differently crystals of a zone are tilted, lower both alike.
 */
const ALIKE = 0.59;
/** How well crystals of one zone correlate where there are no two of either. */
const USUAL = 0.85;
/** They must also have so much of their spots in common: crystals of one zone have 0.7 to 1, others less than half, mostly. */
const COMMON = 0.6;
/** By as much less as they correlate by more than this. */
const SURE = 0.7;
/** Of what may be two pieces of one grain: random crystals do not lie one way. */
const COMMON_IN_GRAIN = 0.4;
/**
 * Counting noise moves spots: of n electrons the centre of a disk of radius R is known to R / 2 sqrt(n) along either axis, and two spots of n and m
 * electrons are as near as 1 / (1 + 1.2 / n + 1.2 / m) on average. What part of its electrons a pattern has in a spot is not known; so many times more
 * keep zones together at 50 electrons a frame, of scans that are not among those of docs/quality.md.
 */
const MOVED = 400;

/** What is linked. */
export interface Leaf {
  readonly pattern: Turnable;
  readonly frames: number;
  /** Outside the direct beam. */
  readonly electrons: number;
  /** Class that it was in before, -1 for none. */
  readonly known: number;
}

/** A leaf of a group, and by how much it must be turned to lie as the others. */
export interface Aligned {
  readonly leaf: number;
  readonly turn: number;
}

/** How leaves are put into groups. */
export interface LinkRules {
  /** What is in one class already is more alike by so much, and what is in two less: what is about the cut does not move classes. */
  readonly stick: readonly [one: number, two: number];
  /** No more groups than so many. */
  readonly most: number;
  /** Whether two leaves touch and lie one way. */
  readonly arePieces: (a: number, b: number) => boolean;
}

/** Groups of leaves in the order of their first ones. `forced`: there would be more than there may be. */
export interface Linked {
  readonly groups: readonly (readonly Aligned[])[];
  readonly forced: boolean;
}

interface Cluster {
  readonly pattern: Turnable;
  readonly sum: Float64Array | null;
  readonly weight: number;
  readonly electrons: number;
  readonly members: readonly Aligned[];
  /** What it was joined of, or the heaviest of these. */
  readonly leaves: readonly Cluster[];
  /** How well its leaves correlate with what they were joined with first, on average by weight; NaN: it is one leaf. */
  readonly within: number;
  readonly known: ReadonlyMap<number, number>;
  /** The class that most of it was in. */
  readonly most: number;
}

/** What two clusters became: it is the same again where they are. */
interface Union {
  readonly turn: number;
  readonly weights: readonly [number, number];
  readonly sum: Float64Array;
  readonly pattern: Turnable;
}

/** Best-first centroid linkage with alignment by rotation. Equal heights: the lower leaves first. */
export class Linkage {
  readonly #rotation: Rotation;
  /** Patterns that did not change are not joined again. */
  readonly #unions = new WeakMap<Turnable, WeakMap<Turnable, Union>>();
  readonly #squares = new WeakMap<Turnable, Turnable>();
  /** Pairs that did not change are not compared again. */
  readonly #likeness = new WeakMap<Turnable, WeakMap<Turnable, Peak>>();
  readonly #spots: Spots;

  constructor(rotation: Rotation, scale: PolarScale) {
    this.#rotation = rotation;
    this.#spots = new Spots(scale);
  }

  link(leaves: readonly Leaf[], rules: LinkRules): Linked {
    const n = leaves.length;
    const { stick, most } = rules;
    const clusters = leaves.map((leaf, i): Cluster | null => clusterOf(leaf, this.#strong(leaf.pattern), i));
    const heights = new Float64Array(n * n).fill(Number.NEGATIVE_INFINITY);
    const compare = (a: number, b: number): void => {
      const [p, q] = [clusters[a] as Cluster, clusters[b] as Cluster];
      heights[a * n + b] = this.#peakOf(p.pattern, q.pattern).height + heldBy(stick, p, q);
    };
    for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) compare(a, b);
    let [left, forced] = [n, false];
    for (;;) {
      let at = this.#best(clusters, heights, rules);
      if (at < 0 && left > most) {
        at = this.#best(clusters, heights, null);
        forced = true;
      }
      if (at < 0) break;
      const [a, b] = [Math.floor(at / n), at % n];
      clusters[a] = this.#join(clusters[a] as Cluster, clusters[b] as Cluster);
      clusters[b] = null;
      left--;
      for (let c = 0; c < n; c++) {
        heights[Math.min(b, c) * n + Math.max(b, c)] = Number.NEGATIVE_INFINITY;
        if (clusters[c] && c !== a) compare(Math.min(a, c), Math.max(a, c));
      }
    }
    return { groups: clusters.flatMap((c) => (c ? [c.members] : [])), forced };
  }

  /** The pair that is most alike; -1: none is one. `rules` null: whether it is or not. */
  #best(clusters: readonly (Cluster | null)[], heights: Float64Array, rules: LinkRules | null): number {
    const n = clusters.length;
    let [best, most] = [-1, Number.NEGATIVE_INFINITY];
    for (let a = 0, at = 0; a < n; a++)
      for (let b = 0; b < n; b++, at++) {
        const height = heights[at];
        if (!(height > most)) continue;
        if (!rules || this.#areOne(clusters[a] as Cluster, clusters[b] as Cluster, height, rules)) [best, most] = [at, height];
      }
    return best;
  }

  #areOne(p: Cluster, q: Cluster, height: number, { stick, arePieces }: LinkRules): boolean {
    if (!(height > cutOf(p, q))) return false;
    const enough = COMMON + stick[1];
    const more = heldBy(stick, p, q) + Math.max(0, height - SURE);
    const noise = 1 + MOVED * (1 / p.electrons + 1 / q.electrons);
    const together = this.#spots.common(p.pattern, q.pattern, enough);
    if (!(together + more > COMMON_IN_GRAIN / noise)) return false;
    const common = Math.min(together, this.#commonOfLeaves(p, q, enough)) + more;
    if (common > COMMON / noise) return true;
    return common > COMMON_IN_GRAIN / noise && p.members.some((m) => q.members.some((n) => arePieces(m.leaf, n.leaf)));
  }

  /** What their leaves have in common on average: a mean of some crystals has spots of each. `enough`: as for Spots. */
  #commonOfLeaves(p: Cluster, q: Cluster, enough: number): number {
    let [sum, weights] = [0, 0];
    for (const a of p.leaves)
      for (const b of q.leaves) {
        sum += a.weight * b.weight * Math.min(enough, this.#spots.common(a.pattern, b.pattern, enough));
        weights += a.weight * b.weight;
      }
    return sum / weights;
  }

  /** A pattern with its values squared: what is weak, which noise makes as well, counts less. */
  #strong(pattern: Turnable): Turnable {
    const known = this.#squares.get(pattern);
    if (known) return known;
    const squares = new Uint16Array(BINS);
    for (let b = 0; b < BINS; b++) squares[b] = Math.round((pattern.values[b] * pattern.values[b]) / LEVELS);
    const strong = this.#rotation.of(squares);
    this.#squares.set(pattern, strong);
    return strong;
  }

  /** The best turn of the first against the second, about the mean of each: that rings are where they are counts as well. */
  #peakOf(a: Turnable, b: Turnable): Peak {
    const row = this.#likeness.get(a) ?? new WeakMap<Turnable, Peak>();
    this.#likeness.set(a, row);
    const peak = row.get(b) ?? this.#rotation.peakWhole(a, b);
    row.set(b, peak);
    return peak;
  }

  #join(p: Cluster, q: Cluster): Cluster {
    const { turn, height } = this.#peakOf(p.pattern, q.pattern);
    const { sum, pattern } = this.#union(p, q, turn);
    const known = new Map(p.known);
    for (const [id, w] of q.known) known.set(id, (known.get(id) ?? 0) + w);
    const members = [...p.members, ...q.members.map((m) => ({ leaf: m.leaf, turn: wrap(m.turn + turn) }))];
    const [a, b] = [p, q].map((c) => (Number.isNaN(c.within) ? height : c.within)) as [number, number];
    const [weight, electrons] = [p.weight + q.weight, p.electrons + q.electrons];
    const within = (p.weight * a + q.weight * b) / weight;
    return { pattern, sum, weight, electrons, members, leaves: heaviest([...p.leaves, ...q.leaves]), within, known, most: mostOf(known) };
  }

  #union(p: Cluster, q: Cluster, turn: number): Union {
    const row = this.#unions.get(p.pattern) ?? new WeakMap<Turnable, Union>();
    this.#unions.set(p.pattern, row);
    const before = row.get(q.pattern);
    if (before && before.turn === turn && before.weights[0] === p.weight && before.weights[1] === q.weight) return before;
    const sum = p.sum?.slice() ?? scaled(p.pattern.values, p.weight);
    if (q.sum) addTurned(q.sum, turn, 1, sum);
    else addTurned(q.pattern.values, turn, q.weight, sum);
    const union = { turn, weights: [p.weight, q.weight] as const, sum, pattern: this.#rotation.of(fromSum(sum, p.weight + q.weight)) };
    row.set(q.pattern, union);
    return union;
  }
}

/** So many leaves stand for all of a cluster. */
const MOST_LEAVES = 8;
const heaviest = (leaves: Cluster[]): readonly Cluster[] =>
  leaves.length <= MOST_LEAVES ? leaves : leaves.sort((a, b) => b.weight - a.weight).slice(0, MOST_LEAVES);

function clusterOf({ frames, electrons, known }: Leaf, pattern: Turnable, leaf: number): Cluster {
  const weight = Math.sqrt(frames);
  const leaves: Cluster[] = [];
  const cluster: Cluster = {
    pattern,
    sum: null,
    weight,
    electrons,
    members: [{ leaf, turn: 0 }],
    leaves,
    within: Number.NaN,
    known: new Map([[known, weight]]),
    most: known,
  };
  leaves.push(cluster);
  return cluster;
}

function scaled(values: Uint16Array, by: number): Float64Array {
  const out = new Float64Array(BINS);
  for (let b = 0; b < BINS; b++) out[b] = by * values[b];
  return out;
}

/** What is in one class already is more alike, and what is in two less. */
function heldBy([one, two]: LinkRules["stick"], p: Cluster, q: Cluster): number {
  if (p.most < 0 || q.most < 0) return 0;
  return p.most === q.most ? one : -two;
}

/** The lower, the less what is of one class for sure correlates. */
function cutOf({ within: a }: Cluster, { within: b }: Cluster): number {
  const [x, y] = Number.isNaN(a) ? [Number.isNaN(b) ? USUAL : b, b] : [a, b];
  return ALIKE * Math.sqrt(x * (Number.isNaN(y) ? x : y));
}

function mostOf(known: ReadonlyMap<number, number>): number {
  let best = -1;
  for (const [id, w] of [...known].sort(([a], [b]) => a - b)) if (id >= 0 && (best < 0 || w > (known.get(best) as number))) best = id;
  return best;
}

/** Memory that is used again. */
const sum = new Float64Array(BINS);

/** Mean of patterns, each turned as given. */
export function meanOf(
  rotation: Rotation,
  members: readonly { readonly pattern: Turnable; readonly weight: number; readonly turn: number }[],
): Turnable {
  sum.fill(0);
  let weight = 0;
  for (const m of members) {
    addTurned(m.pattern.values, m.turn, m.weight, sum);
    weight += m.weight;
  }
  return rotation.of(fromSum(sum, weight));
}
