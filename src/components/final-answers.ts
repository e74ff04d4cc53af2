import { crystalMatter } from "./crystal-matter.js";
import { BorderSweeps } from "./final-borders.js";
import type { FinalAnswer, FinalQuestion } from "./final-questions.js";
import { answerShares } from "./final-shares.js";
import { LabelMap } from "./label-map.js";
import type { PolarScale } from "./polar-events.js";
import { RegionJudge } from "./region-judge.js";
import type { ScanEvents } from "./scan-events.js";
import { Similarity } from "./similarity.js";
import { TileParts } from "./tile-parts.js";

/** Answers what is asked on the way to the end of a scan, for whoever has the labels, from its rows alone. */
export class FinalAnswers {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  readonly #parts: TileParts;
  readonly #judge: RegionJudge<unknown>;
  /** Of the pass under way. */
  #sweeps: BorderSweeps | null = null;

  /** After the last row. */
  constructor(scan: ScanEvents, scale: PolarScale) {
    const labels = new LabelMap(scan.columns);
    labels.grow(scan.rows);
    this.#scan = scan;
    this.#labels = labels;
    this.#parts = new TileParts(scan, labels);
    this.#judge = new RegionJudge({ scan, labels, matter: crystalMatter(scale, scan.kernels), similarity: new Similarity(scan, scale) });
  }

  /** `region`: [rows * columns] of each position. Logarithms of templates of superpixels are others afterwards. */
  answer(region: Int32Array, question: FinalQuestion): FinalAnswer {
    const [scan, labels] = [this.#scan, this.#labels];
    labels.lay(0, region);
    if (question.about === "shares") return answerShares((at) => scan.frame(at), labels, question);
    if (question.about !== "borders") return this.#judge.answer(question);
    const { sweep, first, end } = question;
    if (sweep === 0) this.#sweeps = null;
    this.#sweeps ??= new BorderSweeps({ scan, labels, parts: this.#parts }, first, end);
    return this.#sweeps.sweep(first, end);
  }
}
