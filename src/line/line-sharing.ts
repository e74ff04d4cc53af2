import type { LineQueue } from "./frontier.js";
import { featuresStep, measuresStep, Overload, onGrid } from "./overload.js";

/** What becomes of the images of a line. */
export interface Shares {
  /** At once, with features. */
  readonly whole: ArrayLike<number>;
  /** Measured at once; features later. */
  readonly plain: ArrayLike<number>;
  /** Later. */
  readonly bare: readonly number[];
}

export interface LineSharingOptions {
  readonly columns: number;
  /** s that the newest line may be behind before positions are put off. */
  readonly mostLag: number;
  /** The memory for frames is. */
  readonly full: () => boolean;
  /** Scan index of an image. */
  readonly at: (image: number) => number;
  /** The level was changed: it depends on time. */
  readonly onLevel: (level: number, message: string) => void;
}

/** Decides for each line, when the first of it is handed out, how much of it is done at once. */
export class LineSharing {
  readonly #o: LineSharingOptions;
  readonly #overload: Overload;
  /** Of lines that are being handed out: their grid is regular. */
  readonly #levels = new Map<number, number>();

  constructor(o: LineSharingOptions) {
    this.#o = o;
    this.#overload = new Overload(o.mostLag);
  }

  /** See Overload. */
  get level(): number {
    return this.#overload.level;
  }

  /** `seconds`: of work that waits, if nothing were put off. */
  share({ line, images }: LineQueue, seconds: number): Shares {
    const level = this.#levelOf(line, seconds);
    if (level === 0) return { whole: images, plain: [], bare: [] };
    const shares = { whole: [] as number[], plain: [] as number[], bare: [] as number[] };
    const { at, columns } = this.#o;
    for (const image of images) {
      const index = at(image);
      const [row, column] = [Math.floor(index / columns), index % columns];
      if (onGrid(featuresStep(level), row, column)) shares.whole.push(image);
      else if (onGrid(measuresStep(level), row, column)) shares.plain.push(image);
      else shares.bare.push(image);
    }
    return shares;
  }

  /** A line is finished. */
  forget(line: number): void {
    this.#levels.delete(line);
  }

  /** Nothing waits any more. */
  end(): void {
    if (this.#overload.end()) this.#o.onLevel(0, "all frames that were put off are on the maps");
  }

  #levelOf(line: number, seconds: number): number {
    const known = this.#levels.get(line);
    if (known !== undefined) return known;
    if (this.#overload.look(seconds, this.#o.full())) this.#tell(line);
    this.#levels.set(line, this.level);
    return this.level;
  }

  #tell(line: number): void {
    const { level } = this;
    const [measured, whole] = [2 ** measuresStep(level), 2 ** featuresStep(level)];
    const which = measured === 1 ? "every position" : `one position in ${measured}`;
    this.#o.onLevel(
      level,
      level === 0
        ? `from line ${line} on every position is worked on at once again`
        : `frames come faster than they can be worked on: from line ${line} on ${which} is measured at once, one in ${whole} with features; the others wait`,
    );
  }
}
