import { angleField } from "./angle-field.js";
import { findStep } from "./angle-steps.js";
import { advantage, type RivalVerdict } from "./competition.js";
import type { LabelMap } from "./label-map.js";
import { type Matter, twoKinds } from "./matter.js";
import { freeSums } from "./region-sum.js";
import { RegionTiles } from "./region-tiles.js";
import type { ScanEvents } from "./scan-events.js";
import type { Similarity } from "./similarity.js";

/** Tiles on either side of a step of the angle. */
const LEAST_TILES = 4;

/** What is asked of regions after the last row: whether each is two, or whether what is around it foretells it better. */
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

export const joinVerdicts = (a: RegionVerdicts, b: RegionVerdicts): RegionVerdicts => ({
  splits: [...a.splits, ...b.splits],
  rivals: [...a.rivals, ...b.rivals],
});

interface Parts<G> {
  readonly scan: ScanEvents;
  readonly labels: LabelMap;
  readonly matter: Matter<G>;
  readonly similarity: Similarity;
}

/** Answers questions about regions after the last row, from labels and stored frames alone: whoever has these gives the same answers. */
export class RegionJudge<G> {
  readonly #parts: Parts<G>;

  constructor(parts: Parts<G>) {
    this.#parts = parts;
  }

  answer({ about, ids }: RegionQuestions): RegionVerdicts {
    const { scan, labels } = this.#parts;
    if (about === "splits") return { splits: ids.map((id) => this.split(id)), rivals: [] };
    return { splits: [], rivals: ids.map((id) => ({ id, advantage: advantage(scan, labels, id) })) };
  }

  /** Two parts of some questions that take about as long: by the positions of their regions. */
  halves({ about, ids }: RegionQuestions): readonly [RegionQuestions, RegionQuestions] {
    const positions = new Map(ids.map((id) => [id, 0]));
    for (const id of this.#parts.labels.region) {
      const n = positions.get(id);
      if (n !== undefined) positions.set(id, n + 1);
    }
    const [own, other] = [
      { about, ids: [] as number[] },
      { about, ids: [] as number[] },
    ];
    let ahead = 0;
    for (const [id, n] of [...positions].sort(([a, n], [b, m]) => m - n || a - b)) {
      (ahead > 0 ? other : own).ids.push(id);
      ahead += ahead > 0 ? -n : n;
    }
    return [own, other];
  }

  /** [rows * columns] Region of each position, in memory of all threads. */
  get region(): Int32Array {
    const { region, rows, columns } = this.#parts.labels;
    const copy = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * rows * columns));
    copy.set(region.subarray(0, copy.length));
    return copy;
  }

  split(id: number): SplitVerdict {
    const { scan, labels, matter, similarity } = this.#parts;
    const tiles = new RegionTiles(scan, labels, id);
    const kinds = twoKinds(tiles.sums, matter, scan.mean, similarity);
    const core = tiles.sum;
    const side = kinds ?? findStep(angleField(scan, core, tiles), LEAST_TILES);
    freeSums([...tiles.sums, core]);
    return { id, side, kinds: kinds !== null };
  }
}

/** What goes on to the end of a scan with answers to its questions: `judge` knows them, and another one with the same labels and frames. */
export type Finishing<T> = Generator<Inquiry, T, RegionVerdicts>;

export interface Inquiry {
  readonly questions: RegionQuestions;
  readonly judge: RegionJudge<unknown>;
}

/** Goes on to the end, in this thread. */
export function answered<T>(finishing: Finishing<T>): T {
  let step = finishing.next();
  while (!step.done) step = finishing.next(step.value.judge.answer(step.value.questions));
  return step.value;
}
