import type { PolarKernels } from "../kernels/polar-kernels.js";
import { FinalAnswers } from "./final-answers.js";
import type { FinalAnswer, FinalQuestion } from "./final-questions.js";
import type { PolarRow, PolarScale } from "./polar-events.js";
import { ScanEvents } from "./scan-events.js";
import { Superpixels } from "./superpixels.js";

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

  /** `rows`: that will come; 0: nobody knows. */
  constructor(columns: number, rows: number, scale: PolarScale, kernels: PolarKernels) {
    this.#scale = scale;
    this.#scan = new ScanEvents(columns, scale, kernels, rows);
    this.#superpixels = new Superpixels(this.#scan);
  }

  /** Bytes of the events of all rows so far. */
  get bytes(): number {
    return this.#scan.bytes;
  }

  take(row: PolarRow): GrownRow {
    this.#scan.append(row);
    return { ...row, superpixels: this.#isBand ? this.#takeBand() : [] };
  }

  /** A row without a frame. */
  skip(): void {
    this.#scan.append(() => null);
    if (this.#isBand) this.#takeBand();
  }

  /** After the last row: superpixels of the last rows, where those of the last band are not known yet. */
  finish(): readonly Int32Array[] {
    return this.#isBand ? [] : this.#takeBand();
  }

  /** After finish(): as FinalAnswers. */
  answer(region: Int32Array, question: FinalQuestion): FinalAnswer {
    this.#answers ??= new FinalAnswers(this.#scan, this.#scale);
    return this.#answers.answer(region, question);
  }

  /** The rows so far are whole bands. */
  get #isBand(): boolean {
    return this.#scan.tiles.rows.endsAt(this.#scan.rows);
  }

  #takeBand(): readonly Int32Array[] {
    const band = this.#bands++;
    this.#superpixels.takeBand(band);
    const { of } = this.#superpixels;
    // The next band changes those of this one once more.
    const { rows } = this.#scan.tiles;
    const found = of.slice(rows.startOf(band - 1)).map((row) => row.slice());
    of.fill(NONE, rows.startOf(band - 1), rows.startOf(band));
    return found;
  }
}
