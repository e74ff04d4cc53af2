import type { ExplainedFrame } from "./explained-frame.js";
import type { JoinedClasses } from "./joined-classes.js";
import type { ClassRecord } from "./library.js";
import { GRID } from "./polar-events.js";

const SECTOR = (2 * Math.PI) / GRID.sectors;

/** One of the things that a frame is made of. */
export interface ExplainedPart {
  /** null: what belongs to no class. */
  readonly class: number | null;
  /** Of the electrons. */
  readonly share: number;
  /** As in ComponentRows. */
  readonly angle: number;
  readonly fold: number;
}

interface Place {
  /** -1: none. */
  readonly class: number;
  readonly grain: number;
}

export interface ExplainedPosition extends Omit<ExplainedFrame, "parts"> {
  readonly parts: readonly ExplainedPart[];
  /** What the map shows still, and what it will show; null: it shows what is known. */
  readonly waits: { readonly shown: Place; readonly known: Place } | null;
}

/** A part as classes are shown. `listed`: classes beside which there is nothing; null: all. */
export function seePart(
  { component, turn, share }: ExplainedFrame["parts"][number],
  joined: JoinedClasses,
  records: ReadonlyMap<number, ClassRecord>,
  listed: { has(id: number): boolean } | null,
): ExplainedPart {
  const fold = records.get(component)?.crystal?.fold ?? 0;
  if (component < 0 || listed?.has(component) === false) return { class: null, share, angle: Number.NaN, fold: 0 };
  const period = (2 * Math.PI) / Math.max(1, fold);
  const angle = fold > 0 ? (((turn * SECTOR) % period) + period) % period : Number.NaN;
  const seen = joined.see({ class: component, angle, fold, confidence: 1, grain: -1 }, records);
  return { class: seen.class, share, angle: seen.angle, fold: seen.fold };
}
