import type {
  Adapting,
  DenoiseVariant,
  ExecutionProvider,
  ModelEpoch,
  PatternCounts,
  PatternsWanted,
  UsedMethod,
} from "../core/denoise.js";
import type { DenoisedPattern } from "../core/sink.js";
import { REACH } from "../denoise/method.js";
import type { RowEstimate } from "../denoise/row-estimate.js";
import type { SeriesMaps } from "../maps/store.js";
import { checksum } from "../networks/bank-model.js";
import { Adaptation } from "./adaptation.js";
import { DenoiseFrames, type FrameSource } from "./denoise-frames.js";
import type { RowAnswer } from "./denoise-lane.js";
import type { LanePool } from "./lane-pool.js";
import { lastLines } from "./last-lines.js";
import type { ModelFile } from "./load-model.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import { type BacklogOptions, PatternBacklog } from "./pattern-backlog.js";
import type { PatternCache } from "./pattern-cache.js";
import { createRefinedWriter } from "./refined-writer.js";

export interface DenoiseOptions extends FrameSource, Pick<BacklogOptions, "onMade" | "onPlain" | "onGone" | "onCut"> {
  readonly about: LaneSeries;
  readonly maps: SeriesMaps;
  readonly revisionBase: number;
  readonly pool: Pick<LanePool, "askDenoiser" | "askAdapter">;
  /** Nothing of a newer series waits. */
  readonly mayGoOn: () => boolean;
  readonly onRow: (ms: number, frames: number) => void;
  /** Frames that a row was estimated without, because they were no longer kept, or are no counts. */
  readonly onMissed: (frames: number) => void;
  readonly method: UsedMethod | "auto";
  /** Which patterns are made, and what keeps those that nobody has asked for. */
  readonly wanted: PatternsWanted;
  readonly cache: PatternCache;
  /** What makes patterns has changed. */
  readonly onMethod: (method: UsedMethod) => void;
  /** What a model is computed with. */
  readonly model: ModelFile | null;
  /** An adapted model is in use from a row on. */
  readonly onAdopted: (model: ModelEpoch) => void;
  /** It is computed with cpu from now on, because the other one failed. */
  readonly onProvider: (problem: string) => void;
  /** Time is short, because so many complete rows wait for the lane, and a pattern is made in the cheap variant: the first one. */
  readonly onCheap: (rows: number) => void;
  /** Time is no longer short; so many were made in it. */
  readonly onCheapOver: (patterns: number) => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}

/** What frames are measured with when their line is finished. */
export interface Knowledge {
  readonly mask: MaskVersion;
  /** Bright-field radius, px. */
  readonly radius: number;
  /** How often it has been corrected. */
  readonly epoch: number;
}

/** A row of which every line is finished; `centre`: per column row and col, px. */
interface ReadyRow extends Knowledge {
  readonly centre: Float64Array;
}

/** Rows on their way to the lane: their frames are held. */
const IN_FLIGHT = 2;
/** Complete rows that wait for the lane: from so many on time is short. It is over when none waits. */
const SHORT_ROWS = REACH.ahead;

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
  /** Patterns that people wait for. */
  #looking = 0;
  #ending = false;
  #disposed = false;
  #method: UsedMethod;
  #provider: ExecutionProvider;
  readonly #models: ModelEpoch[] = [];
  #file: Uint8Array | null;
  readonly #adaptation: Adaptation | null;
  #adapting: Adapting | null = null;
  #variant: DenoiseVariant = "full";
  #cheapPatterns = 0;

  constructor(o: DenoiseOptions) {
    this.#o = o;
    this.#frames = new DenoiseFrames(o);
    this.#lastLine = lastLines(o.grid);
    this.#epochs = new Int16Array(o.grid.rows);
    this.#wanted = o.grid.rows;
    this.#writeOne = createRefinedWriter(o.maps, o.revisionBase);
    this.#method = o.method === "model" ? "model" : "neighbour";
    this.#provider = o.model?.provider ?? "cpu";
    this.#file = o.model?.bytes ?? null;
    this.#adaptation = o.model?.adapt ? this.#adapt(o.model) : null;
    if (o.model) this.#models.push({ epoch: 0, checksum: o.model.checksum, row: 0, gain: 0 });
    this.#backlog = new PatternBacklog({
      ...o,
      series: o.about.series,
      pixels: o.about.height * o.about.width,
      frames: this.#frames,
      mayGoOn: () => this.#mayMake,
    });
    this.#tell(
      o.pool.askDenoiser("denoiseOpen", { ...o.about, columns: o.grid.columns, method: o.method, adapt: this.#adaptation !== null }),
      () => undefined,
    );
  }

  #adapt(model: ModelFile): Adaptation {
    const { about, pool, onCrash } = this.#o;
    this.#adapting = { rounds: 0, gain: 0 };
    return new Adaptation({
      series: about.series,
      model,
      pool,
      onRound: (gain) => {
        this.#adapting = { rounds: (this.#adapting?.rounds ?? 0) + 1, gain };
      },
      onModel: (file, gain) => this.#adopt(file, gain),
      onCrash,
    });
  }

  /** Rows that are in the lane already come before it. */
  #adopt(model: Uint8Array, gain: number): void {
    const epoch = this.#models.length;
    const name = `epoch ${epoch} of the model`;
    const adopted = {
      epoch,
      checksum: checksum(model),
      row: this.#last && this.#next >= this.#ready ? this.#o.grid.rows : this.#next,
      gain,
    };
    this.#tell(this.#o.pool.askDenoiser("denoiseAdopt", { series: this.#o.about.series, model, name, epoch }), () => {
      this.#method = "model";
    });
    this.#models.push(adopted);
    this.#file = model;
    this.#o.onAdopted(adopted);
  }

  /** What makes patterns now. */
  get method(): UsedMethod {
    return this.#method;
  }

  /** What a model is computed with now. */
  get provider(): ExecutionProvider {
    return this.#provider;
  }

  /** The newest model, as a file. */
  get model(): Uint8Array | null {
    return this.#file;
  }
  /** Every model so far. */
  get models(): readonly ModelEpoch[] {
    return this.#models;
  }
  get adapting(): Adapting | null {
    return this.#adapting;
  }

  get patterns(): PatternCounts {
    return this.#backlog.counts;
  }

  /** Newer series wait for their patterns, or the line is to end. */
  cut(): void {
    this.#backlog.cut();
    this.#adaptation?.cut();
  }

  /** Nobody looks, and no row waits. */
  get #mayMake(): boolean {
    if (this.#looking > 0 || this.#out > 0 || (this.#last && !this.#learnt)) return false;
    return this.#next === this.#ready && this.#o.mayGoOn();
  }

  /** In which variant patterns are made now. */
  get variant(): DenoiseVariant {
    return this.#variant;
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
    this.#adaptation?.dispose();
  }

  advance(): void {
    while (!this.#disposed && this.#out < IN_FLIGHT && this.#next < this.#ready && this.#o.mayGoOn()) this.#sendRow(this.#next++);
    this.#chooseVariant();
    if (this.#last && !this.#disposed && !this.#ending && this.#out === 0 && this.#next === this.#ready) this.#finish(this.#last);
    this.#backlog.advance();
  }

  /** While the scan runs, patterns must not take the time that rows wait for. */
  #chooseVariant(): void {
    const short = !this.#last && this.#rows.length >= (this.#variant === "cheap" ? 1 : SHORT_ROWS);
    this.#variant = short ? "cheap" : "full";
    if (short || this.#cheapPatterns === 0 || this.#disposed) return;
    this.#o.onCheapOver(this.#cheapPatterns);
    this.#cheapPatterns = 0;
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
      const { estimates, refused, ms } = answer;
      this.#out--;
      done();
      if (this.#disposed) return;
      this.#o.onRow(ms, held.count);
      if (refused > 0) this.#o.onMissed(refused);
      this.#use(answer);
      this.#write(estimates);
      this.advance();
    });
  }

  #use({ method, computed, samples }: RowAnswer): void {
    if (samples) this.#adaptation?.take(samples, method);
    if (computed && computed.provider !== this.#provider) {
      this.#provider = computed.provider;
      this.#o.onProvider(computed.problem ?? "");
    }
    if (method === this.#method) return;
    this.#method = method;
    this.#o.onMethod(method);
  }

  #finish(known: Knowledge): void {
    this.#ending = true;
    this.#all = Math.max(this.#all, this.#ready);
    this.#tell(this.#o.pool.askDenoiser("denoiseEnd", { series: this.#o.about.series }), (answer: RowAnswer) => {
      if (this.#disposed) return;
      this.#use(answer);
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
      this.#tell(this.#adaptation?.finish(this.#method) ?? Promise.resolve(), () => {
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
  async pattern(row: number, column: number, kind: "denoised" | "polar_denoised"): Promise<DenoisedPattern | "gone" | "none"> {
    const { grid, about, pool } = this.#o;
    const { height, width, series } = about;
    const variant = this.#variant;
    const kept = kind === "denoised" ? this.#backlog.kept(row * grid.columns + column) : undefined;
    if (kept && (kept.made.final || variant === "cheap")) return { height, width, ...kept };
    const frames = this.#frames.about(row, column);
    this.#looking++;
    if (kind === "denoised" && variant === "cheap" && this.#cheapPatterns++ === 0) this.#o.onCheap(this.#rows.length);
    try {
      const own = frames.row.some((r, i) => i < frames.count && r === row && frames.column[i] === column);
      if (!own) return kept ? { height, width, ...kept } : "gone";
      const ask = { series, kind, variant, final: this.#learnt, rows: grid.rows, row, column, frames };
      return (await pool.askDenoiser("denoised", ask)) ?? "none";
    } finally {
      this.#looking--;
      this.#frames.release(frames);
    }
  }

  #tell<T>(answer: Promise<T>, then: (answer: T) => void): void {
    answer.then(then).catch(this.#o.onCrash);
  }
}
