/** What can be saved of a reservoir. */
export interface SavedReservoir<T> {
  readonly items: readonly T[];
  readonly seen: number;
  readonly state: number;
}

/** A fair sample of what was seen, of bounded size, by a seeded generator (Vitter's algorithm R; mulberry32). */
export class Reservoir<T> {
  readonly items: T[];
  readonly #size: number;
  #seen: number;
  #state: number;

  constructor(size: number, { items, seen, state }: SavedReservoir<T>) {
    this.#size = size;
    this.items = items.slice();
    this.#seen = seen;
    this.#state = state;
  }

  offer(item: T): void {
    this.#seen++;
    if (this.items.length < this.#size) this.items.push(item);
    else {
      const at = this.#below(this.#seen);
      if (at < this.#size) this.items[at] = item;
    }
  }

  /** So many of the items by chance, one perhaps more than once. */
  draw(count: number): T[] {
    return this.items.length === 0 ? [] : Array.from({ length: count }, () => this.items[this.#below(this.items.length)]);
  }

  /** A whole number below this one. */
  #below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let z = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return Math.floor((((z ^ (z >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  save(): SavedReservoir<T> {
    return { items: this.items.slice(), seen: this.#seen, state: this.#state };
  }
}
