import { imagesPerLine, linesOf, type ScanGrid } from "../core/scan.js";
import { MEASURES } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { BeamTrack } from "./beam-track.js";
import { Frontier, type LineQueue } from "./frontier.js";
import { type FrameSource, gatherFrames } from "./gather-frames.js";
import { holdFrames, releaseFrames } from "./hold-frames.js";
import type { BeamFit } from "./lane.js";
import type { LanePool } from "./lane-pool.js";
import { COLUMN, createMeasureWriter } from "./measure-writer.js";
import type { Chunk, LaneResult, LaneSeries } from "./messages.js";
import type { SlabReader } from "./slab.js";

/** Frames per chunk handed to a lane: few while frames come slowly, so that all lanes share them; many when they wait. */
const CHUNK = 64;
const LARGE_CHUNK = 256;
/** Frames of a series that are handed out per lane; what comes meanwhile waits, and leaves in larger chunks. */
const IN_FLIGHT = 2 * LARGE_CHUNK;
/** Frames of the first line from which the beam is found. */
const SCOUTS = 512;
/** The beam and the hot pixels are looked for again when so many lines are finished, then twice as many, and so on. */
const FIRST_REFIT = 4;
/** The line of tasks that measure earlier lines again. */
const AGAIN = -1;

export interface MeasureOptions {
  readonly about: LaneSeries;
  readonly grid: ScanGrid;
  readonly maps: SeriesMaps;
  readonly pool: LanePool;
  readonly slab: SlabReader;
  readonly source: FrameSource;
  readonly mask: Uint8Array | null;
  /** Mask versions of this series grow over all its grids. */
  readonly maskVersion: number;
  readonly centre: { readonly row: number; readonly col: number } | null;
  readonly radius: number | null;
  readonly orient: (row: number, col: number) => readonly [number, number];
  readonly revisionBase: number;
  readonly onDamaged: (image: number, at: number, code: number) => void;
  readonly onClosed: (line: number) => void;
  readonly onFinished: (line: number) => void;
  readonly onDone: (result: LaneResult) => void;
  readonly onNote: (code: string, message: string) => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}

/** The measures of one series on one grid: from queued frames, over lanes, to map layers. */
export class MeasureRun {
  readonly #o: MeasureOptions;
  readonly #frontier: Frontier;
  readonly #lines: number;
  readonly #track: BeamTrack;
  readonly #writer: ReturnType<typeof createMeasureWriter>;
  #scouts = 0;
  #scoutBatch: number[] = [];
  #scoutLine = -1;
  #scouting = true;
  #scoutsOut = 0;
  #fitting = false;
  #disposed = false;
  /** Images that are to be measured once more, from `#again` on; their frames are held. */
  #againImages = new Int32Array();
  #again = 0;
  #againOut = 0;
  /** Frames in the lanes. */
  #out = 0;
  #idleTold = false;

  constructor(o: MeasureOptions) {
    this.#o = o;
    this.#lines = linesOf(o.grid);
    this.#frontier = new Frontier(this.#lines, imagesPerLine(o.grid), o.about.type === "float32");
    this.#track = new BeamTrack({ ...o, height: o.about.height, width: o.about.width });
    this.#writer = createMeasureWriter({ ...o, framesPerPosition: o.grid.framesPerPosition });
    if (this.#track.given) this.#start(this.#track.given);
  }

  get queued(): number {
    return this.#frontier.queued + (this.#againImages.length - this.#again);
  }
  get finishedLines(): number {
    return this.#frontier.finished;
  }
  get closedLines(): number {
    return this.#frontier.closed;
  }
  get beam(): BeamFit | null {
    return this.#track.beam;
  }
  get hotPixels(): number {
    return this.#track.hotPixels;
  }
  get mask(): Uint8Array | null {
    return this.#track.mask;
  }
  get maskVersion(): number {
    return this.#track.maskVersion;
  }

  /** An image that is not on the map, or whose bytes are damaged or gone: it only counts for its line. */
  pass(line: number): void {
    this.#frontier.arrive(line);
    this.#close();
  }

  /** An image on the map; its frame is held until it has been measured. `received`: ms since 1970, 0: long ago. */
  queue(image: number, line: number, received: number): void {
    const scheduled = this.#frontier.arrive(line);
    this.#frontier.queue(scheduled, image, received);
    if (this.#scouting) {
      if (this.#scoutLine < 0) this.#scoutLine = scheduled;
      if (scheduled === this.#scoutLine && this.#scouts + this.#scoutBatch.length < SCOUTS) this.#scoutBatch.push(image);
    }
    this.#close();
  }

  #close(): void {
    for (const line of this.#frontier.close()) this.#o.onClosed(line);
  }

  end(): void {
    this.#frontier.end();
    this.advance();
  }

  /** Moves on with an incomplete line, because memory is full. */
  force(): void {
    for (const line of this.#frontier.close(true)) this.#o.onClosed(line);
    this.advance();
  }

  /** Releases what is held and forgets results that still come. */
  dispose(): void {
    this.#disposed = true;
    const { source, slab } = this.#o;
    releaseFrames(this.#againImages.subarray(this.#again), source, slab);
    releaseFrames(this.#frontier.drop(), source, slab);
  }

  /** Does everything that can be done now. Call after a batch of arrivals. */
  advance(): void {
    if (this.#disposed) return;
    this.#close();
    this.#scout();
    if (this.#scouted) this.#fit((fit) => this.#start(fit));
    for (let line = this.#frontier.finish(); line >= 0; line = this.#frontier.finish()) {
      this.#track.finishLine(line);
      this.#o.onFinished(line);
    }
    if (!this.#scouting && !this.#fitting && this.#frontier.finished >= this.#frontier.barrier) this.#refit();
    if (this.#out < IN_FLIGHT * this.#o.pool.size) for (const queue of this.#frontier.ready()) this.#measure(queue);
    this.#remeasure();
    if (this.#idleTold || !this.#frontier.idle || this.#fitting || this.#again < this.#againImages.length || this.#againOut > 0) return;
    this.#idleTold = true;
    this.#o.onIdle();
  }

  #scout(): void {
    if (this.#o.about.type === "float32" && !this.#scoutsIn) return;
    const images = this.#scoutBatch;
    this.#scoutBatch = [];
    // The order of floating-point sums shows: that of the images, not of arrival.
    if (this.#o.about.type === "float32") images.sort((a, b) => a - b);
    this.#scouts += images.length;
    for (let i = 0; i < images.length; i += CHUNK) {
      const part = images.slice(i, i + CHUNK);
      this.#scoutsOut += part.length;
      this.#send(this.#scoutLine, part, 0, { scout: true, release: false });
    }
  }

  /** No further image will be a scout. */
  get #scoutsIn(): boolean {
    const { closed, ended } = this.#frontier;
    return this.#scouts + this.#scoutBatch.length >= SCOUTS || (this.#scoutLine >= 0 && closed > this.#scoutLine) || ended;
  }
  /** The frames from which the beam is to be found are all in. */
  get #scouted(): boolean {
    return this.#scouting && !this.#fitting && this.#scoutsOut === 0 && this.#scoutBatch.length === 0 && this.#scoutsIn;
  }

  /** Asks the lanes for the summary so far and for what it shows of the beam. Nothing is measured meanwhile. */
  #fit(then: (fit: BeamFit | null) => void): void {
    this.#fitting = true;
    const { about, pool } = this.#o;
    const work = async (): Promise<void> => {
      const parts = (await pool.askAll("summary", { series: about.series, reset: false })).filter((p) => p !== null);
      const fit =
        parts.length === 0 ? null : await pool.ask(0, "fit", { parts, height: about.height, width: about.width, mask: this.#track.mask });
      if (this.#disposed) return;
      this.#fitting = false;
      then(fit);
      this.advance();
    };
    work().catch(this.#o.onCrash);
  }

  #start(fit: BeamFit | null): void {
    this.#scouting = false;
    this.#track.start(fit);
    this.#frontier.barrier = Math.min(FIRST_REFIT, this.#lines);
  }

  /** At a barrier: all lines before it are finished, none after it has begun. */
  #refit(): void {
    const at = this.#frontier.barrier;
    const { grid, source, slab } = this.#o;
    this.#fit((fit) => {
      const end = grid.skipStart + at * imagesPerLine(grid);
      const images = holdFrames(grid.skipStart, end, source, slab);
      const again = this.#track.refit(fit, at, end, images !== null);
      if (images && again) {
        releaseFrames(this.#againImages.subarray(this.#again), source, slab);
        this.#againImages = images;
        this.#again = 0;
      } else if (images) releaseFrames(images, source, slab);
      this.#frontier.barrier = at >= this.#lines ? Number.POSITIVE_INFINITY : Math.min(2 * at, this.#lines);
    });
  }

  #measure({ line, images, received }: LineQueue): void {
    const size = Math.min(LARGE_CHUNK, Math.max(CHUNK, Math.ceil(images.length / this.#o.pool.size)));
    for (let i = 0; i < images.length; i += size) this.#send(line, images.slice(i, i + size), received, { scout: false, release: true });
  }

  /** Earlier lines with a newer epoch, behind everything that is newly received. */
  #remeasure(): void {
    while (this.#again < this.#againImages.length && this.#frontier.queued === 0 && this.#againOut < 2 * CHUNK * this.#o.pool.size) {
      const images = [...this.#againImages.subarray(this.#again, this.#again + CHUNK)];
      this.#again += images.length;
      this.#againOut += images.length;
      this.#send(AGAIN, images, 0, { scout: false, release: true });
    }
  }

  #send(line: number, images: readonly number[], received: number, how: { scout: boolean; release: boolean }): void {
    const { source, pool, about } = this.#o;
    const track = this.#track;
    const count = images.length;
    const columns = gatherFrames(images, source, (image, at, out, i) => track.predict(line, image, at, out, i));
    const { at, centre, ...rest } = columns;
    const { scout, release } = how;
    const chunk: Chunk = { line, epoch: track.epoch, received, scout, count, image: images, at, centre };
    const mask = { version: track.maskVersion };
    this.#out += count;
    pool
      .dispatch({ series: about.series, release, mask, count, centre, ...rest, radius: track.radius }, track.mask, about.type === "float32")
      .then((answer) => this.#result({ ...answer, chunk }))
      .catch(this.#o.onCrash);
  }

  #result(r: LaneResult): void {
    const { chunk } = r;
    this.#out -= chunk.count;
    if (this.#disposed) return;
    this.#o.onDone(r);
    for (let i = 0; i < chunk.count; i++) this.#one(r, i);
    if (chunk.scout) this.#scoutsOut -= chunk.count;
    else if (chunk.line === AGAIN) this.#againOut -= chunk.count;
    else this.#frontier.back(chunk.line, chunk.count);
    this.advance();
    this.#o.maps.commit();
  }

  #one(r: LaneResult, i: number): void {
    const { chunk: t, measures } = r;
    const at = t.at[i] as number;
    const image = t.image[i] as number;
    const m = i * MEASURES.length;
    if (r.status[i] !== 0) {
      // Told once, although a frame may be decoded as a scout before, and again later.
      if (!t.scout && t.line !== AGAIN) this.#o.onDamaged(image, at, r.status[i] as number);
      return;
    }
    if (t.scout) {
      this.#writer.scout(at, measures, m);
      return;
    }
    if (t.line !== AGAIN)
      this.#track.note(
        t.line,
        image,
        at,
        measures[m + COLUMN.disk_sum] as number,
        measures[m + COLUMN.disk_row] as number,
        measures[m + COLUMN.disk_col] as number,
      );
    // A look with an older epoch never replaces a newer one.
    else if (t.epoch < this.#track.epoch) return;
    this.#writer.store(at, this.#o.source.part(image), t.epoch, measures, m, t.centre, 2 * i);
  }
}
