import type { PolarKernels } from "../kernels/polar-kernels.js";
import { Abundances } from "./abundances.js";
import type { Classes } from "./classes.js";
import type { ExplainedFrame } from "./explained-frame.js";
import { type Finishing, shared } from "./finishing.js";
import type { Geometry } from "./geometry.js";
import type { Grains } from "./grains.js";
import type { ListedClasses } from "./listed-classes.js";
import { NoveltyMap, type NoveltySource } from "./novelty-map.js";
import type { PolarScale } from "./polar-events.js";
import type { Where } from "./position-shares.js";
import type { RegionClass } from "./region-class.js";
import type { ShownMap } from "./shown-map.js";

interface Parts {
  readonly columns: number;
  readonly scale: PolarScale;
  readonly kernels: PolarKernels;
  readonly grains: Grains<Geometry>;
  readonly classes: Classes;
  /** Classes beside which there is nothing; null: whatever is found is shown. */
  readonly listed: ListedClasses | null;
  readonly map: ShownMap;
}

/** Finds out what else is shown of positions than their classes: how sure these are, how badly they explain the frames, and shares. */
export class PositionFacts {
  readonly #parts: Parts;
  readonly #novelty: NoveltyMap;
  readonly #abundances: Abundances;
  /** Of regions, as the classes found them. */
  #found: ReadonlyMap<number, RegionClass> = new Map();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#novelty = new NoveltyMap(parts.scale, parts.kernels);
    this.#abundances = new Abundances(parts.scale, parts.columns, parts.kernels);
  }

  /** Makes room for so many positions. */
  grow(positions: number): void {
    this.#novelty.grow(positions);
  }

  /** Classes are found anew; `settle`: everything is to be found out again. */
  renew(found: ReadonlyMap<number, RegionClass>, settle: boolean): void {
    this.#found = found;
    this.#abundances.renew(this.#parts.classes.records, this.#where, settle);
    this.#novelty.renew(found, settle);
  }

  /** After the last row, before positions are described: somebody else may find shares. */
  *finishing(): Finishing<void> {
    const { grains, map } = this.#parts;
    const { labels } = grains;
    const where = this.#where;
    const source = this.#source(where);
    const question = this.#abundances.question(where);
    const answer = () => this.#abundances.answer(question, where);
    yield* shared(labels, question, answer, () => {
      for (let at = 0; at < where.rows * where.columns; at++) this.#noveltyOf(at, source);
      answer();
    });
    this.#abundances.take(question, map);
  }

  get #where(): Where {
    const { columns, grains } = this.#parts;
    const { rows, region } = grains.labels;
    return { columns, rows, region, known: this.#found, frameAt: grains.frameAt };
  }

  #source(where: Where): NoveltySource {
    const { grains, classes, listed } = this.#parts;
    return {
      found: this.#found,
      records: classes.records,
      core: (id) => grains.regions.get(id)?.core ?? null,
      frame: grains.frameAt,
      likened: (known, core) => (listed?.has(known.class) === false ? listed.nearest(core) : known),
      residual: (at, alone) => this.#abundances.residual(at, where, alone),
    };
  }

  /** What is of no class has a novelty: how far it is from the class that it is most like. */
  #noveltyOf(at: number, source: NoveltySource): number {
    const region = this.#parts.grains.labels.region[at];
    return this.#found.has(region) ? this.#novelty.at(at, region, source) : Number.NaN;
  }

  /** Takes over to the map what is known of some rows. Where the class of a position waits, all of it does. `known`: regions as they are shown. */
  describe(rows: readonly number[], known: ReadonlyMap<number, RegionClass>): void {
    const { columns, map, grains } = this.#parts;
    const { region, confidence, boundary } = grains.labels;
    const where = this.#where;
    const source = this.#source(where);
    for (const row of rows)
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        if (map.waits(at)) continue;
        const of = known.get(region[at]);
        map.confidence[at] = of ? Math.min(of.confidence, confidence[at]) : Number.NaN;
        map.boundary[at] = of ? boundary[at] : Number.NaN;
        map.novelty[at] = this.#noveltyOf(at, source);
        this.#abundances.find(at, where, map);
      }
  }

  /** What the frame of a position is made of; null: it has no class, or no electron. */
  explain(at: number): ExplainedFrame | null {
    return this.#abundances.explain(at, this.#where);
  }
}
