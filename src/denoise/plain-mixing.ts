import { BANK, CLASSES, MIDDLE, RISE_STEPS, RISES } from "./method.js";
import { KINDS, LEAST_RATE, MARGIN, SUMMED } from "./mixing.js";

/**
 * Sums [KINDS, 16, 16] over one position in plain TypeScript: products of the numbers of each pixel in pairs, on and above the diagonal. Numbers:
 * the members of the bank, zeros, 14: 1, 15: the rate that errors are weighed by. `used`: non-zero where the pixel is valid; `mean`: counts per pixel.
 */
export function sumMixing(
  planes: readonly Float32Array[],
  guide: Float32Array,
  around: Float32Array,
  mean: number,
  used: Uint8Array,
  height: number,
  width: number,
): Float64Array {
  const sums = new Float64Array(KINDS * SUMMED * SUMMED);
  const f = new Float64Array(SUMMED);
  f[SUMMED - 2] = 1;
  const least = LEAST_RATE * mean;
  for (let row = MARGIN; row < height - MARGIN; row++)
    for (let p = row * width + MARGIN; p < (row + 1) * width - MARGIN; p++) {
      if (used[p] === 0) continue;
      const g = guide[p] as number;
      const t = Math.min(CLASSES - 1.001, Math.max(0, Math.log2(Math.max(g, 1e-30) / mean) + MIDDLE));
      const rise = RISE_STEPS * Math.log2((g + least) / ((around[p] as number) + least)) + RISES / 2;
      for (let k = 0; k < BANK; k++) f[k] = (planes[k] as Float32Array)[p] as number;
      const noise = Math.max(g, least);
      f[SUMMED - 1] = noise;
      const q = Math.floor(t) * RISES + Math.min(RISES - 1, Math.max(0, Math.floor(rise)));
      const h = t - Math.floor(t);
      addProducts(sums, q, (1 - h) / noise, f);
      addProducts(sums, q + RISES, h / noise, f);
    }
  return sums;
}

function addProducts(sums: Float64Array, q: number, weight: number, f: Float64Array): void {
  for (let i = 0; i < SUMMED; i++)
    for (let j = i; j < SUMMED; j++) (sums[(q * SUMMED + i) * SUMMED + j] as number) += weight * (f[i] as number) * (f[j] as number);
}
