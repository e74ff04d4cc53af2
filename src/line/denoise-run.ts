import type { DenoiseStats, DenoiseVariant, PatternCounts } from "../core/denoise.js";
import type { DenoisedPattern } from "../core/sink.js";
import { REACH } from "../denoise/method.js";
import type { RowEstimate } from "../denoise/row-estimate.js";
import type { SeriesMaps } from "../maps/store.js";
import { type AskedOptions, AskedPatterns } from "./asked-patterns.js";
import type { RowAnswer } from "./denoise-calls.js";
import { DenoiseFrames, type FrameSource } from "./denoise-frames.js";
import { lastLines } from "./last-lines.js";
import type { MaskVersion } from "./messages.js";
import { ModelInUse, type ModelOptions } from "./model-in-use.js";
import { type BacklogOptions, PatternBacklog } from "./pattern-backlog.js";
import { createRefinedWriter } from "./refined-writer.js";

export interface DenoiseOptions
  extends FrameSource,
    ModelOptions,
    Omit<AskedOptions, "pool">,
    Pick<BacklogOptions, "wanted" | "cache" | "archive" | "onMade" | "onPlain" | "onGone" | "onCut"> {
  readonly maps: SeriesMaps;
  readonly revisionBase: number;
  /** Nothing of a newer series waits. */
  readonly mayGoOn: () => boolean;
  readonly onRow: (ms: number, frames: number) => void;
  /** Frames that a row was estimated without, because they were no longer kept, or are no counts. */
  readonly onMissed: (frames: number) => void;
  readonly onIdle: () => void;
}

/** What frames are measured with when their line is finished. */
export interface Knowledge {
  readonly mask: MaskVersion;
  /** Bright-field radius, px. */
  readonly radius: number;
  /** How often it has been corrected. */
  readonly epoch: number;
  /** As in FrameSource; what is found later does not change it. */
  readonly centreOf: FrameSource["centreOf"];
}

/** A row of which every line is finished; `centre`: per column row and col, px. */
interface ReadyRow extends Knowledge {
  readonly centre: Float64Array;
}

/** Rows on their way to the lane: their frames are held. */
const IN_FLIGHT = 2;
/**
 * What is denoised of one series on one grid: rows go to the lane in their order, once all lines with frames of theirs are finished. Those of
 * which the beam became better known later are taken once more at the end.
 */
export class DenoiseRun {
  readonly #o: DenoiseOptions;
  /** Last line with frames of a row. */
  readonly #lastLine: Int32Array;
  /** Of the rows from `#next` on that are ready. */
  readonly #rows: ReadyRow[] = [];
  /** Epoch that each row was estimated in. */
  readonly #epochs: Int16Array;
  readonly #frames: DenoiseFrames;
  readonly #writeOne: ReturnType<typeof createRefinedWriter>;
  #ready = 0;
  #next = 0;
  #out = 0;
  #sentVersion = Number.NaN;
  /** Rows of which every position is final. */
  #finalRows = 0;
  /** Known when no line will be finished any more. */
  #last: Knowledge | null = null;
  /** Rows before this one are estimated. */
  #wanted: number;
  #again = false;
  /** Rows of the scan, and that nothing of them is to be learnt any more. */
  #all = 0;
  #learnt = false;
  readonly #backlog: PatternBacklog;
  readonly #asked: AskedPatterns;
  readonly #model: ModelInUse;
  #ending = false;
  #disposed = false;

  /** That its lane takes. */
  bytes = 0;

  constructor(o: DenoiseOptions) {
    this.#o = o;
    this.#frames = new DenoiseFrames(o);
    this.#lastLine = lastLines(o.grid);
    this.#epochs = new Int16Array(o.grid.rows);
    this.#wanted = o.grid.rows;
    this.#writeOne = createRefinedWriter(o.maps, o.revisionBase);
    // After the last row there is no row that it could not be used for.
    this.#model = new ModelInUse(o, o.about.series, () => (this.#last && this.#next >= this.#ready ? o.grid.rows : this.#next));
    this.#backlog = new PatternBacklog({
      ...o,
      series: o.about.series,
      pixels: o.about.height * o.about.width,
      frames: this.#frames,
      mayGoOn: () => this.#mayMake,
    });
    this.#asked = new AskedPatterns(o, this.#frames, (at) => this.#backlog.kept(at));
    this.#tell(
      o.pool.askDenoiser("denoiseOpen", { ...o.about, columns: o.grid.columns, method: o.method, adapt: this.#model.adapting !== null }),
      () => undefined,
    );
  }

  /** What is told of it. */
  get stats(): DenoiseStats {
    const { method, provider, models, adapting } = this.#model;
    return { method, variant: this.variant, provider, waiting: this.waiting, patterns: this.patterns, models, adapting };
  }

  /** The newest model, as a file. */
  get model(): Uint8Array | null {
    return this.#model.file;
  }

  get patterns(): PatternCounts {
    return this.#backlog.counts;
  }

  /** Newer series wait for their patterns, or the line is to end. */
  cut(): void {
    this.#backlog.cut();
    this.#model.cut();
  }

  /** Nobody looks, and no row waits. */
  get #mayMake(): boolean {
    if (this.#asked.busy || this.#out > 0 || (this.#last && !this.#learnt)) return false;
    return this.#next === this.#ready && this.#o.mayGoOn();
  }

  /** In which variant patterns are made now. */
  get variant(): DenoiseVariant {
    return this.#asked.variant;
  }

  /** Positions of complete rows that are not final yet. */
  get waiting(): number {
    return Math.max(0, Math.min(this.#ready, this.#wanted) - this.#finalRows) * this.#o.grid.columns;
  }

  /** All lines up to this one are finished. */
  finishLine(line: number, known: Knowledge): void {
    for (; this.#ready < this.#lastLine.length && (this.#lastLine[this.#ready] as number) <= line; this.#ready++)
      this.#rows.push({ ...known, centre: this.#frames.centresOf(this.#ready) });
    this.advance();
  }

  /** An image that came when its line was closed already: its row does without it, its position is estimated at the end. */
  late(at: number, image: number): void {
    this.#frames.late(at, image);
  }

  /** No line will be finished any more. */
  end(known: Knowledge): void {
    this.#last = known;
    this.advance();
  }

  dispose(): void {
    this.#disposed = true;
    this.#backlog.dispose();
    this.#model.dispose();
  }

  advance(): void {
    while (!this.#disposed && this.#out < IN_FLIGHT && this.#next < this.#ready && this.#o.mayGoOn()) this.#sendRow(this.#next++);
    if (!this.#disposed) this.#asked.choose(this.#last ? 0 : this.#rows.length);
    if (this.#last && !this.#disposed && !this.#ending && this.#out === 0 && this.#next === this.#ready) this.#finish(this.#last);
    this.#backlog.advance();
  }

  #maskOf({ mask }: Knowledge): MaskVersion {
    if (mask.version === this.#sentVersion) return { version: mask.version };
    this.#sentVersion = mask.version;
    return mask;
  }

  #sendRow(row: number): void {
    const { about, pool } = this.#o;
    const known = this.#again ? { ...(this.#last as Knowledge), centre: this.#frames.centresOf(row) } : (this.#rows.shift() as ReadyRow);
    this.#epochs[row] = known.epoch;
    const { held, missed, done } = this.#frames.ofRow(row, known.centre, !this.#again);
    if (missed > 0) this.#o.onMissed(missed);
    this.#out++;
    const asked = pool.askDenoiser("denoiseRow", {
      series: about.series,
      row,
      mask: this.#maskOf(known),
      radius: known.radius,
      frames: held,
    });
    this.#tell(asked, (answer) => {
      const { estimates, refused, bytes, ms } = answer;
      this.#out--;
      this.bytes = bytes;
      done();
      if (this.#disposed) return;
      this.#o.onRow(ms, held.count);
      if (refused > 0) this.#o.onMissed(refused);
      this.#model.take(answer);
      this.#write(estimates);
      this.advance();
    });
  }

  #finish(known: Knowledge): void {
    this.#ending = true;
    this.#all = Math.max(this.#all, this.#ready);
    this.#tell(this.#o.pool.askDenoiser("denoiseEnd", { series: this.#o.about.series }), (answer: RowAnswer) => {
      if (this.#disposed) return;
      this.#model.take(answer);
      this.bytes = answer.bytes;
      this.#write(answer.estimates);
      this.#finalRows = this.#wanted = this.#ready;
      if (this.#again || !this.#begin(known)) this.#finishLate(this.#frames.latePositions);
    });
  }

  /** Positions of which a frame came late, one after the other. */
  #finishLate(left: number[]): void {
    const { grid, about, pool } = this.#o;
    const at = left.shift();
    if (at === undefined) {
      this.#tell(this.#model.finish(), () => {
        if (this.#disposed) return;
        this.#learnt = true;
        this.#backlog.finish(this.#all - 1, this.#o.onIdle);
      });
      return;
    }
    const [row, column] = [Math.floor(at / grid.columns), at % grid.columns];
    const frames = this.#frames.about(row, column);
    this.#tell(pool.askDenoiser("weighed", { series: about.series, rows: grid.rows, row, column, frames }), (found) => {
      this.#frames.release(frames);
      if (this.#disposed) return;
      this.#writeOne(at, { ...found, final: true }, 0, this.#epochs[row] as number);
      this.#o.maps.commit();
      this.#finishLate(left);
    });
  }

  /** Begins anew with the rows that were estimated with what has been corrected since; false: there are none. */
  #begin({ epoch }: Knowledge): boolean {
    let stale = this.#ready;
    while (stale > 0 && (this.#epochs[stale - 1] as number) === epoch) stale--;
    if (stale === 0) return false;
    this.#again = true;
    this.#ending = false;
    this.#wanted = stale;
    this.#ready = Math.min(this.#ready, stale + REACH.ahead);
    [this.#next, this.#finalRows] = [0, 0];
    this.advance();
    return true;
  }

  #write(estimates: readonly RowEstimate[]): void {
    const { maps, grid } = this.#o;
    for (const e of estimates) {
      if (e.row >= this.#wanted) continue;
      for (let c = 0; c < grid.columns; c++) this.#writeOne(e.row * grid.columns + c, e, c, this.#epochs[e.row] as number);
      if (!e.final) continue;
      this.#finalRows = e.row + 1;
      this.#backlog.known(e.row, e.neighbours);
    }
    maps.commit();
  }

  /** The pattern of a position, with what is known by now. "gone": its frame is no longer kept. */
  pattern(row: number, column: number, kind: "denoised" | "polar_denoised"): Promise<DenoisedPattern | "gone" | "none"> {
    return this.#asked.pattern(row, column, kind, this.#learnt);
  }

  #tell<T>(answer: Promise<T>, then: (answer: T) => void): void {
    answer.then(then).catch(this.#o.onCrash);
  }
}
