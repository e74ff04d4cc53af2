/** Descent steps, and the step's floor under a weight, so that a member that fell to zero can come back. */
const STEPS = 12;
const FLOOR = 0.02;

/**
 * Weights of the members of a window on the simplex (none negative, their sum 1) that minimise squared bias and noise of the weighted sum as
 * an estimate of the first member's rate:
 *
 *     f(w) = sum_j w_j D[0][j] - 1/2 sum_ij w_i w_j D[i][j] + kappa sum_j w_j^2 noise[j]
 *
 * `distances` [members, members]: squared distances without their noise; its rows are `stride` apart. `noise`: variance of each member.
 * kappa < 1: noise that is taken away afterwards. `gradient`: room for as many numbers as there are members.
 */
export function krigeWeights(
  members: number,
  distances: Float32Array,
  stride: number,
  noise: Float32Array,
  kappa: number,
  weights: Float32Array,
  gradient: Float32Array,
): void {
  let sum = 0;
  for (let j = 0; j < members; j++) sum += weights[j] = 1 / (kappa * noise[0] + distances[j] + Number.MIN_VALUE);
  if (!Number.isFinite(sum)) sum = weights.fill(1, 0, members) && members;
  for (let j = 0; j < members; j++) weights[j] /= sum;
  for (let step = 0; step < STEPS; step++) {
    let mean = 0;
    for (let j = 0; j < members; j++) {
      let pull = 0;
      for (let i = 0, d = j * stride; i < members; i++, d++) pull += weights[i] * distances[d];
      gradient[j] = distances[j] - pull + 2 * kappa * weights[j] * noise[j];
      mean += weights[j] * gradient[j];
    }
    sum = 0;
    for (let j = 0; j < members; j++) {
      const w = weights[j];
      const curvature = distances[j] + 2 * kappa * noise[j] * (w + FLOOR);
      const next = curvature > 0 ? Math.max(0, w - ((w + FLOOR) * (gradient[j] - mean)) / (2 * curvature)) : w;
      weights[j] = next;
      sum += next;
    }
    for (let j = 0; j < members; j++) weights[j] /= sum;
  }
}
