import { Classes } from "./classes.js";
import { type ComponentRows, rowsOf } from "./component-rows.js";
import { crystalMatter } from "./crystal-matter.js";
import { type ExplainedPosition, seePart } from "./explained-position.js";
import { answered, type Finishing } from "./finishing.js";
import type { Geometry } from "./geometry.js";
import { type GrainFacts, grainFacts } from "./grain-facts.js";
import { Grains } from "./grains.js";
import type { JoinedClasses } from "./joined-classes.js";
import type { ClassRecord } from "./library.js";
import { ListedClasses } from "./listed-classes.js";
import type { ClassMap } from "./map-shift.js";
import type { PolarScale } from "./polar-events.js";
import { plainKernels } from "./polar-kernels.js";
import { PositionFacts } from "./position-facts.js";
import type { RegionClass } from "./region-class.js";
import { freeSums } from "./region-sum.js";
import { regionsOf } from "./regions-of.js";
import type { RowFrames } from "./scan-events.js";
import type { ComponentScanSetup, EarlierScan } from "./scan-setup.js";
import { type Pace, ShownMap, UNKNOWN } from "./shown-map.js";
import type { GrownRow } from "./superpixel-rows.js";
import { sureEllipse } from "./sure-ellipse.js";
import { Axis, STEP } from "./tiling.js";

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
  readonly #bands: Axis;
  #next: number;
  /** Rows that have been settled and answered. */
  #shown = 0;
  readonly #early: number;
  /** Rows that are taken, with positions whose correction waits. */
  readonly #late = new Set<number>();
  #ended = false;
  #epoch = 0;
  readonly #map: ShownMap;
  /** Rows that were taken before the scan began anew, and those of them that are shown as they were found then, until they are taken again. */
  readonly #before: number;
  readonly #carried: number;
  readonly #joined: JoinedClasses;
  readonly #facts: PositionFacts;
  /** Classes in use, as they are shown, and what is known of them; of those that are shown still, what was known last. */
  #components: readonly number[] = [];
  #records: ReadonlyMap<number, ClassRecord> = new Map();
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
    grown = false,
    atOnce = false,
    rows = 0,
    earlier = null,
  }: ComponentScanSetup) {
    this.#columns = columns;
    this.#early = EARLY * rows;
    this.#bands = new Axis(rows);
    this.#next = this.#bands.startOf(1);
    this.#map = earlier?.map ?? new ShownMap();
    this.#carried = earlier?.rows ?? 0;
    this.#before = earlier?.taken ?? 0;
    this.scale = scale;
    this.#joined = joined;
    this.classes = new Classes(scale, null, kernels, most);
    if (library) this.classes.load(library, closed);
    if (earlier) {
      this.classes.goOn(earlier.ids);
      this.#records = earlier.records;
      this.#components = [...earlier.records.keys()];
    }
    this.#listed = closed ? new ListedClasses([...this.classes.records.keys()], this.classes) : null;
    const grains = new Grains({ columns, rows, scale, matter: crystalMatter(scale, kernels), kernels, grown, atOnce });
    this.#grains = grains;
    this.#facts = new PositionFacts({ columns, scale, kernels, grains, classes: this.classes, listed: this.#listed, map: this.#map });
  }

  /** Bytes of the events that are stored: 2 per electron outside the direct beam, and 10 per position. */
  get bytes(): number {
    return this.#grains.bytes;
  }

  /** Positions that are shown as they were known before: their correction waits for another update. */
  get waiting(): number {
    return this.#map.waiting;
  }

  /** How often classes were found anew. */
  get epoch(): number {
    return this.#epoch;
  }

  takeRow(frames: RowFrames | GrownRow): ComponentRows {
    const changed = this.#grains.takeRow(frames);
    this.#rows++;
    this.#grow();
    if (this.#rows < this.#next) return this.#answer(this.#fresh(changed));
    this.#next = this.#bandEnd(this.#rows + Math.max(STEP, Math.ceil(this.#rows * EPOCH_GROWTH)));
    this.#update(false);
    return this.#answerAll(false);
  }

  /** Of the band that the last of so many rows is in. */
  #bandEnd(rows: number): number {
    return this.#bands.startOf(this.#bands.cellOf(rows - 1) + 1);
  }

  /** These rows, and those that were settled since the last answer. */
  #fresh(changed: readonly number[]): Set<number> {
    const { settled } = this.#grains;
    const from = this.#shown;
    this.#shown = settled;
    return new Set([...changed, ...Array.from({ length: settled - from }, (_, i) => from + i)]);
  }

  /** After the last row: settles everything. `superpixels`: as Grains has them. */
  finish(superpixels: readonly Int32Array[] = []): ComponentRows {
    return answered(this.finishing(superpixels));
  }

  /** The same, as Grains has it. */
  *finishing(superpixels: readonly Int32Array[] = []): Finishing<ComponentRows> {
    this.#ended = true;
    yield* this.#grains.finishing(superpixels);
    this.#update(true);
    yield* this.#facts.finishing();
    return this.#answerAll(true);
  }

  /** Rows that show something. */
  get #rowsShown(): number {
    return Math.max(this.#carried, this.#grains.settled);
  }

  #grow(): void {
    const need = this.#rows * this.#columns;
    this.#map.grow(need);
    this.#facts.grow(need);
  }

  /** Finds classes anew. */
  #update(settle: boolean): void {
    const grains = this.#grains;
    const by = settle ? grains.sums() : null;
    const regions = regionsOf(grains, this.#rows * this.#columns, by);
    this.#found = this.classes.update(regions, settle, (id) => grains.angleMoments(id));
    for (const sums of [by?.sums, by?.cores]) freeSums(sums?.values() ?? []);
    this.#facts.renew(this.#found, settle);
    this.#see();
    this.#epoch++;
  }

  #see(): void {
    const found = [...this.#found].filter(([, { class: of }]) => this.#listed?.has(of) ?? true);
    this.#known = new Map(found.map(([id, known]) => [id, this.#joined.see(known, this.classes.records)]));
  }

  /** Lists the classes in use: those that are known, and those that positions show whose correction waits. */
  #list(): void {
    const seen = new Set<number>();
    for (const [id, { class: of }] of this.#known) if ((this.#grains.regions.get(id)?.positions ?? 0) > 0) seen.add(of);
    for (const id of this.#map.classesLeft(this.#grains.settled * this.#columns, this.#rowsShown * this.#columns)) {
      if (this.#listed?.has(id) ?? true) seen.add(this.#joined.shown(id));
    }
    this.#components = [...seen].sort((a, b) => a - b);
    this.#records = new Map(
      this.#components.flatMap((id) => {
        const record = this.classes.records.get(id) ?? this.#records.get(id);
        return record ? [[id, record] as const] : [];
      }),
    );
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
    this.#see();
    return this.#answerAll(true, true);
  }

  /** Takes what became known of fresh rows, corrects what waits, and answers the rows of which something new is shown. */
  #answer(fresh: ReadonlySet<number>): ComponentRows {
    this.#map.begin(this.#pace);
    const rows = [...new Set([...fresh, ...this.#late])].filter((row) => row < this.#grains.settled).sort((a, b) => a - b);
    return this.#rowsOf(rows.filter((row) => (fresh.has(row) || this.#map.mayCorrect) && this.#renew(row)));
  }

  /** The same after classes were found anew; if others are in use than before, or `all` are wanted, every row. */
  #answerAll(all: boolean, asked = false): ComponentRows {
    const before = this.#components.join();
    this.#map.begin(asked ? "all" : this.#pace);
    // What may still go to a neighbour with the next band is not shown.
    const changed = upTo(this.#grains.settled).filter((row) => this.#renew(row));
    this.#list();
    return this.#rowsOf(all || before !== this.#components.join() ? upTo(this.#rowsShown) : changed);
  }

  get #pace(): Pace {
    if (this.#ended || Math.max(this.#before, this.#rows) <= this.#early) return "all";
    // Rows that are taken again come at once: they are no more than one update.
    return this.#rows < this.#before ? "none" : "few";
  }

  #rowsOf(rows: readonly number[]): ComponentRows {
    this.#facts.describe(
      rows.filter((row) => row < this.#grains.settled),
      this.#known,
    );
    const [columns, components, { limited }] = [this.#columns, this.#components, this.classes];
    return rowsOf(this.#map, rows, { columns, components, limited, shown: (id) => this.#joined.shown(id) });
  }

  /** True: something of a row is new, and shown. */
  #renew(row: number): boolean {
    const { region } = this.#grains.labels;
    let [changed, late] = [false, false];
    for (let at = row * this.#columns; at < (row + 1) * this.#columns; at++) {
      changed = this.#map.set(at, this.#known.get(region[at]) ?? UNKNOWN) || changed;
      late ||= this.#map.waits(at);
    }
    if (late) this.#late.add(row);
    else this.#late.delete(row);
    return changed;
  }

  /** What the frame of a position is made of, as classes are shown; null: it has no class yet. */
  explain(row: number, column: number): ExplainedPosition | null {
    if (row >= Math.min(this.#rows, this.#grains.settled) || column >= this.#columns) return null;
    const at = row * this.#columns + column;
    const found = this.#facts.explain(at);
    if (!found) return null;
    const { records } = this.classes;
    const map = this.#map;
    const waits = map.waits(at) ? { shown: { class: map.label[at], grain: map.grain[at] }, known: map.known(at) } : null;
    return { ...found, parts: found.parts.map((part) => seePart(part, this.#joined, records, this.#listed)), waits };
  }

  /** Classes as they were answered last. */
  get shown(): ClassMap {
    const rows = Math.max(this.#carried, this.#rows);
    return { rows, columns: this.#columns, label: this.#map.label.subarray(0, rows * this.#columns) };
  }

  /** What goes on where the scan is taken once more. This one is not to be used any more. */
  leave(): EarlierScan {
    return {
      ids: this.classes.ids,
      taken: Math.max(this.#before, this.#rows),
      map: this.#map,
      rows: this.#rowsShown,
      records: this.#records,
    };
  }

  /** What is known of the classes that are shown, by id. */
  get records(): ReadonlyMap<number, ClassRecord> {
    return this.#records;
  }

  /** Grains as they are shown, by id. */
  grains(): GrainFacts[] {
    return grainFacts(this.#map, this.shown.label.length, this.#columns);
  }
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);
