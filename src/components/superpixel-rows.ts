import type { PolarKernels } from "../kernels/polar-kernels.js";
import { crystalMatter } from "./crystal-matter.js";
import { LabelMap } from "./label-map.js";
import type { PolarRow, PolarScale } from "./polar-events.js";
import { RegionJudge, type RegionQuestions, type RegionVerdicts } from "./region-judge.js";
import { ScanEvents } from "./scan-events.js";
import { Similarity } from "./similarity.js";
import { STEP, Superpixels } from "./superpixels.js";

const NONE = new Int32Array(0);

/** A row with the superpixels of the last rows, this one the last, where a band of superpixels ends with it; else with none. */
export interface GrownRow extends PolarRow {
  readonly superpixels: readonly Int32Array[];
}

/** Grows superpixels while the rows of a scan come, for somebody else, and answers questions about regions of them after the last. */
export class SuperpixelRows {
  readonly #scan: ScanEvents;
  readonly #scale: PolarScale;
  readonly #superpixels: Superpixels;
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

  /** After finish(). `region`: [rows * columns] of each position. Logarithms of templates of superpixels are others afterwards. */
  answer(region: Int32Array, questions: RegionQuestions): RegionVerdicts {
    const [scan, labels] = [this.#scan, new LabelMap(this.#scan.columns)];
    labels.grow(scan.rows);
    for (let row = 0, at = 0; row < scan.rows; row++) for (let c = 0; c < scan.columns; c++) labels.set(row, c, region[at++]);
    const matter = crystalMatter(this.#scale, scan.kernels);
    return new RegionJudge({ scan, labels, matter, similarity: new Similarity(scan, this.#scale) }).answer(questions);
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
