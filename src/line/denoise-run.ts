import type { FrameShape } from "../core/frame.js";
import type { ScanGrid } from "../core/scan.js";
import type { Image } from "../core/sink.js";
import { REACH } from "../denoise/method.js";
import type { RowEstimate } from "../denoise/row-estimate.js";
import type { SeriesMaps } from "../maps/store.js";
import type { RowAnswer, UsedMethod } from "./denoise-lane.js";
import { FrameGatherer, type HeldFrames } from "./held-frames.js";
import type { LanePool } from "./lane-pool.js";
import { lastLines } from "./last-lines.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import { createRefinedWriter } from "./refined-writer.js";
import { REF, type SlabReader } from "./slab.js";

export interface DenoiseOptions {
  readonly about: LaneSeries;
  readonly grid: ScanGrid;
  readonly maps: SeriesMaps;
  readonly revisionBase: number;
  readonly pool: LanePool;
  readonly slab: SlabReader;
  /** Calls back for the images at a scan index that came whole enough to have pixels. */
  readonly eachImage: (at: number, visit: (image: number) => void) => void;
  readonly ref: (image: number, out: Int32Array, at: number) => boolean;
  readonly shape: (image: number) => FrameShape;
  /** Writes the beam centre of an image of a finished line: row and col to `out[2 i]` and behind; px. */
  readonly centreOf: (image: number, at: number, out: Float64Array, i: number) => void;
  /** Nothing of a newer series waits. */
  readonly mayGoOn: () => boolean;
  readonly onRow: (ms: number, frames: number) => void;
  /** Frames that a row was estimated without, because they were no longer kept, or are no counts. */
  readonly onMissed: (frames: number) => void;
  readonly method: UsedMethod | "auto";
  /** What makes patterns has changed. */
  readonly onMethod: (method: UsedMethod) => void;
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
/** Late images that are remembered. */
const MOST_LATE = 10_000;
/** Columns that any window reaches. */
const ACROSS = 4;

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
  readonly #centres: Float64Array[] = [];
  readonly #gatherers: FrameGatherer[] = [];
  readonly #found = new Int32Array(REF.width);
  readonly #writeOne: ReturnType<typeof createRefinedWriter>;
  readonly #late = new Map<number, number>();
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
  #ending = false;
  #disposed = false;
  #method: UsedMethod;

  constructor(o: DenoiseOptions) {
    this.#o = o;
    this.#lastLine = lastLines(o.grid);
    this.#epochs = new Int16Array(o.grid.rows);
    this.#wanted = o.grid.rows;
    this.#writeOne = createRefinedWriter(o.maps, o.revisionBase);
    this.#method = o.method === "model" ? "model" : "neighbour";
    this.#tell(o.pool.askDenoiser("denoiseOpen", { ...o.about, columns: o.grid.columns, method: o.method }), () => undefined);
  }

  /** What makes patterns now. */
  get method(): UsedMethod {
    return this.#method;
  }

  /** Positions of complete rows that are not final yet. */
  get waiting(): number {
    return Math.max(0, Math.min(this.#ready, this.#wanted) - this.#finalRows) * this.#o.grid.columns;
  }

  /** All lines up to this one are finished. */
  finishLine(line: number, known: Knowledge): void {
    for (; this.#ready < this.#lastLine.length && (this.#lastLine[this.#ready] as number) <= line; this.#ready++)
      this.#rows.push({ ...known, centre: this.#centresOf(this.#ready) });
    this.advance();
  }

  /** Beam centres in a row, as they are known now. */
  #centresOf(row: number): Float64Array {
    const { columns } = this.#o.grid;
    const centre = this.#centres.pop() ?? new Float64Array(2 * columns);
    for (let c = 0; c < columns; c++) this.#centreAt(row * columns + c, centre, c);
    return centre;
  }

  #centreAt(at: number, out: Float64Array, i: number): void {
    let known = false;
    this.#o.eachImage(at, (image) => {
      if (!known) this.#o.centreOf(image, at, out, i);
      known = true;
    });
    if (!known) out.fill(Number.NaN, 2 * i, 2 * i + 2);
  }

  /** An image that came when its line was closed already: its row does without it, its position is estimated at the end. */
  late(at: number, image: number): void {
    if (this.#late.size < MOST_LATE) this.#late.set(image, at);
  }

  /** No line will be finished any more. */
  end(known: Knowledge): void {
    this.#last = known;
    this.advance();
  }

  dispose(): void {
    this.#disposed = true;
  }

  advance(): void {
    while (!this.#disposed && this.#out < IN_FLIGHT && this.#next < this.#ready && this.#o.mayGoOn()) this.#sendRow(this.#next++);
    if (this.#last && !this.#disposed && !this.#ending && this.#out === 0 && this.#next === this.#ready) this.#finish(this.#last);
  }

  #maskOf({ mask }: Knowledge): MaskVersion {
    if (mask.version === this.#sentVersion) return { version: mask.version };
    this.#sentVersion = mask.version;
    return mask;
  }

  #sendRow(row: number): void {
    const { grid, about, pool } = this.#o;
    const known = this.#again ? { ...(this.#last as Knowledge), centre: this.#centresOf(row) } : (this.#rows.shift() as ReadyRow);
    this.#epochs[row] = known.epoch;
    const gatherer = this.#gatherers.pop() ?? new FrameGatherer(grid.columns);
    gatherer.clear();
    const centre = new Float64Array(2);
    let missed = 0;
    for (let c = 0; c < grid.columns; c++) {
      centre.set(known.centre.subarray(2 * c, 2 * c + 2));
      missed += this.#hold(row, c, centre, gatherer, !this.#again);
    }
    this.#centres.push(known.centre);
    if (missed > 0) this.#o.onMissed(missed);
    this.#out++;
    const { held } = gatherer;
    const asked = pool.askDenoiser("denoiseRow", {
      series: about.series,
      row,
      mask: this.#maskOf(known),
      radius: known.radius,
      frames: held,
    });
    this.#tell(asked, ({ method, estimates, refused, ms }) => {
      this.#out--;
      this.#release(held);
      this.#gatherers.push(gatherer);
      if (this.#disposed) return;
      this.#o.onRow(ms, held.count);
      if (refused > 0) this.#o.onMissed(refused);
      this.#use(method);
      this.#write(estimates);
      this.advance();
    });
  }

  #use(method: UsedMethod): void {
    if (method === this.#method) return;
    this.#method = method;
    this.#o.onMethod(method);
  }

  #finish(known: Knowledge): void {
    this.#ending = true;
    this.#tell(this.#o.pool.askDenoiser("denoiseEnd", { series: this.#o.about.series }), ({ method, estimates }: RowAnswer) => {
      if (this.#disposed) return;
      this.#use(method);
      this.#write(estimates);
      this.#finalRows = this.#wanted = this.#ready;
      if (this.#again || !this.#begin(known)) this.#finishLate([...new Set(this.#late.values())].sort((a, b) => a - b));
    });
  }

  /** Positions of which a frame came late, one after the other. */
  #finishLate(left: number[]): void {
    const { grid, about, pool } = this.#o;
    const at = left.shift();
    if (at === undefined) {
      this.#o.onIdle();
      return;
    }
    const [row, column] = [Math.floor(at / grid.columns), at % grid.columns];
    const frames = this.#about(row, column);
    this.#tell(pool.askDenoiser("weighed", { series: about.series, rows: grid.rows, row, column, frames }), (found) => {
      this.#release(frames);
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
      if (e.final) this.#finalRows = e.row + 1;
    }
    maps.commit();
  }

  /** Holds the frames of a position that are still kept; answers how many are missed. `inTime`: without those that came late. */
  #hold(row: number, column: number, centre: Float64Array, to: FrameGatherer, inTime: boolean): number {
    const { grid, ref, shape, slab, eachImage } = this.#o;
    let missed = 0;
    eachImage(row * grid.columns + column, (image) => {
      if (inTime && this.#late.has(image)) return;
      if (ref(image, this.#found, 0) && slab.hold(this.#found[REF.slot] as number, this.#found[REF.serial] as number))
        to.add(row, column, this.#found, shape(image), centre);
      else missed++;
    });
    return missed;
  }

  #release({ ref, count }: HeldFrames): void {
    for (let i = 0; i < count; i++) this.#o.slab.release(ref[i * REF.width + REF.slot] as number);
  }

  /** Frames that the windows of a position reach, held. */
  #about(row: number, column: number): HeldFrames {
    const { grid } = this.#o;
    const gatherer = new FrameGatherer((REACH.back + REACH.ahead + 1) * (2 * ACROSS + 1));
    const centre = new Float64Array(2);
    for (let r = Math.max(0, row - REACH.back); r <= Math.min(grid.rows - 1, row + REACH.ahead); r++)
      for (let c = Math.max(0, column - ACROSS); c <= Math.min(grid.columns - 1, column + ACROSS); c++) {
        this.#centreAt(r * grid.columns + c, centre, 0);
        this.#hold(r, c, centre, gatherer, false);
      }
    return gatherer.held;
  }

  /** The pattern of a position, with what is known by now. "gone": its frame is no longer kept. */
  async pattern(row: number, column: number, kind: "denoised" | "polar_denoised"): Promise<Image | "gone" | "none"> {
    const { grid, about, pool } = this.#o;
    const frames = this.#about(row, column);
    try {
      const own = frames.row.some((r, i) => i < frames.count && r === row && frames.column[i] === column);
      if (!own) return "gone";
      return (await pool.askDenoiser("denoised", { series: about.series, kind, rows: grid.rows, row, column, frames })) ?? "none";
    } finally {
      this.#release(frames);
    }
  }

  #tell<T>(answer: Promise<T>, then: (answer: T) => void): void {
    answer.then(then).catch(this.#o.onCrash);
  }
}
