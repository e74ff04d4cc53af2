import { imagesPerLine, linesOf, type ScanGrid } from "../core/scan.js";
import { MEASURES } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { Again } from "./again.js";
import { BeamTrack } from "./beam-track.js";
import { Frontier, type LineQueue } from "./frontier.js";
import { type FrameSource, gatherFrames } from "./gather-frames.js";
import type { BeamFit } from "./lane.js";
import type { LanePool } from "./lane-pool.js";
import { Later } from "./later.js";
import { COLUMN, createMeasureWriter } from "./measure-writer.js";
import type { Chunk, LaneResult, LaneSeries } from "./messages.js";
import { featuresStep, measuresStep, Overload, onGrid } from "./overload.js";
import { REF, type SlabReader } from "./slab.js";

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

type How = Pick<Chunk, "when" | "features"> & { readonly release: boolean };
/** As soon as it has come. */
const NOW: How = { when: "now", features: true, release: true };

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
  /** s that the newest line may be behind before positions are put off. */
  readonly mostLag: number;
  /** Serial numbers by slot of the segments that all images below `end` lie in, held; null: they are gone. */
  readonly hold: (end: number) => ReadonlyMap<number, number> | null;
  /** Nothing of a newer series waits: what was put off may be worked on. */
  readonly mayCatchUp: () => boolean;
  readonly onDamaged: (image: number, at: number, code: number) => void;
  readonly onClosed: (line: number) => void;
  readonly onFinished: (line: number) => void;
  readonly onDone: (result: LaneResult) => void;
  readonly onNote: (code: string, message: string) => void;
  /** The clock has decided how many positions are worked on at once from a line on. */
  readonly onOverload: (level: number, message: string) => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}

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
  #scouts = 0;
  #scoutBatch: number[] = [];
  #scoutLine = -1;
  #scouting = true;
  #scoutsOut = 0;
  #fitting = false;
  #disposed = false;
  /** Positions of which nothing was measured, and positions without features. */
  readonly #bare = new Later();
  readonly #plain = new Later();
  readonly #again: Again;
  readonly #overload: Overload;
  /** Level of the overload in lines that are being handed out. */
  readonly #levels = new Map<number, number>();
  /** Frames in the lanes, and those of them that are no newly received ones. */
  #out = 0;
  #backgroundOut = 0;
  #idleTold = false;

  constructor(o: MeasureOptions) {
    this.#o = o;
    this.#lines = linesOf(o.grid);
    this.#frontier = new Frontier(this.#lines, imagesPerLine(o.grid), o.about.type === "float32");
    this.#track = new BeamTrack({ ...o, height: o.about.height, width: o.about.width });
    this.#again = new Again(o.source, o.slab);
    this.#overload = new Overload(o.mostLag);
    this.#writer = createMeasureWriter({ ...o, framesPerPosition: o.grid.framesPerPosition });
    if (this.#track.given) this.#start(this.#track.given);
  }

  /** Frames that wait for the first time, however they were put off. */
  get queued(): number {
    return this.#frontier.queued + this.#bare.count;
  }
  /** What was put off, and what is measured at once. */
  get waiting(): Waiting {
    return { level: this.#overload.level, measures: this.#bare.count, features: this.#plain.count, again: this.#again.left };
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

  /** Memory is full: works on what was put off, or moves on with an incomplete line. True: it was the latter. */
  force(): boolean {
    this.#background(true);
    if (this.#backgroundOut > 0) return false;
    for (const line of this.#frontier.close(true)) this.#o.onClosed(line);
    this.advance();
    return true;
  }

  /** Releases what is held and forgets results that still come. */
  dispose(): void {
    this.#disposed = true;
    if (this.#backgroundOut === 0) this.#again.stop();
    for (const images of [this.#frontier.drop(), this.#bare.drop(), this.#plain.drop()]) for (const image of images) this.#release(image);
  }

  #release(image: number): void {
    const ref = new Int32Array(REF.width);
    if (this.#o.source.ref(image, ref, 0)) this.#o.slab.release(ref[REF.slot] as number);
  }

  /** Does everything that can be done now. Call after a batch of arrivals. */
  advance(): void {
    if (this.#disposed) return;
    this.#close();
    this.#scout();
    if (this.#scouted) this.#fit((fit) => this.#start(fit));
    for (let line = this.#frontier.finish(); line >= 0; line = this.#frontier.finish()) {
      this.#track.finishLine(line);
      this.#levels.delete(line);
      this.#o.onFinished(line);
    }
    if (this.#atBarrier && this.#backgroundOut === 0 && (this.#frontier.barrier < this.#lines || this.#caughtUp)) this.#refit();
    if (this.#out < IN_FLIGHT * this.#o.pool.size) for (const queue of this.#frontier.ready()) this.#measure(queue);
    this.#background();
    if (this.#idleTold || !this.#frontier.idle || this.#fitting || !this.#caughtUp || this.#backgroundOut > 0 || this.#again.left > 0)
      return;
    this.#again.stop();
    this.#idleTold = true;
    if (this.#overload.end()) this.#o.onOverload(0, "all frames that were put off are on the maps");
    this.#o.onIdle();
  }

  /** All lines before a barrier are finished, and none after it has begun. */
  get #atBarrier(): boolean {
    return !this.#scouting && !this.#fitting && this.#frontier.finished >= this.#frontier.barrier;
  }
  /** Nothing is put off. */
  get #caughtUp(): boolean {
    return this.#bare.count === 0 && this.#plain.count === 0;
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
      this.#send(this.#scoutLine, part, 0, { when: "scout", features: false, release: false });
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
    const { grid, slab } = this.#o;
    this.#fit((fit) => {
      const end = grid.skipStart + at * imagesPerLine(grid);
      const held = this.#o.hold(end);
      const again = this.#track.refit(fit, at, end, held !== null);
      if (held && again) this.#again.begin(grid.skipStart, end, held);
      else if (held) for (const slot of held.keys()) slab.release(slot);
      this.#frontier.barrier = at >= this.#lines ? Number.POSITIVE_INFINITY : Math.min(2 * at, this.#lines);
    });
  }

  /** Hands a line out, or what has come of it; under overload some of it is put off. */
  #measure({ line, images, received }: LineQueue): void {
    const level = this.#levelOf(line);
    if (level === 0) {
      this.#chunks(line, images, received, NOW);
      return;
    }
    const { columns } = this.#o.grid;
    const whole: number[] = [];
    const plain: number[] = [];
    const bare: number[] = [];
    for (const image of images) {
      const at = this.#o.source.at(image);
      const [row, column] = [Math.floor(at / columns), at % columns];
      if (onGrid(featuresStep(level), row, column)) whole.push(image);
      else if (onGrid(measuresStep(level), row, column)) plain.push(image);
      else bare.push(image);
    }
    this.#chunks(line, whole, received, NOW);
    this.#chunks(line, plain, received, { ...NOW, features: false, release: false });
    this.#bare.put(line, bare);
    this.#frontier.back(line, bare.length);
  }

  /** The level of a line is chosen when it is first handed out: its grid is regular. */
  #levelOf(line: number): number {
    const known = this.#levels.get(line);
    if (known !== undefined) return known;
    const work = this.#frontier.queued + this.#out;
    if (this.#overload.look(work / this.#o.pool.framesPerSecond)) this.#tellOverload(line);
    this.#levels.set(line, this.#overload.level);
    return this.#overload.level;
  }

  #tellOverload(line: number): void {
    const { level } = this.#overload;
    const [measured, whole] = [2 ** measuresStep(level), 2 ** featuresStep(level)];
    const which = measured === 1 ? "every position" : `one position in ${measured}`;
    const message =
      level === 0
        ? `from line ${line} on every position is worked on at once again; ${this.#bare.count} frames wait to be measured`
        : `frames come faster than they can be worked on: from line ${line} on ${which} is measured at once, one in ${whole} with features; the others wait`;
    this.#o.onOverload(level, message);
  }

  #chunks(line: number, images: readonly number[], received: number, how: How): void {
    const size = Math.min(LARGE_CHUNK, Math.max(CHUNK, Math.ceil(images.length / this.#o.pool.size)));
    for (let i = 0; i < images.length; i += size) this.#send(line, images.slice(i, i + size), received, how);
  }

  /** What was put off, newest first; then earlier lines with a newer epoch. All behind what is newly received. */
  #background(full = false): void {
    const most = 2 * CHUNK * this.#o.pool.size;
    const free = (): boolean =>
      this.#backgroundOut < most && (full || this.#frontier.queued === 0) && this.#o.mayCatchUp() && !this.#fitting && !this.#scouting;
    // At a barrier nothing is to be on its way; at the last one everything is to have come first.
    const barred = this.#atBarrier;
    const last = this.#frontier.barrier >= this.#lines;
    while (free() && (!barred || last)) {
      const later = this.#bare.take(CHUNK) ?? this.#plain.take(CHUNK);
      if (!later) break;
      this.#send(later.line, later.images, 0, { ...NOW, when: "later" });
    }
    while (free() && !barred && this.#again.left > 0) {
      const images = this.#again.take(CHUNK);
      if (images.length === 0) break;
      this.#send(AGAIN, images, 0, { ...NOW, when: "again", release: false });
    }
  }

  #send(line: number, images: readonly number[], received: number, { when, features, release }: How): void {
    const { source, pool, about } = this.#o;
    const track = this.#track;
    const count = images.length;
    const columns = gatherFrames(images, source, (image, at, out, i) => track.predict(line, image, at, out, i));
    const { at, centre, ...rest } = columns;
    const chunk: Chunk = { line, epoch: track.epoch, received, when, features, count, image: images, at, centre };
    const mask = { version: track.maskVersion };
    this.#out += count;
    if (when === "later" || when === "again") this.#backgroundOut += count;
    pool
      .dispatch(
        { series: about.series, release, features, mask, count, centre, ...rest, radius: track.radius },
        track.mask,
        about.type === "float32",
      )
      .then((answer) => this.#result({ ...answer, chunk }))
      .catch(this.#o.onCrash);
  }

  #result(r: LaneResult): void {
    const { chunk } = r;
    const background = chunk.when === "later" || chunk.when === "again";
    this.#out -= chunk.count;
    if (background) this.#backgroundOut -= chunk.count;
    if (this.#disposed) {
      if (this.#backgroundOut === 0) this.#again.stop();
      return;
    }
    this.#o.onDone(r);
    for (let i = 0; i < chunk.count; i++) this.#one(r, i);
    if (chunk.when === "scout") this.#scoutsOut -= chunk.count;
    else if (chunk.when === "now") {
      if (!chunk.features) this.#keep(r);
      this.#frontier.back(chunk.line, chunk.count);
    }
    this.advance();
    this.#o.maps.commit();
  }

  /** Frames whose features wait stay held, except those that cannot be decoded. */
  #keep({ chunk, status }: LaneResult): void {
    this.#plain.put(
      chunk.line,
      chunk.image.filter((image, i) => {
        if (status[i] !== 0) this.#release(image);
        return status[i] === 0;
      }),
    );
  }

  #one(r: LaneResult, i: number): void {
    const { chunk: t, measures } = r;
    const at = t.at[i] as number;
    const image = t.image[i] as number;
    const m = i * MEASURES.length;
    if (r.status[i] !== 0) {
      // A frame may be decoded as a scout before: that is not told.
      if (t.when === "now" || t.when === "later") this.#o.onDamaged(image, at, r.status[i] as number);
      return;
    }
    if (t.when === "scout") {
      this.#writer.scout(at, measures, m);
      return;
    }
    if (t.when === "now")
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
