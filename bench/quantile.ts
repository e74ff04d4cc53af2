import type { MetricValues } from "./daemon.js";

/** Quantile of a histogram of the metrics: linear within its bucket, infinite above the last edge, NaN without a sample. */
export function quantile(metrics: MetricValues, name: string, q: number): number {
  const start = `${name}_bucket{le="`;
  const buckets = [...metrics].flatMap(([key, count]) => {
    if (!key.startsWith(start)) return [];
    const edge = key.slice(start.length, key.indexOf('"', start.length));
    return [[edge === "+Inf" ? Number.POSITIVE_INFINITY : Number(edge), count] as const];
  });
  const wanted = q * (buckets.at(-1)?.[1] ?? 0);
  let [low, before] = [0, 0];
  for (const [edge, count] of buckets) {
    if (count >= wanted && count > before) return low + ((edge - low) * (wanted - before)) / (count - before);
    [low, before] = [edge, count];
  }
  return Number.NaN;
}
