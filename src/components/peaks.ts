import { GRID } from "./polar-events.js";
import type { Peak, Rotation, Turnable } from "./rotation.js";

const { sectors: SECTORS } = GRID;
/** 1.5 degrees, in sectors. */
const SAME_TURN = (1.5 / 360) * SECTORS;

/** Best turns of pairs of patterns: a pair that did not change is not compared again. */
export class Peaks {
  readonly #rotation: Rotation;
  readonly #known = new WeakMap<Turnable, WeakMap<Turnable, Peak>>();

  readonly #oneWay = new WeakMap<Turnable, WeakMap<Turnable, boolean>>();

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

  /** Whether patterns correlate best where neither is turned. */
  areOneWay(a: Turnable, b: Turnable): boolean {
    const row = this.#oneWay.get(a) ?? new WeakMap<Turnable, boolean>();
    this.#oneWay.set(a, row);
    const known = row.get(b) ?? isOneWay(this.#rotation.correlate(a, b));
    row.set(b, known);
    return known;
  }
}

function isOneWay(c: Float64Array): boolean {
  const [before, here, after] = [c[SECTORS - 1], c[0], c[1]];
  return here >= Math.max(...c) && Math.abs(before - after) <= 2 * SAME_TURN * (2 * here - before - after);
}
