import { BINS, GRID } from "./polar-events.js";
import { addSpread, type Peak, parabola, type Rotation, type Turnable, toLevels } from "./rotation.js";

const { sectors: SECTORS } = GRID;

/** Two clusters that are joined at a distance. Patterns are clusters 0..n - 1, the i-th join makes cluster n + i. */
export interface Join {
  readonly a: number;
  readonly b: number;
  /** 1 - correlation, on average over the pairs. */
  readonly distance: number;
}

/** A pattern of rates [BINS + 1] as it is compared: square roots, so that the strongest spots do not carry everything. */
export function patternOf(rotation: Rotation, rate: Float64Array): Turnable {
  let most = 0;
  for (let b = 0; b < BINS; b++) most = Math.max(most, rate[b]);
  return rotation.of(toLevels(rate.map((v) => (most > 0 ? Math.sqrt(v / most) : 0))));
}

/** The best correlation of two patterns over rotation, about the mean of each: rings of amorphous matter count as well as spots do. */
export function compare(rotation: Rotation, a: Turnable, b: Turnable): Peak {
  const sums = (p: Turnable): number => p.sums.reduce((s, v, r) => s + rotation.weights[r] * v, 0);
  const squares = (p: Turnable): number => p.values.reduce((s, v, i) => s + rotation.weights[Math.floor(i / SECTORS)] * v * v, 0);
  const whole = rotation.weights.reduce((s, w) => s + w * SECTORS, 0);
  const norm = Math.sqrt(squares(a) - sums(a) ** 2 / whole) * Math.sqrt(squares(b) - sums(b) ** 2 / whole);
  if (!(norm > 0)) return { turn: 0, height: 0 };
  const mean = (sums(a) * sums(b)) / whole;
  return parabola(rotation.products(a.spectrum, b.spectrum, rotation.weights).map((v) => (v - mean) / norm));
}

/** Average linkage of patterns by their best correlation over rotation: n - 1 joins, the nearest first, of equals the lower clusters. */
export function dendrogram(rotation: Rotation, patterns: readonly Turnable[]): Join[] {
  const n = patterns.length;
  const distance = patterns.map((a, i) => patterns.map((b, j) => (i < j ? 1 - compare(rotation, a, b).height : 0)));
  const of = (i: number, j: number): number => distance[Math.min(i, j)][Math.max(i, j)];
  const live = patterns.map((_, i) => ({ slot: i, cluster: i, size: 1 }));
  const joins: Join[] = [];
  while (live.length > 1) {
    let [p, q] = [0, 1];
    for (let i = 0; i < live.length; i++)
      for (let j = i + 1; j < live.length; j++) if (of(live[i].slot, live[j].slot) < of(live[p].slot, live[q].slot)) [p, q] = [i, j];
    const [x, y] = [live[p], live[q]];
    joins.push({ a: x.cluster, b: y.cluster, distance: of(x.slot, y.slot) });
    for (const { slot } of live) {
      if (slot === x.slot || slot === y.slot) continue;
      const mean = (x.size * of(slot, x.slot) + y.size * of(slot, y.slot)) / (x.size + y.size);
      distance[Math.min(slot, x.slot)][Math.max(slot, x.slot)] = mean;
    }
    live[p] = { slot: x.slot, cluster: n + joins.length - 1, size: x.size + y.size };
    live.splice(q, 1);
  }
  return joins;
}

/** The group of each pattern where the tree is cut at a distance: the lowest pattern of the group. */
export function cutTree(joins: readonly Join[], patterns: number, distance: number): number[] {
  const members = Array.from({ length: patterns }, (_, i) => [i]);
  const group = Array.from({ length: patterns }, (_, i) => i);
  for (const join of joins) {
    const both = [...members[join.a], ...members[join.b]];
    members.push(both);
    if (join.distance >= distance) continue;
    const lowest = Math.min(...both);
    for (const i of both) group[i] = lowest;
  }
  return group;
}

/** The mean of the rates of a group, each turned as the heaviest member lies. */
export function alignedMean(
  rotation: Rotation,
  members: readonly { readonly rate: Float64Array; readonly frames: number }[],
): { readonly rate: Float64Array; readonly turns: readonly number[] } {
  const patterns = members.map((m) => patternOf(rotation, m.rate));
  const first = members.reduce((best, m, i) => (m.frames > members[best].frames ? i : best), 0);
  const rate = new Float64Array(BINS + 1);
  const frames = members.reduce((n, m) => n + m.frames, 0);
  const turns = members.map((m, i) => {
    const turn = i === first ? 0 : compare(rotation, patterns[first], patterns[i]).turn;
    addSpread(m.rate, turn, m.frames / frames, rate);
    return turn;
  });
  return { rate, turns };
}
