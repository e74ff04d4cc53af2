import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { ClassRecord } from "./library.js";
import { type Expected, NoveltyMaker } from "./novelty.js";
import type { PolarFrame, PolarScale, RegionSum } from "./polar-events.js";
import type { RegionClass } from "./region-class.js";

/** What is expected of a region stays while its angle changes by less, rad. */
const SAME_ANGLE = 0.01;
/** Frames nearer to their class are not looked at again: noise alone leads there once in some thirty thousand. */
const NOVEL = 4;

/** Where the novelty of a position is found out from. */
export interface NoveltySource {
  readonly found: ReadonlyMap<number, RegionClass>;
  readonly records: ReadonlyMap<number, ClassRecord>;
  readonly core: (region: number) => RegionSum | null;
  readonly frame: (position: number) => PolarFrame | null;
  /** The class that a region is compared with, from the one that it was found to be of; undefined: none. */
  readonly likened: (known: RegionClass, core: RegionSum) => Pick<RegionClass, "class" | "angle"> | undefined;
  /** The novelty `alone`, or what is left of it where the classes around the position explain the frame too. */
  readonly residual: (position: number, alone: number) => number;
}

/** What is expected of a region, null: it has no class; and what it was known as then. */
interface Expectation {
  readonly expected: Expected | null;
  readonly known: RegionClass | undefined;
}

/** How badly the classes at a position explain its frame: found out when the position gets its class, and once more at the end. */
export class NoveltyMap {
  readonly #maker: NoveltyMaker;
  readonly #expected = new Map<number, Expectation>();
  #values = new Float32Array(0);
  /** The class then. */
  #of = new Int32Array(0);

  constructor(scale: PolarScale, kernels: PolarKernels) {
    this.#maker = new NoveltyMaker(scale, kernels);
  }

  /** Makes room for so many positions. */
  grow(positions: number): void {
    if (this.#values.length >= positions) return;
    const values = new Float32Array(2 * positions).fill(Number.NaN);
    values.set(this.#values);
    const of = new Int32Array(2 * positions);
    of.set(this.#of);
    [this.#values, this.#of] = [values, of];
  }

  /** Regions are known anew. `settle`: all is found out again. */
  renew(found: ReadonlyMap<number, RegionClass>, settle: boolean): void {
    for (const [id, { known }] of this.#expected) if (settle || !isLike(known, found.get(id))) this.#expected.delete(id);
    if (settle) this.#values.fill(Number.NaN);
  }

  /** Standard deviations; NaN: it has no class, or no frame. */
  at(position: number, region: number, source: NoveltySource): number {
    const own = source.found.get(region)?.class ?? -1;
    if (!Number.isNaN(this.#values[position]) && this.#of[position] === own) return this.#values[position];
    this.#of[position] = own;
    const { expected } = this.#expected.get(region) ?? this.#expect(region, source);
    const frame = expected && source.frame(position);
    const alone = expected && frame ? expected.novelty(frame) : Number.NaN;
    this.#values[position] = alone > NOVEL ? source.residual(position, alone) : alone;
    return this.#values[position];
  }

  #expect(region: number, { found, records, core, likened }: NoveltySource): Expectation {
    const known = found.get(region);
    const sum = core(region);
    const like = known && sum && likened(known, sum);
    const record = like && records.get(like.class);
    const made = { expected: sum && record ? this.#maker.expect(sum, record, like.angle) : null, known };
    this.#expected.set(region, made);
    return made;
  }
}

/** Whether a region is known as it was, but for an angle that became a little better. */
const isLike = (a: RegionClass | undefined, b: RegionClass | undefined): boolean =>
  a !== undefined && b !== undefined && a.class === b.class && !(Math.abs(a.angle - b.angle) > SAME_ANGLE);
