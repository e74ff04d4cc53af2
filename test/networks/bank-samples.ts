/** Samples for the network over the bank whose best answer is known. */
import { BANK_PLANES } from "../../src/networks/bank-network.js";
import type { Samples } from "../../src/networks/bank-trainer.js";
import { aRandom } from "../fixtures/frames.js";

/** Poisson numbers of small rates. */
export function aCount(rate: number, random: () => number): number {
  let [n, left] = [0, Math.exp(rate) * random()];
  // Inverse of the distribution: sum of rate^n / n! up to the drawn share.
  for (let term = 1; left > term && n < 1000; n++) {
    left -= term;
    term *= rate / (n + 1);
  }
  return n;
}

export interface KnownSamples extends Samples {
  /** Rates that the counts were drawn from, [samples]. */
  readonly truth: Float32Array;
}

/**
 * Bright pixels are known to one member, dark ones to the mean of two others; all other planes, the training-free result too, are noisy.
 */
export function knownSamples(count: number, seed: number, mean = 0.1): KnownSamples {
  const random = aRandom(seed);
  const bank = new Float32Array(count * BANK_PLANES);
  const truth = new Float32Array(count);
  const counts = truth.map((_, i) => {
    const rate = mean * 2 ** (6 * random() - 4);
    truth[i] = rate;
    const noisy = (size: number): number => rate * Math.exp(size * (random() + random() - 1));
    for (let k = 0; k < BANK_PLANES; k++) bank[i * BANK_PLANES + k] = noisy(1.5);
    const opposite = 0.5 * rate * (2 * random() - 1);
    if (rate > mean) bank[i * BANK_PLANES + 3] = rate;
    else
      for (const [k, sign] of [
        [5, 1],
        [8, -1],
      ] as const)
        bank[i * BANK_PLANES + k] = rate + sign * opposite;
    return aCount(rate, random);
  });
  return { bank, counts, truth, mean: new Float32Array(count).fill(mean), frames: new Float32Array(count).fill(1) };
}

/** Deviance per pixel of these rates. */
export function devianceOf(counts: Float32Array, rates: Float32Array): number {
  return (
    counts.reduce((sum, x, i) => {
      const rate = rates[i] as number;
      return sum + 2 * (rate - x + (x > 0 ? x * Math.log(x / rate) : 0));
    }, 0) / counts.length
  );
}
