import { BINS } from "./polar-events.js";
import type { FrameCounts, TurnedRates } from "./turned-rates.js";

/** How often each pair of parts exchanges electrons, at most; fewer times where no share moves by more than that any more, as Newton's steps end far nearer. */
const SWEEPS = 6;
const SETTLED = 1e-4;

/** How much of each part explains a frame: shares of its electrons, and the deviance that is left. */
export interface Mixture {
  readonly shares: Float64Array;
  readonly deviance: number;
}

/**
 * Maximum likelihood of a frame as a sum of parts: max over f of sum_b x_b ln sum_k f_k m_k(b), m of unit mass over the live area, f not negative and
 * of sum 1. Every two parts exchange shares by Newton's step, from equal shares: what they have in common, such as the direct beam, does not slow it.
 */
export function fitMixture(frame: FrameCounts, parts: readonly TurnedRates[]): Mixture {
  const { counts, electrons } = frame;
  const { shares, mixed } = fit(frame, parts);
  let deviance = 0;
  for (let i = 0; i < mixed.length; i++) deviance += 2 * counts[i] * Math.log(counts[i] / (electrons * mixed[i]));
  return { shares, deviance };
}

/** The shares alone. */
export const fitShares = (frame: FrameCounts, parts: readonly TurnedRates[]): Float64Array => fit(frame, parts).shares;

/** Rates of parts by bin of the frame that is fitted, and of their mixture: memory that is used again. */
const rates: Float64Array[] = [];
const mixture = new Float64Array(BINS + 1);

function fit({ bins, counts, area }: FrameCounts, parts: readonly TurnedRates[]): { shares: Float64Array; mixed: Float64Array } {
  const mixed = mixture.subarray(0, bins.length).fill(0);
  const each = 1 / parts.length;
  for (let j = 0; j < parts.length; j++) {
    const { rate } = parts[j];
    const scale = 1 / parts[j].mass(area);
    const own = rates[j] ?? new Float64Array(BINS + 1);
    rates[j] = own;
    for (let i = 0; i < bins.length; i++) {
      own[i] = rate[bins[i]] * area[bins[i]] * scale;
      mixed[i] += own[i] * each;
    }
  }
  const shares = new Float64Array(parts.length).fill(1 / parts.length);
  for (let sweep = 0; sweep < SWEEPS; sweep++) if (!sweepOnce(counts, mixed, shares)) break;
  return { shares, mixed };
}

/** Lets every two parts exchange shares. False: next to nothing moved. */
function sweepOnce(counts: Uint32Array, mixed: Float64Array, shares: Float64Array): boolean {
  let moved = false;
  for (let j = 0; j < shares.length; j++)
    for (let k = j + 1; k < shares.length; k++) if (shares[j] + shares[k] > 0) moved = exchange(counts, mixed, shares, j, k) || moved;
  return moved;
}

/** Moves shares from part k to part j as far as the likelihood grows, to second order. False: next to none. */
function exchange(counts: Uint32Array, mixed: Float64Array, shares: Float64Array, j: number, k: number): boolean {
  const a = rates[j];
  const b = rates[k];
  let slope = 0;
  let bend = 0;
  for (let i = 0; i < mixed.length; i++) {
    const d = (a[i] - b[i]) / mixed[i];
    slope += counts[i] * d;
    bend += counts[i] * d * d;
  }
  if (!(bend > 0)) return false;
  const step = Math.min(shares[k], Math.max(-shares[j], slope / bend));
  if (step === 0) return false;
  shares[j] += step;
  shares[k] -= step;
  for (let i = 0; i < mixed.length; i++) mixed[i] += step * (a[i] - b[i]);
  return Math.abs(step) > SETTLED;
}
