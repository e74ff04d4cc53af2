import { compare, patternOf } from "./hierarchy.js";
import type { ClassRecord } from "./library.js";
import { BINS, GRID, type RegionSum } from "./polar-events.js";
import type { Rotation, Turnable } from "./rotation.js";

const SECTOR = (2 * Math.PI) / GRID.sectors;

/** The classes of a library beside which there is nothing: what is like none of them has no class. */
export class ListedClasses {
  readonly #ids: ReadonlySet<number>;
  readonly #rotation: Rotation;
  readonly #patterns: readonly { readonly record: ClassRecord; readonly pattern: Turnable }[];

  constructor(
    ids: readonly number[],
    { rotation, records }: { readonly rotation: Rotation; readonly records: ReadonlyMap<number, ClassRecord> },
  ) {
    this.#ids = new Set(ids);
    this.#rotation = rotation;
    this.#patterns = [...records.values()].map((record) => ({ record, pattern: patternOf(rotation, record.rate) }));
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** The class that the mean of some frames is most like, of equals the older one, and by how much it is turned against it, rad; NaN: it has no angle. */
  nearest({ halves: [a, b], area }: RegionSum): { readonly class: number; readonly angle: number } | undefined {
    const rate = new Float64Array(BINS + 1);
    for (let i = 0; i <= BINS; i++) rate[i] = area[i] > 0 ? (a[i] + b[i]) / area[i] : 0;
    const own = patternOf(this.#rotation, rate);
    let best: { class: number; angle: number; height: number } | undefined;
    for (const { record, pattern } of this.#patterns) {
      const { turn, height } = compare(this.#rotation, own, pattern);
      if (!best || height > best.height) best = { class: record.id, angle: record.crystal ? turn * SECTOR : Number.NaN, height };
    }
    return best;
  }
}
