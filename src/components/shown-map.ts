import { PARTS } from "./position-shares.js";

/** Shares of the positions with a class whose class, and whose grain, changed in one update. */
export interface Churn {
  readonly label: number;
  readonly grain: number;
}

/** What is known of the class of one position. -1: no class, no grain. */
export interface Shown {
  readonly class: number;
  readonly grain: number;
  /** rad; NaN: no angle. */
  readonly angle: number;
  /** 0: no angle. */
  readonly fold: number;
}

export const UNKNOWN: Shown = { class: -1, grain: -1, angle: Number.NaN, fold: 0 };

/** Part of the displayed positions that an update corrects at most, by its pace: the map does not jump, it comes round. */
const AT_ONCE = { few: 1 / 512, none: 0 } as const;
export type Pace = "all" | keyof typeof AT_ONCE;

/** Counts what changes in an update, of the positions that had a class when it began. */
class Changes {
  /** Positions that have a class. */
  classed = 0;
  #before = 0;
  #labels = 0;
  #grains = 0;

  begin(): void {
    this.#before = this.classed;
    [this.#labels, this.#grains] = [0, 0];
  }

  /** A position gets another class or grain. */
  take(label: number, grain: number, known: Shown): void {
    this.classed += Number(known.class >= 0) - Number(label >= 0);
    if (label < 0) return;
    this.#labels += Number(known.class !== label);
    this.#grains += Number(known.grain !== grain);
  }

  get churn(): Churn {
    const of = (n: number): number => (this.#before > 0 ? n / this.#before : 0);
    return { label: of(this.#labels), grain: of(this.#grains) };
  }
}

type Values = Int32Array | Float32Array | Uint8Array;

/**
 * What is shown of every position, all of it as it was known at one time, and how much of it changes with an update. Where a correction waits, everything
 * stays as it is. Some 60 bytes per position.
 */
export class ShownMap {
  label = new Int32Array(0);
  grain = new Int32Array(0);
  angle = new Float32Array(0);
  fold = new Uint8Array(0);
  /** Written by whoever knows them, where nothing waits. */
  confidence = new Float32Array(0);
  boundary = new Float32Array(0);
  novelty = new Float32Array(0);
  /** [positions, PARTS] Classes, 0: none; and their shares. */
  parts = new Int32Array(0);
  shares = new Float32Array(0);
  /** Class and grain as they are known. */
  #label = new Int32Array(0);
  #grain = new Int32Array(0);
  /** Positions whose correction waits for another update. */
  waiting = 0;
  #left = Number.POSITIVE_INFINITY;
  readonly #displayed = new Changes();
  readonly #known = new Changes();

  /** Makes room for so many positions. */
  grow(positions: number): void {
    if (this.label.length >= positions) return;
    const longer = <T extends Values>(old: T, none: number, per = 1): T => {
      const more = new (old.constructor as new (n: number) => T)(2 * positions * per);
      more.fill(none, old.length);
      more.set(old);
      return more;
    };
    this.label = longer(this.label, -1);
    this.grain = longer(this.grain, -1);
    this.angle = longer(this.angle, Number.NaN);
    this.fold = longer(this.fold, 0);
    this.confidence = longer(this.confidence, Number.NaN);
    this.boundary = longer(this.boundary, Number.NaN);
    this.novelty = longer(this.novelty, Number.NaN);
    this.parts = longer(this.parts, 0, PARTS);
    this.shares = longer(this.shares, 0, PARTS);
    this.#label = longer(this.#label, -1);
    this.#grain = longer(this.#grain, -1);
  }

  /** An update begins. */
  begin(pace: Pace): void {
    this.#left = pace === "all" ? Number.POSITIVE_INFINITY : Math.floor(AT_ONCE[pace] * this.#displayed.classed);
    this.#displayed.begin();
    this.#known.begin();
  }

  /** Another correction may be shown in this update. */
  get mayCorrect(): boolean {
    return this.#left > 0;
  }

  /** Takes what is known of a position. True: this is new, and shown. */
  set(at: number, known: Shown): boolean {
    const [label, grain, angle] = [this.label[at], this.grain[at], Math.fround(known.angle)];
    this.waiting -= Number(this.waits(at));
    this.#known.take(this.#label[at], this.#grain[at], known);
    [this.#label[at], this.#grain[at]] = [known.class, known.grain];
    if (label >= 0 && this.waits(at)) {
      if (this.#left <= 0) {
        this.waiting++;
        return false;
      }
      this.#left--;
    }
    this.#displayed.take(label, grain, known);
    const changed = known.class !== label || known.grain !== grain || known.fold !== this.fold[at] || !Object.is(angle, this.angle[at]);
    this.label[at] = known.class;
    this.grain[at] = known.grain;
    this.angle[at] = angle;
    this.fold[at] = known.fold;
    return changed;
  }

  /** Whether a position is known to be of another class or grain than it is shown. */
  waits(at: number): boolean {
    return this.#label[at] !== this.label[at] || this.#grain[at] !== this.grain[at];
  }

  /** Class and grain of a position as they are known. */
  known(at: number): Pick<Shown, "class" | "grain"> {
    return { class: this.#label[at], grain: this.#grain[at] };
  }

  /** Classes that positions show, and that are in their frames, before `end`: up to `taken` of those whose correction waits, from there on of all. */
  classesLeft(taken: number, end: number): Set<number> {
    const seen = new Set<number>();
    for (let at = 0; at < end; at++) {
      if (this.label[at] < 0 || (at < taken && !this.waits(at))) continue;
      seen.add(this.label[at]);
      for (let i = PARTS * at; i < PARTS * (at + 1) && this.parts[i] !== 0; i++) seen.add(this.parts[i]);
    }
    return seen;
  }

  /** What became something else on the map since the update began. Positions that had no class do not count. */
  get churn(): Churn {
    return this.#displayed.churn;
  }

  /** The same of what is known, shown or not. */
  get knownChurn(): Churn {
    return this.#known.churn;
  }
}
