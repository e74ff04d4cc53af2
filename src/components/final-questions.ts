import type { RivalVerdict } from "./competition.js";
import type { Part } from "./component.js";
import type { SharesOfPositions } from "./position-shares.js";
import type { RegionClass } from "./region-class.js";

/** Whether each of some regions is two, or whether what is around it foretells it better. */
export interface RegionQuestions {
  readonly about: "splits" | "rivals";
  readonly ids: readonly number[];
}

/** Where a region is two. */
export interface SplitVerdict {
  readonly id: number;
  /** By its tiles, in the order of RegionTiles: 0, 1, or -1 where that is not known; null: it is one. */
  readonly side: Int8Array | null;
  /** Its parts are two kinds; false: parts of one on either side of a step of the angle. */
  readonly kinds: boolean;
}

export interface RegionVerdicts {
  readonly splits: readonly SplitVerdict[];
  readonly rivals: readonly RivalVerdict[];
}

/** What positions at borders of some rows, from `first` on, are in a sweep over all: the first one begins a pass. */
export interface BorderQuestion {
  readonly about: "borders";
  readonly sweep: number;
  readonly first: number;
  readonly end: number;
}

/** Of these rows, [(end - first) * columns]: as LabelMap. */
export interface Borders {
  readonly region: Int32Array;
  readonly confidence: Float32Array;
}

/** What the frames of positions are made of: of rows that nobody has begun with. */
export interface ShareQuestion {
  readonly about: "shares";
  /** Classes by region. */
  readonly known: ReadonlyMap<number, RegionClass>;
  /** As Nmf has them: their rates, [BINS + 1], and what else was found at positions. */
  readonly components: readonly (readonly [id: number, rate: Float64Array])[];
  readonly extra: ReadonlyMap<number, Part>;
  /** [1] The next row, and where answers go: in memory of all threads. */
  readonly next: Int32Array;
  readonly to: FoundShares;
}

export interface FoundShares extends SharesOfPositions {
  /** What they were found of, by position. */
  readonly prints: Float64Array;
}

/** What settles a scan after its last row and follows from its rows, the region of each position, and the question alone: whoever has these answers the same. */
export type FinalQuestion = RegionQuestions | BorderQuestion | ShareQuestion;
/** "done": it lies where it was asked for. */
export type AnswerTo<Q extends FinalQuestion> = Q extends RegionQuestions ? RegionVerdicts : Q extends BorderQuestion ? Borders : "done";
export type FinalAnswer = AnswerTo<FinalQuestion>;
