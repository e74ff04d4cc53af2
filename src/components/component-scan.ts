import type { PolarKernels } from "../kernels/polar-kernels.js";
import { Abundances, type Where } from "./abundances.js";
import { Classes, type Region as ClassRegion, type RegionClass } from "./classes.js";
import { crystalMatter } from "./crystal-matter.js";
import { type ExplainedPosition, seePart } from "./explained-position.js";
import type { Geometry } from "./geometry.js";
import { type GrainFacts, grainFacts } from "./grain-facts.js";
import { Grains } from "./grains.js";
import type { JoinedClasses } from "./joined-classes.js";
import type { Library } from "./library.js";
import { ListedClasses } from "./listed-classes.js";
import type { ClassMap } from "./map-shift.js";
import { NoveltyMap } from "./novelty-map.js";
import type { PolarFrame, PolarScale } from "./polar-events.js";
import { plainKernels } from "./polar-kernels.js";
import type { HalfSum } from "./region-sum.js";
import { type Churn, ShownMap, UNKNOWN } from "./shown-map.js";
import { STEP } from "./superpixels.js";
import { sureEllipse } from "./sure-ellipse.js";

export interface ComponentScanSetup {
  readonly columns: number;
  /** Of the scan: after a fifth of them, what is shown is corrected little by little. From the first one on where it is not known. */
  readonly rows?: number;
  readonly scale: PolarScale;
  /** What the operator has joined. */
  readonly joined: JoinedClasses;
  /** Classes of earlier scans, of the same scale; null: none. */
  readonly library: Library | null;
  /** No class but those of the library is shown, and those stay as they are. */
  readonly closed?: boolean;
  /** What it calculates with; as they are defined where there are none. */
  readonly kernels?: PolarKernels;
  /** No more classes than so many, at least 2. */
  readonly most?: number;
  /** As in GrainsSetup: everything is found after the last row. */
  readonly atOnce?: boolean;
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
  /** How many standard deviations a frame is further from its class, at a border from the classes around it, than Poisson noise makes it. */
  readonly novelty: Float32Array;
  /** Of this update, over the whole map. */
  readonly churn: Churn;
  /** There would be more classes than there may be: those that are least clearly two are one. */
  readonly limited: boolean;
  /** Classes in use, by id, and [rows.length * columns, components] their shares in the electrons of a position; NaN: no class. */
  readonly components: readonly number[];
  readonly weights: Float32Array;
}

/** What is shown may change at once in this part of the rows. */
const EARLY = 1 / 5;
/** After so many rows more, as a share of those there are, classes are found anew; at least a band. */
const EPOCH_GROWTH = 1 / 8;

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
  readonly #early: number;
  /** Rows with positions whose correction waits. */
  readonly #late = new Set<number>();
  #ended = false;
  #epoch = 0;
  readonly #map = new ShownMap();
  readonly #joined: JoinedClasses;
  readonly #novelty: NoveltyMap;
  readonly #abundances: Abundances;
  /** Classes in use, as they are shown. */
  #components: readonly number[] = [];
  /** As the classes found them, and as they are shown. */
  #found: ReadonlyMap<number, RegionClass> = new Map();
  /** Classes beside which there is nothing; null: whatever is found is shown. */
  readonly #listed: ListedClasses | null;

  constructor({
    columns,
    scale,
    library,
    closed = false,
    joined,
    kernels = plainKernels(),
    most = Number.POSITIVE_INFINITY,
    atOnce = false,
    rows = 0,
  }: ComponentScanSetup) {
    this.#columns = columns;
    this.#early = EARLY * rows;
    this.scale = scale;
    this.#joined = joined;
    this.#novelty = new NoveltyMap(scale);
    this.#abundances = new Abundances(scale, columns);
    this.classes = new Classes(scale, null, kernels, most);
    if (library) this.classes.load(library, closed);
    this.#listed = closed ? new ListedClasses([...this.classes.records.keys()], this.classes) : null;
    this.#grains = new Grains({ columns, scale, matter: crystalMatter(scale, kernels), kernels, atOnce });
  }

  /** Bytes of the events that are stored: 2 per electron outside the direct beam, and 10 per position. */
  get bytes(): number {
    return this.#grains.bytes;
  }

  /** How often classes were found anew. */
  get epoch(): number {
    return this.#epoch;
  }

  takeRow(frames: (column: number) => PolarFrame | null): ComponentRows {
    const changed = this.#grains.takeRow(frames);
    this.#rows++;
    this.#grow();
    if (this.#rows < this.#next) return this.#answer(this.#held(changed));
    this.#next = this.#rows + Math.max(STEP, Math.ceil((this.#rows * EPOCH_GROWTH) / STEP) * STEP);
    return this.#update(false);
  }

  /** These rows, those that were settled since the last answer, and those with something that waits. */
  #held(changed: readonly number[]): number[] {
    const { settled } = this.#grains;
    const from = this.#shown;
    this.#shown = settled;
    return [...new Set([...changed, ...this.#late, ...Array.from({ length: settled - from }, (_, i) => from + i)])].sort((a, b) => a - b);
  }

  /** After the last row: settles everything. */
  finish(): ComponentRows {
    this.#ended = true;
    this.#grains.finish();
    return this.#update(true);
  }

  #grow(): void {
    const need = this.#rows * this.#columns;
    this.#map.grow(need);
    this.#novelty.grow(need);
  }

  #update(settle: boolean): ComponentRows {
    this.#found = this.classes.update(this.#regions(settle ? this.#grains.sums() : null), settle);
    this.#abundances.renew(this.classes.records, this.#where, settle);
    const before = this.#components.join();
    this.#show();
    const all = settle || before !== this.#components.join();
    this.#epoch++;
    this.#novelty.renew(this.#found, settle);
    return this.#answer(
      Array.from({ length: this.#rows }, (_, r) => r),
      all,
    );
  }

  #noveltyAt(at: number): number {
    return this.#novelty.at(at, this.#grains.labels.region[at], {
      found: this.#found,
      records: this.classes.records,
      core: (id) => this.#grains.regions.get(id)?.core ?? null,
      frame: () => this.#grains.frameAt(at),
      likened: (known, core) => (this.#listed?.has(known.class) === false ? this.#listed.nearest(core) : known),
      residual: (alone) => this.#abundances.residual(at, this.#where, alone),
    });
  }

  get #where(): Where {
    return {
      columns: this.#columns,
      rows: this.#rows,
      region: this.#grains.labels.region,
      known: this.#found,
      frameAt: (at) => this.#grains.frameAt(at),
    };
  }

  #show(): void {
    const found = [...this.#found].filter(([, { class: of }]) => this.#listed?.has(of) ?? true);
    this.#known = new Map(found.map(([id, known]) => [id, this.#joined.see(known, this.classes.records)]));
    // What waits to be corrected still shows a class that may be gone.
    const seen = new Set<number>();
    for (const row of this.#late)
      for (let at = row * this.#columns; at < (row + 1) * this.#columns; at++) if (this.#map.label[at] >= 0) seen.add(this.#map.label[at]);
    for (const [id, { class: of }] of this.#known) if ((this.#grains.regions.get(id)?.positions ?? 0) > 0) seen.add(of);
    this.#components = [...seen].sort((a, b) => a - b);
  }

  /** The ellipse of the rings of what is no crystal, once it is known and is none: major over minor axis, and the angle of the major axis from +col towards +row, rad. */
  get ellipse(): readonly [number, number] | null {
    const round = [...this.#found].filter(([, { fold }]) => fold === 0);
    return sureEllipse(
      round.flatMap(([id]) => this.#grains.regions.get(id)?.core ?? []),
      this.scale,
    );
  }

  /** Shows some classes as one from now on. */
  join(ids: readonly number[]): ComponentRows {
    this.#joined.join(ids, this.classes.records, this.classes.rotation);
    this.#show();
    return this.#answer(
      Array.from({ length: this.#rows }, (_, r) => r),
      true,
      true,
    );
  }

  /** Regions with their positions; `sums`: of what they are known by, null: of their core. */
  #regions(sums: ReadonlyMap<number, HalfSum> | null = null): ClassRegion[] {
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
        sum: sums?.get(id) ?? core,
        coreFrames: core.frames,
        neighbours: [...neighbours.keys()],
        positions: own ? own.positions.subarray(0, own.n) : [],
      };
    });
  }

  /** What is known of these rows; those of which nothing is new are left out, unless `all` are wanted. */
  #answer(candidates: readonly number[], all = false, asked = false): ComponentRows {
    const columns = this.#columns;
    this.#map.begin(!asked && !this.#ended && this.#rows > this.#early);
    // What may still go to a neighbour with the next band is not shown.
    const rows = candidates.filter((row) => row < this.#grains.settled && (this.#renew(row) || all));
    const n = rows.length * columns;
    const out = {
      rows,
      churn: this.#map.churn,
      limited: this.classes.limited,
      label: new Int32Array(n),
      grain: new Int32Array(n),
      angle: new Float32Array(n),
      fold: new Uint8Array(n),
      confidence: new Float32Array(n),
      boundary: new Float32Array(n),
      novelty: new Float32Array(n),
      components: this.#components,
      weights: new Float32Array(n * this.#components.length),
    };
    const where = this.#where;
    const shown = (id: number): number => this.#joined.shown(id);
    const { region, confidence, boundary } = this.#grains.labels;
    const { label, grain, angle, fold } = this.#map;
    for (const [i, row] of rows.entries())
      for (let c = 0; c < columns; c++) {
        const [at, to] = [row * columns + c, i * columns + c];
        const known = this.#known.get(region[at]);
        out.label[to] = label[at];
        out.grain[to] = grain[at];
        out.angle[to] = angle[at];
        out.fold[to] = fold[at];
        out.confidence[to] = known ? Math.min(known.confidence, confidence[at]) : Number.NaN;
        out.boundary[to] = known ? boundary[at] : Number.NaN;
        // What is of no class has a novelty: how far it is from the class that it is most like.
        out.novelty[to] = known || this.#found.has(region[at]) ? this.#noveltyAt(at) : Number.NaN;
        const [from, end] = [to * this.#components.length, (to + 1) * this.#components.length];
        if (known) this.#abundances.shares(at, where, this.#components, shown, out.weights, from);
        else out.weights.fill(Number.NaN, from, end);
      }
    return out;
  }

  /** True: something of a row is new. */
  #renew(row: number): boolean {
    const { region } = this.#grains.labels;
    const before = this.#map.late;
    let changed = false;
    for (let at = row * this.#columns; at < (row + 1) * this.#columns; at++)
      changed = this.#map.set(at, this.#known.get(region[at]) ?? UNKNOWN) || changed;
    if (this.#map.late > before) this.#late.add(row);
    else this.#late.delete(row);
    return changed;
  }

  /** What the frame of a position is made of, as classes are shown; null: it has no class yet. */
  explain(row: number, column: number): ExplainedPosition | null {
    if (row >= Math.min(this.#rows, this.#grains.settled) || column >= this.#columns) return null;
    const found = this.#abundances.explain(row * this.#columns + column, this.#where);
    if (!found) return null;
    const { records } = this.classes;
    return { ...found, parts: found.parts.map((part) => seePart(part, this.#joined, records, this.#listed)) };
  }

  /** Classes as they were answered last. */
  get shown(): ClassMap {
    const { label } = this.#map;
    return { rows: this.#rows, columns: this.#columns, label: label.subarray(0, this.#rows * this.#columns) };
  }

  /** Grains by id. */
  grains(): GrainFacts[] {
    return grainFacts(this.#regions(), this.#known, this.#columns);
  }
}
