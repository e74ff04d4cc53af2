import type { ComponentRows } from "../components/component-rows.js";
import type { ComponentScan } from "../components/component-scan.js";
import type { FinalAnswer, FinalQuestion } from "../components/final-questions.js";
import type { Finishing, Inquiry } from "../components/finishing.js";

/** What another thread that has the same rows is to find out meanwhile. */
export interface SharedWork {
  /** [rows * columns] Region of each position. */
  readonly region: Int32Array;
  readonly question: FinalQuestion;
}

/** The final pass of a scan, of which another thread does a part: the same to the bit whoever does which. */
export class SharedEnding {
  readonly #work: Finishing<ComponentRows>;
  #inquiry: Inquiry | null = null;
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
    this.#inquiry?.meanwhile();
  }

  /** Goes on with what the other thread found; null: it found nothing out. */
  goOn(theirs: FinalAnswer | null): void {
    if (this.#inquiry) this.#take(this.#work.next(theirs ?? this.#inquiry.answer()));
  }

  #take({ done, value }: IteratorResult<Inquiry, ComponentRows>): void {
    this.#inquiry = done ? null : value;
    this.shared = done ? null : { region: value.region(), question: value.question };
    if (done) this.rows = value;
  }
}
