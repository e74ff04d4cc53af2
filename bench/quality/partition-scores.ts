/** How many positions fall into each pair of labels, and into each label. */
function contingency(a: ArrayLike<number>, b: ArrayLike<number>) {
  const [rows, columns, pairs] = [new Map<number, number>(), new Map<number, number>(), new Map<string, number>()];
  const add = <K>(map: Map<K, number>, key: K): void => void map.set(key, (map.get(key) ?? 0) + 1);
  for (let i = 0; i < a.length; i++) {
    add(rows, a[i] as number);
    add(columns, b[i] as number);
    add(pairs, `${a[i]} ${b[i]}`);
  }
  return { n: a.length, rows: [...rows.values()], columns: [...columns.values()], pairs: [...pairs.values()] };
}

const pairsOf = (counts: readonly number[]): number => counts.reduce((s, n) => s + (n * (n - 1)) / 2, 0);
/** Nats. */
const entropy = (counts: readonly number[], n: number): number => counts.reduce((s, c) => s - (c / n) * Math.log(c / n), 0);

/** Adjusted Rand index (Hubert and Arabie 1985): 1 for the same partition, 0 on average for a random one. */
export function adjustedRand(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { n, rows, columns, pairs } = contingency(a, b);
  const [both, inA, inB] = [pairsOf(pairs), pairsOf(rows), pairsOf(columns)];
  const expected = (inA * inB) / ((n * (n - 1)) / 2);
  const most = (inA + inB) / 2;
  return most === expected ? 1 : (both - expected) / (most - expected);
}

/** Mutual information over the mean of both entropies. */
export function normalisedMutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { n, rows, columns, pairs } = contingency(a, b);
  const [inA, inB] = [entropy(rows, n), entropy(columns, n)];
  return inA + inB === 0 ? 1 : (2 * (inA + inB - entropy(pairs, n))) / (inA + inB);
}

/** 1 - H(truth | labels) / H(truth): 1 where every label lies within one class of the truth (Rosenberg and Hirschberg 2007). */
export function homogeneity(truth: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { n, rows, columns, pairs } = contingency(truth, labels);
  const of = entropy(rows, n);
  return of === 0 ? 1 : 1 - (entropy(pairs, n) - entropy(columns, n)) / of;
}
