import { Classes, type Region as ClassRegion, type RegionClass } from "./classes.js";
import { crystalMatter } from "./crystal-matter.js";
import type { Geometry } from "./geometry.js";
import { Grains } from "./grains.js";
import type { Library } from "./library.js";
import type { PolarFrame, PolarScale } from "./polar-events.js";
import { STEP } from "./superpixels.js";

export interface ComponentScanSetup {
  readonly columns: number;
  readonly scale: PolarScale;
  /** Classes of earlier scans, of the same scale; null: none. */
  readonly library: Library | null;
}

/** What is known of whole rows of the scan, row after row: [rows.length * columns] each. */
export interface ComponentRows {
  readonly rows: readonly number[];
  /** Class; -1: none. */
  readonly label: Int32Array;
  readonly grain: Int32Array;
  /** Turn of the pattern from the zero of its class, from +col towards +row of the frame as it was sent; rad, in 0..2 pi / fold. NaN: no angle. */
  readonly angle: Float32Array;
  /** 0: no angle. */
  readonly fold: Uint8Array;
  /** 0..1 */
  readonly confidence: Float32Array;
  readonly boundary: Float32Array;
}

/** A connected region of one class and one direction. */
export interface GrainFacts {
  readonly id: number;
  readonly class: number;
  /** As in ComponentRows. */
  readonly angle: number;
  readonly fold: number;
  /** Positions. */
  readonly area: number;
  /** Mean row and column of its positions. */
  readonly row: number;
  readonly column: number;
}

/** After so many rows more, as a share of those there are, classes are found anew; at least a band. */
const EPOCH_GROWTH = 1 / 16;

/** Grains and classes of one scan, live: takes its rows in order, answers what is known of those that changed. */
export class ComponentScan {
  readonly classes: Classes;
  readonly scale: PolarScale;
  readonly #columns: number;
  readonly #grains: Grains<Geometry>;
  /** Of regions at the last epoch. */
  #known = new Map<number, RegionClass>();
  #rows = 0;
  #next = STEP;
  /** Rows that have been settled and answered. */
  #shown = 0;
  #epoch = 0;
  /** What was answered last, [rows * columns]. */
  #label = new Int32Array(0);
  #grain = new Int32Array(0);
  #angle = new Float32Array(0);
  /** Positions whose label was answered and then changed, of those answered, at the last epoch. */
  #churn = 0;

  constructor({ columns, scale, library }: ComponentScanSetup) {
    this.#columns = columns;
    this.scale = scale;
    this.classes = new Classes(scale);
    if (library) this.classes.load(library);
    this.#grains = new Grains({ columns, scale, matter: crystalMatter(scale) });
  }

  /** Bytes of the events that are stored: 2 per electron outside the direct beam, and 10 per position. */
  get bytes(): number {
    return this.#grains.bytes;
  }

  /** How often classes were found anew. */
  get epoch(): number {
    return this.#epoch;
  }
  /** Share of the positions with a label whose label the last epoch changed. */
  get churn(): number {
    return this.#churn;
  }

  takeRow(frames: (column: number) => PolarFrame | null): ComponentRows {
    const changed = this.#grains.takeRow(frames);
    this.#rows++;
    this.#grow();
    if (this.#rows < this.#next) return this.#answer(this.#held(changed));
    this.#next = this.#rows + Math.max(STEP, Math.ceil((this.#rows * EPOCH_GROWTH) / STEP) * STEP);
    return this.#update(false);
  }

  /** These rows, and those that were settled since the last answer. */
  #held(changed: readonly number[]): number[] {
    const { settled } = this.#grains;
    const from = this.#shown;
    this.#shown = settled;
    return [...new Set([...changed, ...Array.from({ length: settled - from }, (_, i) => from + i)])].sort((a, b) => a - b);
  }

  /** After the last row: settles everything. */
  finish(): ComponentRows {
    this.#grains.finish();
    return this.#update(true);
  }

  #grow(): void {
    const need = this.#rows * this.#columns;
    if (this.#label.length >= need) return;
    const [label, grain, angle] = [
      new Int32Array(2 * need).fill(-1),
      new Int32Array(2 * need).fill(-1),
      new Float32Array(2 * need).fill(Number.NaN),
    ];
    label.set(this.#label);
    grain.set(this.#grain);
    angle.set(this.#angle);
    [this.#label, this.#grain, this.#angle] = [label, grain, angle];
  }

  #update(settle: boolean): ComponentRows {
    this.#known = this.classes.update(this.#regions(), settle);
    this.#epoch++;
    const before = this.#label.slice(0, this.#rows * this.#columns);
    const answer = this.#answer(Array.from({ length: this.#rows }, (_, r) => r));
    let [labelled, moved] = [0, 0];
    for (let at = 0; at < before.length; at++) {
      if (before[at] < 0) continue;
      labelled++;
      if (before[at] !== this.#label[at]) moved++;
    }
    this.#churn = labelled === 0 ? 0 : moved / labelled;
    return answer;
  }

  /** Regions with their positions. */
  #regions(): ClassRegion[] {
    const { region } = this.#grains.labels;
    const { regions } = this.#grains;
    const ends = new Map<number, { readonly positions: Int32Array; n: number }>();
    for (const [id, { positions }] of regions) ends.set(id, { positions: new Int32Array(positions), n: 0 });
    for (let at = 0; at < this.#rows * this.#columns; at++) {
      const own = ends.get(region[at]);
      if (own && own.n < own.positions.length) own.positions[own.n++] = at;
    }
    return [...regions.values()].map(({ id, core, neighbours }) => {
      const own = ends.get(id);
      return {
        id,
        sum: core,
        coreFrames: core.frames,
        neighbours: neighbours.keys(),
        positions: own ? own.positions.subarray(0, own.n) : [],
      };
    });
  }

  /** What is known of these rows; those of which nothing is new are left out. */
  #answer(candidates: readonly number[]): ComponentRows {
    const columns = this.#columns;
    // What may still go to a neighbour with the next band is not shown.
    const rows = candidates.filter((row) => row < this.#grains.settled && this.#renew(row));
    const n = rows.length * columns;
    const out = {
      rows,
      label: new Int32Array(n),
      grain: new Int32Array(n),
      angle: new Float32Array(n),
      fold: new Uint8Array(n),
      confidence: new Float32Array(n),
      boundary: new Float32Array(n),
    };
    const { region, confidence, boundary } = this.#grains.labels;
    for (const [i, row] of rows.entries())
      for (let c = 0; c < columns; c++) {
        const [at, to] = [row * columns + c, i * columns + c];
        const known = this.#known.get(region[at]);
        out.label[to] = this.#label[at];
        out.grain[to] = this.#grain[at];
        out.angle[to] = this.#angle[at];
        out.fold[to] = known?.fold ?? 0;
        out.confidence[to] = known ? Math.min(known.confidence, confidence[at]) : Number.NaN;
        out.boundary[to] = known ? boundary[at] : Number.NaN;
      }
    return out;
  }

  /** True: something of a row is new. */
  #renew(row: number): boolean {
    const { region } = this.#grains.labels;
    let changed = false;
    for (let at = row * this.#columns; at < (row + 1) * this.#columns; at++) {
      const known = this.#known.get(region[at]);
      const [label, grain, angle] = [known?.class ?? -1, known?.grain ?? -1, Math.fround(known?.angle ?? Number.NaN)];
      changed ||= label !== this.#label[at] || grain !== this.#grain[at] || !Object.is(angle, this.#angle[at]);
      this.#label[at] = label;
      this.#grain[at] = grain;
      this.#angle[at] = angle;
    }
    return changed;
  }

  /** Grains by id. */
  grains(): GrainFacts[] {
    const found = new Map<number, { id: number; class: number; angle: number; fold: number; area: number; row: number; column: number }>();
    for (const { id, positions } of this.#regions()) {
      const known = this.#known.get(id);
      if (!known) continue;
      const grain = found.get(known.grain) ?? { ...known, id: known.grain, area: 0, row: 0, column: 0 };
      found.set(known.grain, grain);
      for (const at of Array.from(positions)) {
        grain.area++;
        grain.row += Math.floor(at / this.#columns);
        grain.column += at % this.#columns;
      }
    }
    return [...found.values()]
      .filter((g) => g.area > 0)
      .map(({ id, class: of, angle, fold, area, row, column }) => ({
        id,
        class: of,
        angle,
        fold,
        area,
        row: row / area,
        column: column / area,
      }))
      .sort((a, b) => a.id - b.id);
  }
}
