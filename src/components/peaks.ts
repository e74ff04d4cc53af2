import type { Peak, Rotation, Turnable } from "./rotation.js";

/** Best turns of pairs of patterns: a pair that did not change is not compared again. */
export class Peaks {
  readonly #rotation: Rotation;
  readonly #known = new WeakMap<Turnable, WeakMap<Turnable, Peak>>();

  constructor(rotation: Rotation) {
    this.#rotation = rotation;
  }

  /** The best turn of the first against the second. */
  of(a: Turnable, b: Turnable): Peak {
    const row = this.#known.get(a) ?? new WeakMap<Turnable, Peak>();
    this.#known.set(a, row);
    const peak = row.get(b) ?? this.#rotation.peak(a, b);
    row.set(b, peak);
    return peak;
  }
}
