/** Counts [rows, features] times weights [features, outputs] in plain TypeScript: what the products of the networks are compared with. */
export function plainProduct(
  counts: ArrayLike<number>,
  weights: ArrayLike<number>,
  features: number,
  outputs: number,
  results: Float32Array | Float64Array,
): void {
  results.fill(0);
  for (let row = 0; row * outputs < results.length; row++)
    for (let f = 0; f < features; f++) {
      const count = counts[row * features + f] as number;
      for (let k = 0, at = row * outputs; k < outputs; k++, at++)
        results[at] = (results[at] as number) + count * (weights[f * outputs + k] as number);
    }
}
