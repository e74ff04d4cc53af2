import type { Part } from "./component.js";
import { devianceMoments } from "./deviance-moments.js";
import { fitMixture } from "./mixture-fit.js";
import { knownCandidates, type Mixtures, type SharedPart, sorted, turnedParts } from "./mixtures.js";
import { BINS, type PolarFrame } from "./polar-events.js";
import { countFrame, type FrameCounts, type TurnedRates } from "./turned-rates.js";

/** A frame with so large a share of one component is expected to be as noisy as that one. */
const PURE = 0.95;
/** Smaller parts are left out: they are noise, and nobody reads them. */
export const LEAST_SHARE = 0.005;

/** A frame as a sum of components: shares of its electrons, largest first. */
export interface Explanation {
  readonly parts: readonly SharedPart[];
  /** Deviance that is left, and what Poisson noise makes of it. */
  readonly deviance: number;
  readonly expected: number;
  /** How many standard deviations the frame is worse explained than noise makes it. */
  readonly residual: number;
}

/** Explains the frame of a position; `candidates`: components that may be in it, that of its class first. null: none is known, or there is no electron. */
export function explain(of: Mixtures, position: number, frame: PolarFrame, candidates: readonly Part[]): Explanation | null {
  const parts = knownCandidates(of, position, candidates);
  return explainCounts(countFrame(frame), parts, turnedParts(of, parts))?.[0] ?? null;
}

/** The same, with shares in the order of the parts; `turned`: their rates. */
export function explainCounts(
  frame: FrameCounts,
  parts: readonly Part[],
  turned: readonly TurnedRates[],
): readonly [Explanation, shares: Float64Array] | null {
  if (parts.length === 0 || frame.electrons === 0) return null;
  const { shares, deviance } = fitMixture(frame, turned);
  const pure = turned.find((_, i) => shares[i] > PURE);
  const [expected, deviation] = pure ? pure.expected(frame.electrons, frame.area) : expectedOf(frame, turned, shares);
  return [{ parts: sorted(parts, shares), deviance, expected, residual: (deviance - expected) / deviation }, shares];
}

/** The novelty that is left of what it was beside one class `alone`: what belongs to no class explains nothing. */
export const leftOf = (alone: number, found: Explanation | null): number =>
  found?.parts.every((p) => p.component > 0 || p.share < LEAST_SHARE) ? Math.min(alone, found.residual) : alone;

const mixed = new Float64Array(BINS + 1);

/** Mean and standard deviation of the deviance of a frame from a mixture. */
function expectedOf({ electrons, area }: FrameCounts, parts: readonly TurnedRates[], shares: Float64Array): readonly [number, number] {
  mixed.fill(0);
  for (const [j, part] of parts.entries()) {
    const weight = shares[j] / part.mass(area);
    const { rate } = part;
    for (let b = 0; b < rate.length; b++) mixed[b] += weight * rate[b];
  }
  const [mean, variance] = devianceMoments(mixed, area, electrons);
  return [mean, Math.sqrt(variance)];
}
