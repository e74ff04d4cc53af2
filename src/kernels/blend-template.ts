/**
 * Rates of a template: counts of `frames` frames, and `prior` frames more of the mean of the scan, over their live area. `counts`, `area`: blurred,
 * [rings * sectors + 1]; `mean`: rate per ring, last of the direct beam. Rates have a floor, so that no event is impossible.
 */
export function blendTemplate(
  counts: ArrayLike<number>,
  area: ArrayLike<number>,
  frames: number,
  prior: number,
  mean: Float64Array,
  rate: Float32Array,
): void {
  const sectors = (rate.length - 1) / (mean.length - 1);
  const weight = (frames + prior) / frames;
  for (let b = 0; b < rate.length; b++) {
    const g = Math.max(mean[Math.floor(b / sectors)], 1e-12);
    const m = area[b] > 1e-6 ? (counts[b] + (prior / frames) * g * area[b]) / (weight * area[b]) : g;
    rate[b] = Math.max(m, 1e-3 * g);
  }
}

/** Natural logarithms. */
export function logAll(values: Float32Array, out: Float32Array): void {
  for (let i = 0; i < values.length; i++) out[i] = Math.log(values[i]);
}
