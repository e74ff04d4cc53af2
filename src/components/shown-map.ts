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
  /** 0: no angle. */
  readonly fold: number;
}

export const UNKNOWN: Shown = { class: -1, grain: -1, angle: Number.NaN, fold: 0 };

/** Part of the displayed positions that a paced update corrects at most: the map does not jump, it comes round. */
const AT_ONCE = 1 / 512;

/** What was answered last of every position, and how much of it changes with an update. */
export class ShownMap {
  label = new Int32Array(0);
  grain = new Int32Array(0);
  angle = new Float32Array(0);
  fold = new Uint8Array(0);
  /** Positions whose correction must wait for another update, since this one began. */
  late = 0;
  #left = Number.POSITIVE_INFINITY;
  /** Positions that have a class; how many had one when the update began; of those, how many have another class, another grain now. */
  #displayed = 0;
  #before = 0;
  #labels = 0;
  #grains = 0;

  /** Makes room for so many positions. */
  grow(positions: number): void {
    if (this.label.length >= positions) return;
    const longer = <T extends Int32Array | Float32Array | Uint8Array>(more: T, old: T): T => {
      more.set(old);
      return more;
    };
    this.label = longer(new Int32Array(2 * positions).fill(-1), this.label);
    this.grain = longer(new Int32Array(2 * positions).fill(-1), this.grain);
    this.angle = longer(new Float32Array(2 * positions).fill(Number.NaN), this.angle);
    this.fold = longer(new Uint8Array(2 * positions), this.fold);
  }

  /** An update begins; `paced`: it corrects no more than a small part of what is displayed. */
  begin(paced: boolean): void {
    this.#before = this.#displayed;
    this.#left = paced ? Math.floor(AT_ONCE * this.#displayed) : Number.POSITIVE_INFINITY;
    this.late = 0;
    [this.#labels, this.#grains] = [0, 0];
  }

  /** True: this is new, and shown. */
  set(at: number, known: Shown): boolean {
    const [label, grain, angle] = [this.label[at], this.grain[at], Math.fround(known.angle)];
    const [relabelled, regrained] = [label >= 0 && known.class !== label, label >= 0 && known.grain !== grain];
    if (relabelled || regrained) {
      if (this.#left <= 0) {
        this.late++;
        return false;
      }
      this.#left--;
      this.#labels += Number(relabelled);
      this.#grains += Number(regrained);
    }
    this.#displayed += Number(known.class >= 0) - Number(label >= 0);
    const changed = known.class !== label || known.grain !== grain || known.fold !== this.fold[at] || !Object.is(angle, this.angle[at]);
    this.label[at] = known.class;
    this.grain[at] = known.grain;
    this.angle[at] = angle;
    this.fold[at] = known.fold;
    return changed;
  }

  /** Since the update began. Positions that had no class do not count. */
  get churn(): Churn {
    const of = (n: number): number => (this.#before > 0 ? n / this.#before : 0);
    return { label: of(this.#labels), grain: of(this.#grains) };
  }
}
