/** Logarithms are whole multiples of one part of so many, and rates of their highest: sums of either turn with their pattern to the bit. */
export const LOG_PARTS = 256;
const RATE_PARTS = 4095;
/** Values are rounded to such parts before they are added up, so that the order does not matter. */
const SUM_PARTS = 65536;

function ringSum(values: Float32Array, from: number, sectors: number): number {
  let sum = 0;
  for (let i = from; i < from + sectors; i++) sum += Math.round(values[i] * SUM_PARTS);
  return sum / SUM_PARTS;
}

/**
 * Rates of counts over live areas, both blurred, [rings * sectors], as whole numbers: natural logarithms to `log`, the rates themselves to `rate`. Each bin
 * has beside its own live area that of `prior` of `frames` frames, at the mean rate of the ring. Rings without counts have 0 throughout.
 */
export function rateLevels(
  counts: Float32Array,
  live: Float32Array,
  sectors: number,
  prior: number,
  frames: number,
  log: Float64Array,
  rate: Float64Array,
): void {
  log.fill(0);
  rate.fill(0);
  let most = 0;
  for (let from = 0; from < log.length; from += sectors) {
    const [n, a] = [ringSum(counts, from, sectors), ringSum(live, from, sectors)];
    if (!(n > 0)) continue;
    const more = (prior * a) / (sectors * frames);
    for (let i = from; i < from + sectors; i++) {
      rate[i] = (counts[i] + (more * n) / a) / (live[i] + more);
      most = Math.max(most, rate[i]);
      log[i] = Math.round(LOG_PARTS * Math.log(rate[i]));
    }
  }
  for (let i = 0; i < rate.length; i++) rate[i] = Math.round((RATE_PARTS * rate[i]) / most);
}
