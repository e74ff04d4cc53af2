import { angleField } from "./angle-field.js";
import { findStep } from "./angle-steps.js";
import { advantage } from "./competition.js";
import type { RegionQuestions, RegionVerdicts, SplitVerdict } from "./final-questions.js";
import { type Finishing, shared } from "./finishing.js";
import type { LabelMap } from "./label-map.js";
import { type Matter, twoKinds } from "./matter.js";
import { freeSums } from "./region-sum.js";
import { coreSum, RegionTiles } from "./region-tiles.js";
import type { ScanEvents } from "./scan-events.js";
import type { Similarity } from "./similarity.js";

/** Tiles on either side of a step of the angle. */
const LEAST_TILES = 4;

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

  /** Answers some questions, about half of them by somebody else. */
  *ask(questions: RegionQuestions): Finishing<RegionVerdicts> {
    const [own, other] = this.halves(questions);
    if (other.ids.length === 0) return this.answer(own);
    const answer = () => this.answer(other);
    const [found, theirs] = yield* shared(this.#parts.labels, other, answer, () => this.answer(own));
    return joinVerdicts(found, theirs);
  }

  split(id: number): SplitVerdict {
    const { scan, labels, matter, similarity } = this.#parts;
    const tiles = new RegionTiles(scan, labels, id);
    const kinds = twoKinds(tiles.sums, matter, scan.mean, similarity);
    const core = coreSum(scan, labels, id);
    const side = kinds ?? findStep(angleField(scan, core, tiles), LEAST_TILES);
    freeSums([...tiles.sums, core]);
    return { id, side, kinds: kinds !== null };
  }
}
