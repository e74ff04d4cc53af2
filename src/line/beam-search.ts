import { imagesPerLine, linesOf } from "../core/scan.js";
import type { Again } from "./again.js";
import type { BeamTrack } from "./beam-track.js";
import type { Frontier } from "./frontier.js";
import type { BeamFit } from "./lane-calls.js";
import type { MeasureOptions } from "./measure-options.js";
import { Scouts } from "./scouts.js";

/** The beam and the hot pixels are looked for again when so many lines are finished, then twice as many, and so on. */
const FIRST_REFIT = 4;

export interface BeamSearchOptions extends Pick<MeasureOptions, "about" | "grid" | "pool" | "slab" | "hold" | "onCrash"> {
  readonly track: BeamTrack;
  readonly frontier: Frontier;
  readonly again: Again;
  /** Frames that go out as scouts. */
  readonly send: (line: number, images: readonly number[]) => void;
  /** Something was found: there may be more to do. */
  readonly onFound: () => void;
}

/** Looks for the beam and for hot pixels: in the scouts first, then at barriers in the sum of all lines before. It moves the barrier. */
export class BeamSearch {
  readonly #o: BeamSearchOptions;
  readonly #lines: number;
  readonly #scouts: Scouts;
  #scouting = true;
  /** The beam is being looked for in the scouts. */
  #scouted = false;
  /** What was looked for in the sum of the lines before `line`, and is to be used; undefined: not found out yet. */
  #refit: { readonly line: number; readonly fit: BeamFit | null | undefined } | null = null;
  #disposed = false;

  /** `ordered`: scouts go at once, in the order of their numbers. */
  constructor(o: BeamSearchOptions, ordered: boolean) {
    this.#o = o;
    this.#lines = linesOf(o.grid);
    this.#scouts = new Scouts(ordered);
    if (o.track.given) this.#start(o.track.given);
  }

  /** Nothing else goes out before the beam was looked for in the scouts. */
  get scouting(): boolean {
    return this.#scouting;
  }
  /** Nothing is under way. */
  get idle(): boolean {
    return !this.#scouting && this.#refit === null;
  }
  /** All lines before a barrier are finished, and none after it has begun. */
  get atBarrier(): boolean {
    const { finished, barrier } = this.#o.frontier;
    return !this.#scouting && finished >= barrier;
  }

  arrive(line: number, image: number): void {
    if (this.#scouting) this.#scouts.arrive(line, image);
  }

  /** Sends the scouts that may go now; looks for the beam when all of them have come back. */
  scout(): void {
    const { frontier, send } = this.#o;
    const { closed, ended } = frontier;
    send(this.#scouts.line, this.#scouts.take(closed, ended));
    if (this.#scouted || !this.#scouts.done(closed, ended)) return;
    this.#scouted = true;
    this.#fit((fit) => this.#start(fit));
  }

  /** So many scouts have come back. */
  back(count: number): void {
    this.#scouts.back(count);
  }

  /** Does what a barrier is for, if that can be done yet. */
  pass(): void {
    const refit = this.#refit;
    if (refit === null) this.#lookAgain();
    else if (refit.fit !== undefined) this.#apply({ line: refit.line, fit: refit.fit });
  }

  /** What is found from now on is forgotten. */
  dispose(): void {
    this.#disposed = true;
  }

  /** Asks the lanes for the sum of what they were given so far, and has the beam looked for in it while they go on. */
  #fit(then: (fit: BeamFit | null) => void): void {
    const { about, pool, track, onFound, onCrash } = this.#o;
    const work = async (): Promise<void> => {
      const parts = (await pool.askAll("summary", { series: about.series, reset: false })).filter((p) => p !== null);
      const { height, width } = about;
      const fit = parts.length === 0 ? null : await pool.askHelper("fit", { parts, height, width, mask: track.mask });
      if (this.#disposed) return;
      then(fit);
      onFound();
    };
    work().catch(onCrash);
  }

  #start(fit: BeamFit | null): void {
    this.#scouting = false;
    this.#o.track.start(fit);
    this.#o.frontier.barrier = Math.min(FIRST_REFIT, this.#lines);
  }

  /**
   * At a barrier: all lines before it are finished, none after it has begun. From the sum of exactly these lines the beam is looked for
   * while the next ones are worked on; what is found holds from a later barrier on, half as far again, however long it took.
   */
  #lookAgain(): void {
    const { frontier } = this.#o;
    const at = frontier.barrier;
    this.#refit = { line: at, fit: undefined };
    this.#fit((fit) => {
      this.#refit = { line: at, fit };
    });
    frontier.barrier = Math.min(at + (at >> 1), this.#lines);
  }

  #apply({ line, fit }: { line: number; fit: BeamFit | null }): void {
    const { frontier, grid, slab, hold, track, again } = this.#o;
    const at = frontier.barrier;
    const end = grid.skipStart + at * imagesPerLine(grid);
    const held = hold(end);
    const redo = track.refit(fit, at, end, held !== null);
    if (held && redo) again.begin(grid.skipStart, end, held);
    else if (held) for (const slot of held.keys()) slab.release(slot);
    this.#refit = null;
    frontier.barrier = line >= this.#lines ? Number.POSITIVE_INFINITY : Math.min(2 * line, this.#lines);
  }
}
