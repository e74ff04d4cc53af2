/** How a series ended, and what its account says then. */

export type EndKind = "end" | "superseded" | "count" | "silence" | "stopped";

export interface EndFacts {
  readonly how: EndKind;
  readonly expected: number | null;
  /** Highest image number seen, -1: none. */
  readonly highest: number;
  /** Of the ids below `highest`: never received, and the longest run of such. */
  readonly missing: number;
  readonly longest: number;
  /** All expected images came. */
  readonly complete: boolean;
  /** The protocol has no begin and no end. */
  readonly implied: boolean;
}

/** Below this probability a missing tail is an abort, not chance. */
const CHANCE = 1e-3;

/**
 * Was this a normal end? An end message that comes early is an abort (detectors reference, failure table); a few lost images at
 * the very end are not: the tail is held against the loss seen before it.
 */
export function endedNormally(f: EndFacts): boolean {
  if (f.complete) return true;
  if (f.how === "superseded" || f.how === "stopped") return false;
  if (f.how === "silence") return f.implied && f.expected === null && f.highest >= 0;
  if (f.expected === null) return true;
  const tail = f.expected - 1 - f.highest;
  if (tail <= 0) return true;
  if (f.highest < 0) return false;
  // One image short: lost at the very end, or a trigger that the detector missed.
  if (tail <= Math.max(1, f.longest)) return true;
  const rate = (f.missing + 1) / (f.highest + 3);
  return tail * Math.log(rate) >= Math.log(CHANCE);
}

export function endReason(f: EndFacts, normal: boolean): string | null {
  if (f.how === "superseded" && !normal) return "a new series began before this one ended";
  if (f.how === "stopped" && !normal) return "the daemon was stopped";
  if (f.how === "silence") return normal ? "ended by silence: the protocol has no end message" : "no message came any more (silence)";
  if (f.how === "count") return "all images came, and no end message after them";
  return normal ? null : "the detector ended the series early";
}
