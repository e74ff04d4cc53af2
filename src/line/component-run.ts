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
/** Rows on their way to the lane: their frames are held. */
const IN_FLIGHT = 2;

/**
 * The components of one series on one grid: rows go to the lane in their order, once all lines with frames of theirs are finished. When the beam
 * turns out to be elsewhere than it was thought to be, all rows so far are taken again, from the first on: what was learnt about a wrong centre is forgotten.
 * Which rows are taken with which knowledge follows from their order alone.
 */
export class ComponentRun {
  readonly #o: ComponentOptions;
  /** Last line with frames of a row. */
  readonly #lastLine: Int32Array;
  /** Of the rows from `#next` on that are ready. */
  #rows: Knowledge[] = [];
  readonly #centre = new Float64Array(2);
  readonly #gatherers: FrameGatherer[] = [];
  readonly #found = new Int32Array(REF.width);
  readonly #late = new Set<number>();
  readonly #write: ReturnType<typeof createComponentWriter>;
  readonly #churn: ChurnRecord;
  #ready = 0;
  #next = 0;
  #out = 0;
  /** How often rows were taken again: answers to questions before do not count. */
  #turn = 0;
  #epoch = -1;
  #sentVersion = Number.NaN;
  #held: ReadonlyMap<number, number> | null = null;
  #heldUntil = 0;
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
  #known: Knowledge | null = null;

  constructor(o: ComponentOptions) {
    this.#o = o;
    this.#lastLine = lastLines(o.grid);
    this.#write = createComponentWriter(o.maps, o.revisionBase);
    this.#churn = new ChurnRecord(o.grid.rows);
    this.#open();
  }

  /** How much of what is shown the updates correct. */
  get churn(): SeriesChurn | null {
    return this.#churn.facts;
  }

  #open(): void {
    const { about, grid, pool, most } = this.#o;
    const ellipse = this.#ellipse ?? about.ellipse;
    this.#tell(pool.askComponents("componentOpen", { ...about, ellipse, columns: grid.columns, rows: grid.rows, most }), () => undefined);
  }

  /** Positions of complete rows that the lane has not answered. */
  get waiting(): number {
    return this.#cut ? 0 : (this.#ready - this.#next + this.#out) * this.#o.grid.columns;
  }
  /** All lines up to this one are finished. */
  finishLine(line: number, known: Knowledge): void {
    if (this.#cut) return;
    if (this.#epoch >= 0 && known.epoch > this.#epoch && this.#ready > 0) this.#again(known);
    this.#epoch = known.epoch;
    this.#known = known;
    for (; this.#ready < this.#lastLine.length && (this.#lastLine[this.#ready] as number) <= line; this.#ready++) this.#rows.push(known);
    this.advance();
  }

  /** From the first row on once more, while the frames are there. */
  #again(known: Knowledge): void {
    const { grid, hold, onAgain } = this.#o;
    const held = hold(grid.skipStart + this.#ready * grid.columns * grid.framesPerPosition);
    if (!held) return;
    this.#letGo();
    this.#held = held;
    this.#heldUntil = this.#ready;
    onAgain(this.#ready);
    this.#rows = new Array<Knowledge>(this.#ready).fill(known);
    this.#next = 0;
    this.#turn++;
    this.#churn.forget();
    this.#open();
  }

  #letGo(): void {
    for (const slot of this.#held?.keys() ?? []) this.#o.slab.release(slot);
    this.#held = null;
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
    this.#letGo();
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
    this.#letGo();
  }

  advance(): void {
    if (this.#cut) {
      if (this.#ended && this.#out === 0 && !this.#disposed) this.#idle();
      return;
    }
    while (!this.#disposed && this.#out < IN_FLIGHT && this.#next < this.#ready && this.#o.mayGoOn()) this.#sendRow(this.#next++);
    if (this.#ended && !this.#disposed && !this.#ending && this.#out === 0 && this.#next === this.#ready) this.#finish();
  }

  #sendRow(row: number): void {
    const { grid, about, pool } = this.#o;
    const known = this.#rows.shift() as Knowledge;
    const gatherer = this.#gatherers.pop() ?? new FrameGatherer(grid.columns);
    gatherer.clear();
    let missed = 0;
    for (let c = 0; c < grid.columns; c++) missed += this.#hold(row, c, gatherer);
    if (missed > 0) this.#o.onMissed(missed);
    if (this.#held && row + 1 === this.#heldUntil) this.#letGo();
    this.#out++;
    const turn = this.#turn;
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
      if (turn === this.#turn) this.#take(answer);
      this.advance();
    });
  }

  #take({ changed, update, more, ellipse, full, strange, refused }: ComponentAnswer): void {
    if (strange && !this.#strange) this.#o.onStrange();
    this.#strange = strange;
    if (full >= 0 && !this.#full) this.#o.onFull(full);
    this.#full = full >= 0;
    if (changed.limited && !this.#limited) this.#o.onLimited();
    this.#limited ||= changed.limited;
    if (refused > 0) this.#o.onMissed(refused);
    if (update) this.#churn.take(update);
    this.#write(changed);
    this.#o.maps.commit();
    if (more) this.#askMore();
    if (ellipse && !this.#ellipse && this.#known && !this.#ending && !this.#cut) {
      this.#ellipse = ellipse;
      this.#o.onEllipse(...ellipse);
      this.#again(this.#known);
    }
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
    const turn = this.#turn;
    this.#tell(this.#o.pool.askComponents("componentMore", { series: this.#o.about.series }), (answer) => {
      this.#asking = false;
      if (this.#disposed) return;
      if (turn === this.#turn) this.#take(answer);
      if (this.#settled && !answer.more) this.#idle();
    });
  }

  #maskOf({ mask }: Knowledge): MaskVersion {
    if (mask.version === this.#sentVersion) return { version: mask.version };
    this.#sentVersion = mask.version;
    return mask;
  }

  /** Holds the frames of a position that are still kept; answers how many are missed. */
  #hold(row: number, column: number, to: FrameGatherer): number {
    const { grid, ref, shape, slab, eachImage } = this.#o;
    const at = row * grid.columns + column;
    let missed = 0;
    // All frames of a position about the centre of the first.
    let first = true;
    eachImage(at, (image) => {
      if (this.#late.has(image)) return;
      if (first) this.#o.centreOf(image, at, this.#centre, 0);
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
