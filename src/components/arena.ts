/** Arrays that are kept at most. */
const MOST = 256;

/** Arrays of one length that are used again: those that were taken are free after `clear`. Their values are whatever they were. */
export class Arena<T> {
  readonly #make: (length: number) => T;
  readonly #length: number;
  readonly #kept: T[] = [];
  #taken = 0;

  constructor(make: (length: number) => T, length: number) {
    this.#make = make;
    this.#length = length;
  }

  take(): T {
    const own = this.#kept[this.#taken++];
    if (own) return own;
    const made = this.#make(this.#length);
    if (this.#kept.length < MOST) this.#kept.push(made);
    return made;
  }

  clear(): void {
    this.#taken = 0;
  }
}
