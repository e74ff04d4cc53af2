import type { PolarScale } from "../components/polar-events.js";
import type { SeriesChurn } from "../core/series.js";
import { ChurnRecord } from "./churn-record.js";
import type { ComponentAnswer } from "./component-calls.js";
import type { ComponentOptions } from "./component-options.js";
import { createComponentWriter } from "./component-writer.js";
import type { Knowledge } from "./denoise-run.js";
import { settleScan } from "./final-pass.js";
import { lastLines } from "./last-lines.js";
import { type ListedRow, maskSender, RowFeed } from "./row-feed.js";

/** Rows on their way to the lane. Too few for classes to be found anew between one that shows an ellipse and the next. */
const IN_FLIGHT = 2;
/** Rows that are listed meanwhile, or wait for the lane. */
const AHEAD = 2;

/** Rows that are taken in their order, from the first on, each with what was known when it was ready. */
interface Pass {
  readonly rows: Knowledge[];
  next: number;
  /** Segments with frames of the rows before `heldUntil`; null: they are not held. */
  held: ReadonlyMap<number, number> | null;
  readonly heldUntil: number;
}

/** A listed row of a pass. */
interface Ready extends ListedRow {
  readonly row: number;
}

/**
 * The components of one series on one grid: rows are listed by one lane and go to another, in their order, once all lines with frames of theirs are finished. When the beam
 * turns out to be elsewhere than it was thought to be, all rows so far are taken again, from the first on: what was learnt about a wrong centre is forgotten,
 * but for the ids, and what is shown, which go on. Rows are first taken as they would have been if the lane had kept pace, so that ids do not depend on it:
 * which rows are taken with which knowledge follows from their order alone.
 */
export class ComponentRun {
  readonly #o: ComponentOptions;
  /** Last line with frames of a row. */
  readonly #lastLine: Int32Array;
  /** The first is under way; each other one begins when that before it is over. */
  readonly #passes: [Pass, ...Pass[]] = [{ rows: [], next: 0, held: null, heldUntil: 0 }];
  readonly #feed: RowFeed;
  readonly #mask = maskSender();
  /** Of the rings of the pass under way; null: it has no frame yet. */
  #scale: PolarScale | null = null;
  /** The row that it begins with, while it does; -1: none. */
  #beginning = -1;
  /** Rows that are being listed; that are listed; and that the lane has. */
  #listing = 0;
  #listed: Ready[] = [];
  #taken = 0;
  readonly #write: ReturnType<typeof createComponentWriter>;
  readonly #churn: ChurnRecord;
  #ready = 0;
  #epoch = -1;
  #ended = false;
  #ending = false;
  #disposed = false;
  #full = false;
  #strange = false;
  #limited = false;
  /** The last answer has begun; the rest of an answer was asked for; everybody heard that nothing is left. */
  #settled = false;
  #asking = false;
  #cut = false;
  #over = false;
  #ellipse: readonly [number, number] | null = null;

  constructor(o: ComponentOptions) {
    this.#o = o;
    this.#feed = new RowFeed(o);
    this.#lastLine = lastLines(o.grid);
    this.#write = createComponentWriter(o.maps, o.revisionBase);
    this.#churn = new ChurnRecord(o.grid.rows);
    this.#open(false);
  }

  /** How much of what is shown the updates correct. */
  get churn(): SeriesChurn | null {
    return this.#churn.facts;
  }

  #open(again: boolean): void {
    const { about, grid, pool, most } = this.#o;
    const { columns, rows } = grid;
    const own = { ...about, ellipse: this.#ellipse ?? about.ellipse, columns, rows };
    this.#scale = null;
    this.#tell(pool.askLister("listOpen", own), () => undefined);
    this.#tell(pool.askComponents("componentOpen", { ...own, most, again }), () => undefined);
  }

  /** Rows that were sent and are not answered. */
  get #out(): number {
    return this.#listing + this.#listed.length + this.#taken;
  }

  /** Positions of complete rows that the lane has not answered. */
  get waiting(): number {
    if (this.#cut) return 0;
    return this.#passes.reduce((n, { rows, next }) => n + rows.length - next, this.#out) * this.#o.grid.columns;
  }

  /** All lines up to this one are finished. */
  finishLine(line: number, known: Knowledge): void {
    if (this.#cut) return;
    if (this.#epoch >= 0 && known.epoch > this.#epoch && this.#ready > 0) this.#again(known);
    this.#epoch = known.epoch;
    const { rows } = this.#passes.at(-1) as Pass;
    for (; this.#ready < this.#lastLine.length && (this.#lastLine[this.#ready] as number) <= line; this.#ready++) rows.push(known);
    this.advance();
  }

  /** From the first row on once more, while the frames are there. */
  #again(known: Knowledge): void {
    const pass = this.#passFor(new Array<Knowledge>(this.#ready).fill(known));
    if (pass) this.#passes.push(pass);
  }

  /** The same with an ellipse that was found with this row, and otherwise as it was. What is left of the pass that is under way falls away. */
  #undo(ellipse: readonly [number, number], row: number): void {
    this.#ellipse = ellipse;
    this.#o.onEllipse(...ellipse);
    const [under] = this.#passes;
    const known = under.rows[row] as Knowledge;
    const pass = this.#passFor(under.rows.map((k, i) => (i <= row ? known : k)));
    if (!pass) return;
    this.#letGo(under);
    this.#listed = [];
    this.#passes.splice(0, 1, { rows: [], next: 0, held: null, heldUntil: 0 }, pass);
  }

  #passFor(rows: Knowledge[]): Pass | null {
    const { grid, hold, onAgain } = this.#o;
    const held = hold(grid.skipStart + rows.length * grid.columns * grid.framesPerPosition);
    if (!held) return null;
    onAgain(rows.length);
    return { rows, next: 0, held, heldUntil: rows.length };
  }

  #letGo(pass: Pass): void {
    for (const slot of pass.held?.keys() ?? []) this.#o.slab.release(slot);
    pass.held = null;
  }

  /** As RowFeed. */
  late(image: number): void {
    this.#feed.late(image);
  }

  /** Nothing is left to be done. */
  get over(): boolean {
    return this.#over || this.#cut;
  }

  /** Newer scans wait: what is not classified stays as it is. Depends on time, and is told. */
  cut(): void {
    if (this.#cut || this.#ending) return;
    const left = this.waiting;
    this.#cut = true;
    this.#o.onCut(left);
    this.#listed = [];
    for (const pass of this.#passes) this.#letGo(pass);
    this.advance();
  }

  /** No line will be finished any more; what is known now holds for all. */
  end(known: Knowledge): void {
    if (!this.#cut && known.epoch > this.#epoch && this.#ready > 0) this.#again(known);
    this.#ended = true;
    this.advance();
  }

  dispose(): void {
    this.#disposed = true;
    for (const pass of this.#passes) this.#letGo(pass);
  }

  advance(): void {
    if (this.#cut) {
      if (this.#ended && this.#out === 0 && !this.#disposed) this.#idle();
      return;
    }
    const [pass] = this.#passes;
    this.#sendListed();
    while (!this.#disposed && this.#beginning < 0 && this.#mayList && pass.next < pass.rows.length && this.#o.mayGoOn())
      this.#list(pass, pass.next++);
    if (this.#disposed || this.#out > 0 || this.#asking || pass.next < pass.rows.length) return;
    if (this.#passes.length > 1) {
      this.#passes.shift();
      this.#open(true);
      this.advance();
    } else if (this.#ended && !this.#ending) this.#finish();
  }

  get #mayList(): boolean {
    return this.#listing + this.#listed.length < AHEAD;
  }

  #list(pass: Pass, row: number): void {
    const known = pass.rows[row] as Knowledge;
    this.#listing++;
    const listed = this.#feed.list(row, known, (frames) => (this.#scale || frames === 0 ? this.#scale : this.#begin(row, known)));
    if (row + 1 === pass.heldUntil) this.#letGo(pass);
    this.#tell(listed, (ready) => {
      this.#listing--;
      if (row === this.#beginning) this.#beginning = -1;
      if (this.#disposed) return;
      // What a pass that is given up has listed is of no use.
      if (pass === this.#passes[0] && !this.#cut) this.#listed.push({ ...ready, row });
      this.advance();
    });
  }

  /** The scan begins, for this pass, with its first row that has a frame. */
  async #begin(row: number, { radius }: Knowledge): Promise<PolarScale> {
    this.#beginning = row;
    const { about, pool } = this.#o;
    this.#scale = await pool.askComponents("componentBegin", { series: about.series, radius, row });
    return this.#scale;
  }

  #sendListed(): void {
    while (!this.#disposed && this.#taken < IN_FLIGHT) {
      const ready = this.#listed.shift();
      if (!ready) return;
      this.#sendRow(this.#passes[0], ready);
    }
  }

  #sendRow(pass: Pass, { row, events, frames, ms }: Ready): void {
    const { about, pool } = this.#o;
    const mask = this.#mask((pass.rows[row] as Knowledge).mask);
    this.#taken++;
    this.#tell(pool.askComponents("componentRow", { series: about.series, row, mask, events }), (answer) => {
      this.#taken--;
      if (this.#disposed) return;
      this.#o.onRow(ms + answer.ms, frames);
      this.#take(answer);
      if (answer.ellipse && !this.#ellipse && !this.#cut) this.#undo(answer.ellipse, row);
      this.advance();
    });
  }

  #take({ changed, update, more, waiting, full, strange }: ComponentAnswer): void {
    if (strange && !this.#strange) this.#o.onStrange();
    this.#strange = strange;
    if (full >= 0 && !this.#full) this.#o.onFull(full);
    this.#full = full >= 0;
    if (changed.limited && !this.#limited) this.#o.onLimited();
    this.#limited ||= changed.limited;
    if (update) this.#churn.take(update);
    this.#churn.waiting = waiting;
    this.#write(changed);
    this.#o.maps.commit();
    if (more) this.#askMore();
  }

  #finish(): void {
    this.#ending = true;
    const { about, pool } = this.#o;
    const settled = settleScan(pool, about.series, () => this.#disposed);
    this.#tell(settled, (answer) => {
      if (this.#disposed) return;
      this.#settled = true;
      this.#take(answer);
      if (!answer.more) this.#idle();
    });
  }

  #idle(): void {
    if (!this.#over) this.#o.onIdle();
    this.#over = true;
  }

  /** The rest of a long answer. */
  #askMore(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#tell(this.#o.pool.askComponents("componentMore", { series: this.#o.about.series }), (answer) => {
      this.#asking = false;
      if (this.#disposed) return;
      this.#take(answer);
      if (this.#settled && !answer.more) this.#idle();
      else this.advance();
    });
  }

  /** Shows components as one from now on. */
  async join(ids: readonly number[]): Promise<void> {
    this.#take(await this.#o.pool.askComponents("componentJoin", { series: this.#o.about.series, ids }));
  }

  #tell<T>(answer: Promise<T>, then: (answer: T) => void): void {
    answer.then(then).catch(this.#o.onCrash);
  }
}
