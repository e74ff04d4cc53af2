import { imagesPerLine, linesOf } from "../core/scan.js";
import type { FrameWays } from "../core/series.js";
import { ROW_WIDTH } from "../stages/index.js";
import { Background } from "./background.js";
import { BeamSearch } from "./beam-search.js";
import { BeamTrack, type KnownBeam, type Path } from "./beam-track.js";
import { DESK_FRAMES } from "./desk.js";
import { Frontier, type LineQueue } from "./frontier.js";
import { gatherFrames } from "./gather-frames.js";
import { LineSharing } from "./line-sharing.js";
import type { MeasureOptions } from "./measure-options.js";
import { COLUMN, createMeasureWriter, type PositionNumbers } from "./measure-writer.js";
import type { Chunk, LaneResult } from "./messages.js";
import { type DetectorTarget, SeriesDetectors } from "./series-detectors.js";
import { REF } from "./slab.js";

/** Frames per chunk handed to a lane: few while frames come slowly, so that all lanes share them; up to a desk full when they wait. */
const CHUNK = 64;
/** Frames of a series that are handed out per lane; what comes meanwhile waits, and leaves in larger chunks. */
const IN_FLIGHT = 2 * DESK_FRAMES;
type How = Pick<Chunk, "when" | "features"> & { readonly release: boolean };
/** As soon as it has come. */
const NOW: How = { when: "now", features: true, release: true };
/** Sum only. */
const SCOUT: How = { when: "scout", features: false, release: false };
const NO_TARGETS: readonly DetectorTarget[] = [];

export interface Waiting {
  /** See Overload. */
  readonly level: number;
  /** Frames of which nothing was measured; frames without features; images that may have to be measured again. */
  readonly measures: number;
  readonly features: number;
  readonly again: number;
}

/** The measures of one series on one grid: from queued frames, over lanes, to map layers. */
export class MeasureRun {
  readonly #o: MeasureOptions;
  readonly #frontier: Frontier;
  readonly #lines: number;
  readonly #track: BeamTrack;
  readonly #writer: ReturnType<typeof createMeasureWriter>;
  readonly #search: BeamSearch;
  #disposed = false;
  readonly #background: Background;
  readonly #sharing: LineSharing;
  readonly detectors: SeriesDetectors;
  /** Frames in the lanes. */
  #out = 0;
  #idleTold = false;
  #measured = 0;
  #sparse = 0;

  constructor(o: MeasureOptions) {
    this.#o = o;
    this.#lines = linesOf(o.grid);
    const ordered = o.about.type === "float32";
    this.#frontier = new Frontier(this.#lines, imagesPerLine(o.grid), ordered);
    this.#track = new BeamTrack({ ...o, height: o.about.height, width: o.about.width });
    this.#background = new Background(o.source, o.slab);
    this.#sharing = new LineSharing({ ...o, columns: o.grid.columns, at: (image) => o.source.at(image), onLevel: o.onOverload });
    this.#writer = createMeasureWriter({ ...o, framesPerPosition: o.grid.framesPerPosition });
    this.detectors = new SeriesDetectors(o, () => this.#track.radius);
    this.#search = new BeamSearch(
      {
        ...o,
        track: this.#track,
        frontier: this.#frontier,
        again: this.#background.again,
        send: (line, images) => this.#chunks(line, images, 0, SCOUT),
        onFound: () => this.advance(),
      },
      ordered,
    );
  }

  /** Frames that wait for the first time, however they were put off. */
  get queued(): number {
    return this.#frontier.queued + this.#background.bare.count;
  }
  /** What was put off, and what is measured at once. */
  get waiting(): Waiting {
    const { bare, plain, again } = this.#background;
    return { level: this.#sharing.level, measures: bare.count, features: plain.count, again: again.left };
  }
  /** Frames measured, those that were measured again counted again; and of these the ones that were never decoded. */
  get ways(): FrameWays {
    return { measured: this.#measured, sparse: this.#sparse };
  }
  get finishedLines(): number {
    return this.#frontier.finished;
  }
  get closedLines(): number {
    return this.#frontier.closed;
  }
  /** What frames are measured with, as it is known now. */
  get known(): KnownBeam {
    return this.#track;
  }
  /** The centre that an image of a finished line at a scan index is measured about: row and col to `out[2 i]` and behind; px. */
  centreOf(line: number, image: number, at: number, out: Float64Array, i: number): void {
    this.#track.predict(line, image, at, out, 2 * i);
  }

  /** What images of finished lines are measured about, as it is known now. */
  get path(): Path {
    return this.#track.path;
  }

  /** An image that is not on the map, or whose bytes are damaged or gone: it only counts for its line. */
  pass(line: number): void {
    this.#frontier.arrive(line);
    this.#close();
  }

  /** An image on the map; its frame is held until it has been measured. `received`: says when it came, ms since 1970; null: long ago. */
  queue(image: number, line: number, received: (() => number) | null): void {
    const scheduled = this.#frontier.arrive(line);
    if (scheduled !== line) this.#o.onLate(image);
    this.#frontier.queue(scheduled, image, received);
    this.#search.arrive(scheduled, image);
    this.#close();
  }

  #close(): void {
    for (let line = this.#frontier.close(); line >= 0; line = this.#frontier.close()) this.#o.onClosed(line);
  }

  end(): void {
    this.#frontier.end();
    this.advance();
  }

  /** Memory is full: works on what was put off, or moves on with an incomplete line. True: it was the latter. */
  force(): boolean {
    this.#catchUp(true);
    if (this.#background.out > 0) return false;
    const line = this.#frontier.close(true);
    if (line >= 0) this.#o.onClosed(line);
    this.advance();
    return true;
  }

  /** Releases what is held and forgets results that still come. */
  dispose(): void {
    this.#disposed = true;
    this.#search.dispose();
    for (const images of [this.#frontier.drop(), this.#background.drop()]) for (const image of images) this.#release(image);
  }

  #release(image: number): void {
    const ref = new Int32Array(REF.width);
    if (this.#o.source.ref(image, ref, 0)) this.#o.slab.release(ref[REF.slot] as number);
  }

  /** Does everything that can be done now. Call after a batch of arrivals. */
  advance(): void {
    if (this.#disposed) return;
    this.#close();
    if (this.#search.scouting) this.#search.scout();
    for (let line = this.#frontier.finish(); line >= 0; line = this.#frontier.finish()) {
      this.#track.finishLine(line);
      this.#sharing.forget(line);
      this.#o.onFinished(line);
    }
    const last = this.#frontier.barrier >= this.#lines;
    if (this.#search.atBarrier && this.#background.out === 0 && (!last || this.#background.caughtUp)) this.#search.pass();
    if (this.#out < IN_FLIGHT * this.#o.pool.size) for (const queue of this.#frontier.ready()) this.#measure(queue);
    this.#catchUp();
    if (this.#idleTold || !this.#frontier.idle || !this.#search.idle || !this.#background.idle) return;
    this.#background.again.stop();
    this.#idleTold = true;
    this.#sharing.end();
    this.#o.onIdle();
  }

  /** Hands a line out, or what has come of it; under overload some of it is put off. */
  #measure(queue: LineQueue): void {
    const { line, received } = queue;
    this.detectors.begin(line);
    const work = this.#frontier.queued + this.#out + queue.images.length;
    const { whole, plain, bare } = this.#sharing.share(queue, work / this.#o.pool.framesPerSecond);
    this.#chunks(line, whole, received, NOW);
    this.#chunks(line, plain, received, { ...NOW, features: false, release: false });
    this.#background.bare.put(line, bare);
    this.#frontier.back(line, bare.length);
  }

  #chunks(line: number, images: ArrayLike<number>, received: number, how: How): void {
    const size = Math.min(DESK_FRAMES, Math.max(CHUNK, Math.ceil(images.length / this.#o.pool.size)));
    for (let i = 0; i < images.length; i += size) this.#send(line, images, i, Math.min(size, images.length - i), received, how);
  }

  /** Works in the background, behind what is newly received. `full`: memory is, and only this can help. */
  #catchUp(full = false): void {
    if (this.#search.scouting) return;
    // At a barrier nothing is to be on its way; at the last one everything that was put off is to have come first.
    const barred = this.#search.atBarrier;
    if (barred && this.#frontier.barrier < this.#lines) return;
    const most = 2 * CHUNK * this.#o.pool.size;
    while (this.#background.out < most && (full || this.#frontier.queued === 0) && this.#o.mayCatchUp()) {
      const next = this.#background.next(CHUNK, !barred);
      if (!next) return;
      const { line, images, when } = next;
      const how: How = { when, features: true, release: when === "later" };
      for (let i = 0; i < images.length; ) {
        const count = this.detectors.alike(line, images, i);
        this.#send(line, images, i, count, 0, how);
        i += count;
      }
    }
  }

  /** Hands `count` images from `from` on out. */
  #send(line: number, images: ArrayLike<number>, from: number, count: number, received: number, { when, features, release }: How): void {
    const { source, pool, about } = this.#o;
    const track = this.#track;
    const detectors = this.detectors.of(line, images[from] as number);
    const desk = pool.desk();
    for (let i = 0; i < count; i++) desk.image[i] = images[from + i] as number;
    const shape = gatherFrames(desk, count, source, (image, index, out, i) => track.predict(line, image, index, out, i));
    const chunk: Chunk = { line, epoch: track.epoch, received, when, features, detectors, count, desk };
    const mask = { version: track.maskVersion };
    this.#out += count;
    if (when === "later" || when === "again") this.#background.out += count;
    pool
      .dispatch(
        { series: about.series, desk: desk.id, count, release, features, mask, shape, radius: track.radius },
        track.mask,
        detectors,
        about.type === "float32",
      )
      .then(({ ms, sparse }) => this.#result({ ms, sparse, chunk }))
      .catch(this.#o.onCrash);
  }

  #result(r: LaneResult): void {
    const { chunk } = r;
    const { desk, count, when } = chunk;
    this.#out -= count;
    if (when === "later" || when === "again") this.#background.out -= count;
    if (!this.#disposed) this.#take(r);
    else if (this.#background.out === 0) this.#background.again.stop();
    this.#o.pool.give(desk);
    if (this.#disposed) return;
    this.advance();
    this.#o.maps.commit();
  }

  #take(r: LaneResult): void {
    const { chunk } = r;
    const { desk, count, when } = chunk;
    this.#o.onDone(r);
    this.#measured += count;
    this.#sparse += r.sparse;
    const position = { numbers: desk.numbers, from: 0, centre: desk.centre, centreFrom: 0 };
    const targets = chunk.features && when !== "scout" ? this.detectors.targets(chunk.detectors) : NO_TARGETS;
    for (let i = 0; i < count; i++, position.from += ROW_WIDTH, position.centreFrom += 2) this.#one(chunk, i, position, targets);
    if (when === "scout") this.#search.back(count);
    else if (when === "now") {
      if (!chunk.features) this.#keep(chunk);
      this.#frontier.back(chunk.line, count);
    }
  }

  /** Frames whose features wait stay held, except those that cannot be decoded. */
  #keep({ line, count, desk }: Chunk): void {
    const kept: number[] = [];
    for (let i = 0; i < count; i++)
      if (desk.status[i] === 0) kept.push(desk.image[i] as number);
      else this.#release(desk.image[i] as number);
    this.#background.plain.put(line, kept);
  }

  #one(t: Chunk, i: number, position: PositionNumbers, targets: readonly DetectorTarget[]): void {
    const { numbers, status } = t.desk;
    const at = t.desk.at[i] as number;
    const image = t.desk.image[i] as number;
    const m = position.from;
    if (status[i] !== 0) {
      // A frame may be decoded as a scout before: that is not told.
      if (t.when === "now" || t.when === "later") this.#o.onDamaged(image, at, status[i] as number);
      return;
    }
    if (t.when === "scout") {
      this.#writer.scout(at, numbers, m);
      return;
    }
    // Behind the counts in the disk stands where they are.
    if (t.when === "now") this.#track.note(t.line, image, at, numbers, m + COLUMN.disk_sum);
    // A look with an older epoch never replaces a newer one.
    else if (t.epoch < this.#track.epoch) return;
    this.#writer.store(at, this.#o.source.part(image), t.epoch, position, t.features, targets);
  }
}
