import type { FrameShape } from "../core/frame.js";
import { imagesPerLine, linesOf, type ScanGrid } from "../core/scan.js";
import { MEASURES } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { BeamTrack } from "./beam-track.js";
import { Frontier } from "./frontier.js";
import type { BeamFit } from "./lane.js";
import type { LanePool } from "./lane-pool.js";
import { COLUMN, createMeasureWriter } from "./measure-writer.js";
import type { LaneResult, LaneSeries, LaneTask } from "./messages.js";
import { REF, type SlabReader } from "./slab.js";

/** Frames per chunk handed to a lane. */
const CHUNK = 64;
/** Frames of the first line from which the beam is found. */
const SCOUTS = 512;
/** The beam and the hot pixels are looked for again when so many lines are finished, then twice as many, and so on. */
const FIRST_REFIT = 4;
/** The line of tasks that measure earlier lines again. */
const AGAIN = -1;

/** Where frames lie; of an image number. */
export interface FrameSource {
  ref(image: number, out: Int32Array, at: number): boolean;
  shape(image: number): FrameShape;
  /** Scan index of an image; negative: not on the map. */
  at(image: number): number;
  /** Which of the frames of its position an image is. */
  part(image: number): number;
  /** This image is the one that its position shows, or one of several that are averaged. */
  shown(image: number, at: number): boolean;
  /** Its frame is part of the summary of the scan. */
  summed(image: number): boolean;
  markSummed(image: number): void;
}

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
  #idleTold = false;
  /** When the newest frame was received, ms since 1970. */
  newest = 0;

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

  /** An image on the map; its frame is held until it has been measured. */
  queue(image: number, line: number): void {
    const scheduled = this.#frontier.arrive(line);
    this.#frontier.queue(scheduled, image);
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
    this.#release(this.#againImages.subarray(this.#again));
    this.#release(this.#frontier.drop());
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
    for (const { line, images } of this.#frontier.ready()) this.#measure(line, images);
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
      this.#send(this.#scoutLine, part, { scout: true, release: false });
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
    const { grid } = this.#o;
    this.#fit((fit) => {
      const end = grid.skipStart + at * imagesPerLine(grid);
      const images = this.#holdBefore(end);
      const again = this.#track.refit(fit, at, end, images !== null);
      if (images && again) {
        this.#release(this.#againImages.subarray(this.#again));
        this.#againImages = images;
        this.#again = 0;
      } else if (images) this.#release(images);
      this.#frontier.barrier = at >= this.#lines ? Number.POSITIVE_INFINITY : Math.min(2 * at, this.#lines);
    });
  }

  #measure(line: number, images: readonly number[]): void {
    for (let i = 0; i < images.length; i += CHUNK) this.#send(line, images.slice(i, i + CHUNK), { scout: false, release: true });
  }

  /** Holds the frames of all images of the map below `end`; null, and none held, where one is gone: half of them would be a mixture. */
  #holdBefore(end: number): Int32Array<ArrayBuffer> | null {
    const { source, slab, grid } = this.#o;
    const ref = new Int32Array(REF.width);
    const images: number[] = [];
    for (let image = grid.skipStart; image < end; image++) {
      if (source.at(image) < 0 || !source.ref(image, ref, 0)) continue;
      if (!slab.hold(ref[REF.slot] as number, ref[REF.serial] as number)) {
        this.#release(images);
        return null;
      }
      images.push(image);
    }
    return Int32Array.from(images);
  }

  #release(images: Iterable<number>): void {
    const ref = new Int32Array(REF.width);
    for (const image of images) if (this.#o.source.ref(image, ref, 0)) this.#o.slab.release(ref[REF.slot] as number);
  }

  /** Earlier lines with a newer epoch, behind everything that is newly received. */
  #remeasure(): void {
    while (this.#again < this.#againImages.length && this.#frontier.queued === 0 && this.#againOut < 2 * CHUNK * this.#o.pool.size) {
      const images = [...this.#againImages.subarray(this.#again, this.#again + CHUNK)];
      this.#again += images.length;
      this.#againOut += images.length;
      this.#send(AGAIN, images, { scout: false, release: true });
    }
  }

  #send(line: number, images: readonly number[], how: { scout: boolean; release: boolean }): void {
    const { source, pool, about } = this.#o;
    const track = this.#track;
    const n = images.length;
    const task: LaneTask = {
      series: about.series,
      line,
      epoch: track.epoch,
      received: line === AGAIN ? 0 : this.newest,
      ...how,
      mask: { version: track.maskVersion },
      count: n,
      image: Float64Array.from(images),
      at: new Int32Array(n),
      ref: new Int32Array(n * REF.width),
      shape: images.map((i) => source.shape(i)),
      centre: new Float64Array(2 * n),
      radius: track.radius,
      accumulate: new Uint8Array(n),
    };
    images.forEach((image, i) => {
      if (!source.summed(image)) {
        task.accumulate[i] = 1;
        source.markSummed(image);
      }
      source.ref(image, task.ref, i * REF.width);
      task.at[i] = source.at(image);
      track.predict(line, image, task.at[i] as number, task.centre, 2 * i);
    });
    pool
      .dispatch(task, track.mask, about.type === "float32")
      .then((r) => this.#result(r))
      .catch(this.#o.onCrash);
  }

  #result(r: LaneResult): void {
    if (this.#disposed) return;
    this.#o.onDone(r);
    const t = r.task;
    for (let i = 0; i < t.count; i++) this.#one(r, i);
    if (t.scout) this.#scoutsOut -= t.count;
    else if (t.line === AGAIN) this.#againOut -= t.count;
    else this.#frontier.back(t.line, t.count);
    this.advance();
    this.#o.maps.commit();
  }

  #one(r: LaneResult, i: number): void {
    const { task: t, measures } = r;
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
