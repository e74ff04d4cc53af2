import type { ScoreTable } from "./score-entries.js";

/**
 * A frame of the window in the memory of the kernels: its scores and two more float32, then the addresses of its entries and of their end, and
 * of its polar entries and of their end; from word 56 on its features. A frame whose entries have no address is absent.
 */
export const WINDOW_FRAME = { scores: 48, power: 48, noise: 49, from: 50, to: 51, words: 72, bytes: 288 } as const;

/** Most members of a window; rows of distances and weights are so long. */
export const MOST_MEMBERS = 64;

/** The gain of each bin: what its pixels have, save those that are excluded. */
export function binGains(bin: Uint16Array, gain: Float32Array, bins: number): Float32Array {
  const out = new Float32Array(bins);
  for (let p = 0; p < bin.length; p++) out[bin[p]] = Math.max(out[bin[p]], gain[p]);
  return out;
}

/**
 * A table as setScores in wasm/score-entries.ts takes it. `basis`: [bins, 48], zero beyond the components; `noise`: [bins, 2], what a count
 * adds to the noise of the scores and of the frame.
 */
export function fillScores(table: ScoreTable, gains: Float32Array, basis: Float32Array, noise: Float32Array): void {
  const { components } = table;
  basis.fill(0);
  for (let b = 0; b < gains.length; b++) {
    const gain = gains[b];
    for (let k = 0; k < components; k++) basis[b * WINDOW_FRAME.scores + k] = gain * table.basis[b * components + k];
    noise[2 * b] = gain * gain * table.power[b];
    noise[2 * b + 1] = gain * gain * table.weight[b];
  }
}
