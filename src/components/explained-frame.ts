import type { Part } from "./component.js";
import { LEAST_SHARE } from "./explanation.js";
import type { Nmf } from "./nmf.js";
import { BINS, type PolarFrame } from "./polar-events.js";
import { countFrame } from "./turned-rates.js";

/** A frame as its model has it. */
export interface ExplainedFrame {
  /** Classes at their turns, sectors, with their shares of the electrons, the largest first; ids below 0: what belongs to no class. */
  readonly parts: readonly (Part & { readonly share: number })[];
  /** Electrons of the frame, those beyond the last ring apart. */
  readonly electrons: number;
  /** How many standard deviations of Poisson noise the frame is away from its class alone, and from all parts together. */
  readonly alone: number;
  readonly residual: number;
  /** [BINS + 1] Expected counts of a live pixel. */
  readonly rate: Float64Array;
}

/** What a frame is made of; `candidates`: components that may be in it, that of its class first. null: none of them is known, or it has no electron. */
export function explainFrame(nmf: Nmf, position: number, frame: PolarFrame, candidates: readonly Part[]): ExplainedFrame | null {
  const found = nmf.explain(position, frame, candidates);
  if (!found) return null;
  const counted = countFrame(frame);
  const rate = new Float64Array(BINS + 1);
  const turnedBy = ({ component, turn }: Part) => nmf.components.get(component)?.at(turn);
  for (const part of found.parts) {
    const turned = turnedBy(part);
    if (!turned) continue;
    const weight = (part.share * counted.electrons) / turned.mass(frame.area);
    for (let b = 0; b <= BINS; b++) rate[b] += weight * turned.rate[b];
  }
  return {
    parts: found.parts.filter((p) => p.share >= LEAST_SHARE),
    electrons: counted.electrons,
    alone: turnedBy(candidates[0])?.novelty(counted) ?? found.residual,
    residual: found.residual,
    rate,
  };
}
