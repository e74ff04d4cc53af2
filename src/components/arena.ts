/** Arrays that are kept at most. */
const MOST = 256;

/** Arrays of one length that are used again: those that were taken are free after `clear`. Their values are whatever they were. */
export class Arena {
  readonly #length: number;
  readonly #kept: Float64Array[] = [];
  #taken = 0;

  constructor(length: number) {
    this.#length = length;
  }

  take(): Float64Array {
    const own = this.#kept[this.#taken++];
    if (own) return own;
    const made = new Float64Array(this.#length);
    if (this.#kept.length < MOST) this.#kept.push(made);
    return made;
  }

  clear(): void {
    this.#taken = 0;
  }
}
