import type { ComponentRows } from "../components/component-rows.js";
import type { ComponentScan } from "../components/component-scan.js";
import { type Finishing, type Inquiry, joinVerdicts, type RegionQuestions, type RegionVerdicts } from "../components/region-judge.js";

/** What another thread that has the same rows is to find out meanwhile. */
export interface SharedWork {
  /** [rows * columns] Region of each position. */
  readonly region: Int32Array;
  readonly questions: RegionQuestions;
}

/** The final pass of a scan, of which another thread does a part: the same to the bit whoever does which. */
export class SharedEnding {
  readonly #work: Finishing<ComponentRows>;
  /** What is found out here, and by whom. */
  #own: Inquiry | null = null;
  #found: RegionVerdicts | null = null;
  /** For the other thread; null: nothing, the pass is over. */
  shared: SharedWork | null = null;
  /** null: the pass is not over. */
  rows: ComponentRows | null = null;

  constructor(scan: ComponentScan, superpixels: readonly Int32Array[]) {
    this.#work = scan.finishing(superpixels);
    this.#take(this.#work.next());
  }

  /** Does the part of this thread. */
  judge(): void {
    this.#found ??= this.#own?.judge.answer(this.#own.questions) ?? null;
  }

  /** Goes on with what the other thread found. */
  goOn(theirs: RegionVerdicts): void {
    this.judge();
    const found = this.#found;
    this.#found = null;
    if (found) this.#take(this.#work.next(joinVerdicts(found, theirs)));
  }

  #take({ done, value }: IteratorResult<Inquiry, ComponentRows>): void {
    this.#own = null;
    this.shared = null;
    if (done) this.rows = value;
    else {
      const { questions, judge } = value;
      const [own, other] = judge.halves(questions);
      this.#own = { questions: own, judge };
      this.shared = { region: judge.region, questions: other };
    }
  }
}
