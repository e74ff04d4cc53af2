import { Identity, type SavedIdentity } from "./identity.js";
import type { ClassRecord, CrystalPattern } from "./library.js";

/** Ids that positions had, and what they stood for. */
export interface IdsOfPositions {
  readonly classes: SavedIdentity;
  readonly grains: SavedIdentity;
  readonly records: readonly Pick<ClassRecord, "id" | "crystal" | "grain">[];
}

type Groups = readonly (readonly ArrayLike<number>[])[];

/** Ids of a scan that is taken once more: what is found where most of one was goes on with it. Each goes on once. */
export class EarlierIds {
  readonly #classes: Identity;
  readonly #grains: Identity;
  readonly #records: ReadonlyMap<number, IdsOfPositions["records"][number]>;
  /** Grains that are all there is of a class. */
  readonly #whole: ReadonlySet<number>;
  readonly #gone = new Set<number>();
  readonly #grainsGone = new Set<number>();

  constructor({ classes, grains, records }: IdsOfPositions) {
    this.#classes = new Identity(classes);
    this.#grains = new Identity(grains);
    this.#records = new Map(records.map((r) => [r.id, r]));
    this.#whole = new Set(records.map((r) => r.grain));
  }

  /** Ids of classes for new groups of positions, -1 for none: of crystals, or of what is none; not those that `isKnown`. */
  claim(groups: Groups, isCrystal: boolean, isKnown: (id: number) => boolean): number[] {
    const may = (id: number): boolean => {
      const record = this.#records.get(id);
      return record !== undefined && (record.crystal !== null) === isCrystal && !isKnown(id) && !this.#gone.has(id);
    };
    const claims = this.#classes.claims(groups, may);
    for (const id of claims) this.#gone.add(id);
    return claims;
  }

  /** The same of grains. */
  claimGrains(groups: Groups): number[] {
    const claims = this.#grains.claims(groups, (id) => !this.#whole.has(id) && !this.#grainsGone.has(id));
    for (const id of claims) this.#grainsGone.add(id);
    return claims;
  }

  /** As a class was known; null: it was no crystal, or is not known. */
  crystal(id: number): CrystalPattern | null {
    return this.#records.get(id)?.crystal ?? null;
  }

  /** The grain that all of a class was; -1: its grains were told apart, or it is not known. */
  grain(id: number): number {
    return this.#records.get(id)?.grain ?? -1;
  }
}
