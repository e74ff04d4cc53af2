import { compare, patternOf } from "./hierarchy.js";
import type { ClassRecord } from "./library.js";
import { GRID } from "./polar-events.js";
import type { RegionClass } from "./region-class.js";
import type { Rotation } from "./rotation.js";

const SECTOR = (2 * Math.PI) / GRID.sectors;

/** Another class, and by how many sectors its pattern lies behind that of this one. */
interface Joined {
  readonly id: number;
  readonly turn: number;
}

/** A class that is shown as an older one. */
export interface SavedJoin {
  readonly id: number;
  readonly into: number;
  /** Sectors by which the pattern of `into` lies behind. */
  readonly turn: number;
}

/** Classes that the operator has joined: shown as one, with the angles of the first. */
export class JoinedClasses {
  readonly #into = new Map<number, Joined>();

  /** Joins classes into the lowest of them; those that were joined with them come along. */
  join(ids: readonly number[], records: ReadonlyMap<number, ClassRecord>, rotation: Rotation): void {
    const all = [...new Set(ids.map((id) => this.shown(id)))].sort((a, b) => a - b);
    const [first, ...others] = all;
    const to = first === undefined ? undefined : records.get(first);
    if (!to) return;
    const pattern = patternOf(rotation, to.rate);
    for (const id of others) {
      const record = records.get(id);
      if (!record) continue;
      const turn = to.crystal && record.crystal ? compare(rotation, pattern, patternOf(rotation, record.rate)).turn : 0;
      this.#into.set(id, { id: to.id, turn });
    }
  }

  save(): SavedJoin[] {
    return [...this.#into].map(([id, { id: into, turn }]) => ({ id, into, turn })).sort((a, b) => a.id - b.id);
  }

  /** Takes what was saved; each leads to a lower id. */
  load(saved: readonly SavedJoin[]): void {
    for (const { id, into, turn } of saved) this.#into.set(id, { id: into, turn });
  }

  /** The class that a class is shown as. */
  shown(id: number): number {
    let at = id;
    for (let to = this.#into.get(at); to; to = this.#into.get(at)) at = to.id;
    return at;
  }

  /** What a region is shown as. */
  see(known: RegionClass, records: ReadonlyMap<number, ClassRecord>): RegionClass {
    let [at, turn] = [known.class, 0];
    for (let to = this.#into.get(at); to; to = this.#into.get(at)) {
      turn += to.turn;
      at = to.id;
    }
    if (at === known.class) return known;
    const fold = known.fold === 0 ? 0 : (records.get(at)?.crystal?.fold ?? 0);
    if (fold === 0) return { ...known, class: at, fold, angle: Number.NaN };
    const period = (2 * Math.PI) / fold;
    return { ...known, class: at, fold, angle: (((known.angle - turn * SECTOR) % period) + period) % period };
  }
}
