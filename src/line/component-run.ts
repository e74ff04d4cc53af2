import type { SeriesChurn } from "../core/series.js";
import { ChurnRecord } from "./churn-record.js";
import type { ComponentAnswer } from "./component-calls.js";
import type { ComponentOptions } from "./component-options.js";
import { createComponentWriter } from "./component-writer.js";
import type { Knowledge } from "./denoise-run.js";
import { FrameGatherer } from "./held-frames.js";
import { lastLines } from "./last-lines.js";
import type { MaskVersion } from "./messages.js";
import { REF } from "./slab.js";

/** Late images that are remembered. */
const MOST_LATE = 10_000;
/** Rows on their way to the lane: their frames are held. Too few for classes to be found anew between one that shows an ellipse and the next. */
const IN_FLIGHT = 2;

/** Rows that are taken in their order, from the first on, each with what was known when it was ready. */
interface Pass {
  readonly rows: Knowledge[];
  next: number;
  /** Segments with frames of the rows before `heldUntil`; null: they are not held. */
  held: ReadonlyMap<number, number> | null;
  readonly heldUntil: number;
}

/**
 * The components of one series on one grid: rows go to the lane in their order, once all lines with frames of theirs are finished. When the beam
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
  readonly #centre = new Float64Array(2);
  readonly #gatherers: FrameGatherer[] = [];
  readonly #found = new Int32Array(REF.width);
  readonly #late = new Set<number>();
  readonly #write: ReturnType<typeof createComponentWriter>;
  readonly #churn: ChurnRecord;
  #ready = 0;
  #out = 0;
  #epoch = -1;
  #sentVersion = Number.NaN;
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
    const ellipse = this.#ellipse ?? about.ellipse;
    this.#tell(
      pool.askComponents("componentOpen", { ...about, ellipse, columns: grid.columns, rows: grid.rows, most, again }),
      () => undefined,
    );
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

  /** An image that came when its line was closed already: its row does without it. */
  late(image: number): void {
    if (this.#late.size < MOST_LATE) this.#late.add(image);
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
    while (!this.#disposed && this.#out < IN_FLIGHT && pass.next < pass.rows.length && this.#o.mayGoOn()) this.#sendRow(pass, pass.next++);
    if (this.#disposed || this.#out > 0 || this.#asking || pass.next < pass.rows.length) return;
    if (this.#passes.length > 1) {
      this.#passes.shift();
      this.#open(true);
      this.advance();
    } else if (this.#ended && !this.#ending) this.#finish();
  }

  #sendRow(pass: Pass, row: number): void {
    const { grid, about, pool } = this.#o;
    const known = pass.rows[row] as Knowledge;
    const gatherer = this.#gatherers.pop() ?? new FrameGatherer(grid.columns);
    gatherer.clear();
    let missed = 0;
    for (let c = 0; c < grid.columns; c++) missed += this.#hold(known, row, c, gatherer);
    if (missed > 0) this.#o.onMissed(missed);
    if (row + 1 === pass.heldUntil) this.#letGo(pass);
    this.#out++;
    const { held } = gatherer;
    const asked = pool.askComponents("componentRow", {
      series: about.series,
      row,
      mask: this.#maskOf(known),
      radius: known.radius,
      frames: held,
    });
    this.#tell(asked, (answer) => {
      this.#out--;
      for (let i = 0; i < held.count; i++) this.#o.slab.release(held.ref[i * REF.width + REF.slot] as number);
      this.#gatherers.push(gatherer);
      if (this.#disposed) return;
      this.#o.onRow(answer.ms, held.count);
      this.#take(answer);
      if (answer.ellipse && !this.#ellipse && !this.#cut) this.#undo(answer.ellipse, row);
      this.advance();
    });
  }

  #take({ changed, update, more, waiting, full, strange, refused }: ComponentAnswer): void {
    if (strange && !this.#strange) this.#o.onStrange();
    this.#strange = strange;
    if (full >= 0 && !this.#full) this.#o.onFull(full);
    this.#full = full >= 0;
    if (changed.limited && !this.#limited) this.#o.onLimited();
    this.#limited ||= changed.limited;
    if (refused > 0) this.#o.onMissed(refused);
    if (update) this.#churn.take(update);
    this.#churn.waiting = waiting;
    this.#write(changed);
    this.#o.maps.commit();
    if (more) this.#askMore();
  }

  #finish(): void {
    this.#ending = true;
    this.#tell(this.#o.pool.askComponents("componentEnd", { series: this.#o.about.series }), (answer) => {
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

  #maskOf({ mask }: Knowledge): MaskVersion {
    if (mask.version === this.#sentVersion) return { version: mask.version };
    this.#sentVersion = mask.version;
    return mask;
  }

  /** Holds the frames of a position that are still kept; answers how many are missed. */
  #hold({ centreOf }: Knowledge, row: number, column: number, to: FrameGatherer): number {
    const { grid, ref, shape, slab, eachImage } = this.#o;
    const at = row * grid.columns + column;
    let missed = 0;
    // All frames of a position about the centre of the first.
    let first = true;
    eachImage(at, (image) => {
      if (this.#late.has(image)) return;
      if (first) centreOf(image, at, this.#centre, 0);
      first = false;
      if (ref(image, this.#found, 0) && slab.hold(this.#found[REF.slot] as number, this.#found[REF.serial] as number))
        to.add(row, column, this.#found, shape(image), this.#centre);
      else missed++;
    });
    return missed;
  }

  /** Shows components as one from now on. */
  async join(ids: readonly number[]): Promise<void> {
    this.#take(await this.#o.pool.askComponents("componentJoin", { series: this.#o.about.series, ids }));
  }

  #tell<T>(answer: Promise<T>, then: (answer: T) => void): void {
    answer.then(then).catch(this.#o.onCrash);
  }
}
