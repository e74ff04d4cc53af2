/** Sums over the last second or so, turned into rates at each tick. */
export class Rates<K extends string> {
  readonly #sums = new Map<K, number>();
  readonly #rates = new Map<K, number>();
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  add(name: K, n: number): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + n);
  }

  /** Closes the interval; `now` in ms. */
  tick(now: number): void {
    const seconds = Math.max(1e-3, (now - this.#at) / 1000);
    this.#at = now;
    this.#rates.clear();
    for (const [name, sum] of this.#sums) this.#rates.set(name, sum / seconds);
    this.#sums.clear();
  }

  /** Per second over the last interval. */
  per(name: K): number {
    return this.#rates.get(name) ?? 0;
  }
}
