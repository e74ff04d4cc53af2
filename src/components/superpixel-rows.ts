import type { PolarKernels } from "../kernels/polar-kernels.js";
import { FinalAnswers } from "./final-answers.js";
import type { FinalAnswer, FinalQuestion } from "./final-questions.js";
import type { PolarRow, PolarScale } from "./polar-events.js";
import { ScanEvents } from "./scan-events.js";
import { STEP, Superpixels } from "./superpixels.js";

const NONE = new Int32Array(0);

/** A row with the superpixels of the last rows, this one the last, where a band of superpixels ends with it; else with none. */
export interface GrownRow extends PolarRow {
  readonly superpixels: readonly Int32Array[];
}

/** Grows superpixels while the rows of a scan come, for somebody else, and answers questions about them after the last. */
export class SuperpixelRows {
  readonly #scan: ScanEvents;
  readonly #scale: PolarScale;
  readonly #superpixels: Superpixels;
  #answers: FinalAnswers | null = null;
  #bands = 0;

  constructor(columns: number, scale: PolarScale, kernels: PolarKernels) {
    this.#scale = scale;
    this.#scan = new ScanEvents(columns, scale, kernels);
    this.#superpixels = new Superpixels(this.#scan);
  }

  /** Bytes of the events of all rows so far. */
  get bytes(): number {
    return this.#scan.bytes;
  }

  take(row: PolarRow): GrownRow {
    this.#scan.append(row);
    return { ...row, superpixels: this.#scan.rows % STEP === 0 ? this.#takeBand() : [] };
  }

  /** A row without a frame. */
  skip(): void {
    this.#scan.append(() => null);
    if (this.#scan.rows % STEP === 0) this.#takeBand();
  }

  /** After the last row: superpixels of the last rows, where those of the last band are not known yet. */
  finish(): readonly Int32Array[] {
    return this.#scan.rows % STEP === 0 ? [] : this.#takeBand();
  }

  /** After finish(): as FinalAnswers. */
  answer(region: Int32Array, question: FinalQuestion): FinalAnswer {
    this.#answers ??= new FinalAnswers(this.#scan, this.#scale);
    return this.#answers.answer(region, question);
  }

  #takeBand(): readonly Int32Array[] {
    const band = this.#bands++;
    this.#superpixels.takeBand(band);
    const { of } = this.#superpixels;
    // The next band changes those of this one once more.
    const found = of.slice(Math.max(0, (band - 1) * STEP)).map((row) => row.slice());
    of.fill(NONE, Math.max(0, (band - 1) * STEP), band * STEP);
    return found;
  }
}
