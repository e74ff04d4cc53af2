/** Shares of the displayed positions whose class, and whose grain, changed in one update. */
export interface Churn {
  readonly label: number;
  readonly grain: number;
}

/** What is shown of one position. -1: no class, no grain. */
export interface Shown {
  readonly class: number;
  readonly grain: number;
  /** rad; NaN: no angle. */
  readonly angle: number;
}

export const UNKNOWN: Shown = { class: -1, grain: -1, angle: Number.NaN };

/** What was answered last of every position, and how much of it changes with an update. */
export class ShownMap {
  label = new Int32Array(0);
  grain = new Int32Array(0);
  angle = new Float32Array(0);
  /** Positions that have a class; how many had one when the update began; of those, how many have another class, another grain now. */
  #displayed = 0;
  #before = 0;
  #labels = 0;
  #grains = 0;

  /** Makes room for so many positions. */
  grow(positions: number): void {
    if (this.label.length >= positions) return;
    const longer = <T extends Int32Array | Float32Array>(more: T, old: T): T => {
      more.set(old);
      return more;
    };
    this.label = longer(new Int32Array(2 * positions).fill(-1), this.label);
    this.grain = longer(new Int32Array(2 * positions).fill(-1), this.grain);
    this.angle = longer(new Float32Array(2 * positions).fill(Number.NaN), this.angle);
  }

  /** An update begins. */
  begin(): void {
    this.#before = this.#displayed;
    [this.#labels, this.#grains] = [0, 0];
  }

  /** True: this is new. */
  set(at: number, known: Shown): boolean {
    const [label, grain, angle] = [this.label[at], this.grain[at], Math.fround(known.angle)];
    if (label >= 0) {
      if (known.class !== label) this.#labels++;
      if (known.grain !== grain) this.#grains++;
    }
    this.#displayed += Number(known.class >= 0) - Number(label >= 0);
    const changed = known.class !== label || known.grain !== grain || !Object.is(angle, this.angle[at]);
    this.label[at] = known.class;
    this.grain[at] = known.grain;
    this.angle[at] = angle;
    return changed;
  }

  /** Since the update began. Positions that had no class do not count. */
  get churn(): Churn {
    const of = (n: number): number => (this.#before > 0 ? n / this.#before : 0);
    return { label: of(this.#labels), grain: of(this.#grains) };
  }
}
