/**
 * Scales an estimate so that it has as many counts in valid pixels as another, the average or the training-free estimate that it was made from: weights of
 * pixels do not add up to that by themselves. `used`: non-zero where a pixel is valid.
 */
export function keepCounts(estimate: Float32Array, as: Float32Array, used: Uint8Array): void {
  let [sum, total] = [0, 0];
  for (let p = 0; p < used.length; p++) {
    if (used[p] === 0) continue;
    sum += estimate[p] as number;
    total += as[p] as number;
  }
  if (sum > 0) for (let p = 0; p < used.length; p++) (estimate[p] as number) *= total / sum;
}
