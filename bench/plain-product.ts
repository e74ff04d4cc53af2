/** Counts [rows, features] times weights [features, outputs] in plain TypeScript, summed in float64: what the products of the networks are compared with. */
export function plainProduct(
  counts: ArrayLike<number>,
  weights: ArrayLike<number>,
  features: number,
  outputs: number,
  results: Float32Array | Float64Array,
): void {
  for (let at = 0; at < results.length; at++) {
    let sum = 0;
    const from = Math.floor(at / outputs) * features;
    for (let f = 0, w = at % outputs; f < features; f++, w += outputs) sum += (counts[from + f] as number) * (weights[w] as number);
    results[at] = sum;
  }
}
