import type { Part } from "./component.js";
import { fitShares } from "./mixture-fit.js";
import type { PolarFrame } from "./polar-events.js";
import { countFrame, type TurnedRates } from "./turned-rates.js";

/** A part of a frame, and its share of the electrons. */
export interface SharedPart extends Part {
  readonly share: number;
}

/** What frames are explained as mixtures of. */
export interface Mixtures {
  readonly columns: number;
  readonly components: ReadonlyMap<number, { at(turn: number): TurnedRates }>;
  /** What else than the candidates explains a position. */
  readonly extra: ReadonlyMap<number, Part>;
}

/** Known candidates, each once, and what else was found at the position or before it. */
export function knownCandidates({ columns, components, extra }: Mixtures, position: number, candidates: readonly Part[]): Part[] {
  const all: Part[] = [];
  const add = (part: Part | undefined): void => {
    if (part && components.has(part.component) && !all.some((p) => p.component === part.component && p.turn === part.turn)) all.push(part);
  };
  for (const part of candidates) add(part);
  if (extra.size > 0) for (const near of [position, position - 1, position - columns]) add(extra.get(near));
  return all;
}

/** Rates of known parts. */
export const turnedParts = ({ components }: Mixtures, parts: readonly Part[]): TurnedRates[] =>
  parts.flatMap(({ component, turn }) => components.get(component)?.at(turn) ?? []);

/** Parts with their shares, the largest first. */
export const sorted = (parts: readonly Part[], shares: Float64Array): SharedPart[] =>
  parts.map((p, i) => ({ ...p, share: shares[i] })).sort((a, b) => b.share - a.share);

/** Of what the frame of a position is made; `candidates`: components that may be in it. */
export function mixtureOf(of: Mixtures, position: number, frame: PolarFrame, candidates: readonly Part[]): SharedPart[] {
  const parts = knownCandidates(of, position, candidates);
  const counted = countFrame(frame);
  if (parts.length === 0 || counted.electrons === 0) return [];
  return sorted(parts, fitShares(counted, turnedParts(of, parts)));
}
