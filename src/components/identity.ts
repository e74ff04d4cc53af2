/** What can be saved of ids. */
export interface SavedIdentity {
  readonly of: readonly number[];
  readonly next: number;
}

/**
 * Permanent ids of groups of positions. An id stays with the group that most of its positions are in. Where several meet, the one with most positions
 * there stays, of equals the oldest, and the others are not used again for anything else: as little as can be changes.
 */
export class Identity {
  #of: Int32Array;
  #next: number;

  constructor(saved: SavedIdentity = { of: [], next: 1 }) {
    this.#of = Int32Array.from(saved.of);
    this.#next = saved.next;
  }

  /** The id of a position, -1 for none. */
  at(position: number): number {
    return this.#of[position] ?? -1;
  }

  fresh(): number {
    return this.#next++;
  }

  /** Ids from here on are fresh. */
  reserve(id: number): void {
    this.#next = Math.max(this.#next, id + 1);
  }

  /** The id that each group goes on with, -1 where it is new. Ids that `may` rules out are not considered. */
  claims(groups: readonly (readonly ArrayLike<number>[])[], may: (id: number) => boolean = () => true): number[] {
    /** Per id, the group that holds most of it. */
    const heirs = new Map<number, { group: number; held: number }>();
    for (const [group, lists] of groups.entries())
      for (const [id, held] of this.#count(lists)) if (may(id) && held > (heirs.get(id)?.held ?? 0)) heirs.set(id, { group, held });
    const claims = groups.map(() => -1);
    const most = groups.map(() => 0);
    for (const [id, { group, held }] of [...heirs].sort(([a], [b]) => a - b))
      if (held > most[group]) [claims[group], most[group]] = [id, held];
    return claims;
  }

  /** Of the positions of some lists, how many have each id. */
  #count(lists: readonly ArrayLike<number>[]): Map<number, number> {
    const counts = new Map<number, number>();
    for (const list of lists)
      for (let i = 0; i < list.length; i++) {
        const id = this.at(list[i]);
        if (id >= 0) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    return counts;
  }

  /** The id that most positions of a list have, the older of equals; -1 where none has one. */
  most(list: ArrayLike<number>): number {
    let [best, most] = [-1, 0];
    for (const [id, n] of this.#count([list])) if (n > most || (n === most && id < best)) [best, most] = [id, n];
    return best;
  }

  /** Gives positions an id. */
  set(positions: ArrayLike<number>, id: number): void {
    let end = this.#of.length;
    for (let i = 0; i < positions.length; i++) end = Math.max(end, positions[i] + 1);
    if (end > this.#of.length) {
      const wider = new Int32Array(Math.max(end, 2 * this.#of.length)).fill(-1);
      wider.set(this.#of);
      this.#of = wider;
    }
    for (let i = 0; i < positions.length; i++) this.#of[positions[i]] = id;
  }

  save(): SavedIdentity {
    return { of: Array.from(this.#of), next: this.#next };
  }
}
