import type { FrameShape } from "../core/frame.js";
import { layerSpec, type MapLayer, TIER } from "../core/map-layer.js";
import { imagesPerLine, linesOf, type ScanGrid } from "../core/scan.js";
import { MEASURES } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { PIXEL_STAGES } from "../stages/index.js";
import { BeamFollower, type Surface } from "./beam-follower.js";
import { Frontier } from "./frontier.js";
import type { BeamFit } from "./lane.js";
import type { LanePool } from "./lane-pool.js";
import type { LaneResult, LaneSeries, LaneTask } from "./messages.js";
import { REF, type SlabReader } from "./slab.js";

/** Frames per chunk handed to a lane. */
const CHUNK = 64;
/** Frames of the first line from which the beam is found. */
const SCOUTS = 512;
/** The beam and the hot pixels are looked for again when so many lines are finished, then twice as many, and so on. */
const FIRST_REFIT = 4;
/** A new radius or centre counts from these differences on. */
const RADIUS_CHANGE = 0.05;
const CENTRE_CHANGE_PX = 1.5;
/** Rows are measured again when the beam was so far from where it is now known to have been. */
const DRIFT_PX = 0.5;

const COLUMN = Object.fromEntries(MEASURES.map((m, i) => [m, i])) as Record<(typeof MEASURES)[number], number>;
const WIDTH = MEASURES.length;

/** Where frames lie; of an image number. */
export interface FrameSource {
  ref(image: number, out: Int32Array, at: number): boolean;
  shape(image: number): FrameShape;
  /** Scan index of an image that is on the map. */
  at(image: number): number;
}

export interface MeasureOptions {
  readonly about: LaneSeries;
  readonly grid: ScanGrid;
  readonly maps: SeriesMaps;
  readonly pool: LanePool;
  readonly slab: SlabReader;
  readonly source: FrameSource;
  /** Masked by the stream or the operator. */
  readonly mask: Uint8Array | null;
  readonly centre: { readonly row: number; readonly col: number } | null;
  readonly radius: number | null;
  /** Turns a vector in detector pixels (row, col) as sent into the configured orientation. */
  readonly orient: (row: number, col: number) => readonly [number, number];
  /** Revisions of this placement are above it. */
  readonly revisionBase: number;
  readonly onDamaged: (image: number, at: number, code: number) => void;
  readonly onLine: (line: number, closedOnly: boolean) => void;
  readonly onDone: (result: LaneResult) => void;
  readonly onNote: (code: string, message: string) => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}

/** An epoch: what the frames are measured with. Changes at scan frontiers only. */
interface Epoch {
  number: number;
  radius: number;
  mask: Uint8Array | null;
  version: number;
}

/** The measures of one series on one grid, from queued frames to map layers. */
export class MeasureRun {
  readonly #o: MeasureOptions;
  readonly #frontier: Frontier;
  readonly #lines: number;
  #epoch: Epoch;
  #follower: BeamFollower | null = null;
  readonly #surfaces = new Map<number, Surface>();
  readonly #learnt = new Map<number, number[][]>();
  readonly #scouts = new Set<number>();
  #scoutLine = -1;
  #scouting: boolean;
  #scoutsOut = 0;
  #fitting = false;
  #disposed = false;
  /** Images [#again, #againEnd) are measured once more with this surface, as the latest refit has it. */
  #again = 0;
  #againEnd = 0;
  #againOut = 0;
  #againSurface: Surface | null = null;
  #beam: BeamFit | null = null;
  #hot = 0;
  #idleTold = false;

  constructor(o: MeasureOptions) {
    this.#o = o;
    this.#lines = linesOf(o.grid);
    this.#frontier = new Frontier(this.#lines, imagesPerLine(o.grid));
    this.#epoch = { number: 0, radius: o.radius ?? 0, mask: o.mask, version: 0 };
    this.#scouting = true;
    if (o.centre && o.radius !== null)
      this.#start({ row: o.centre.row, col: o.centre.col, radius: o.radius, found: true, hot: new Int32Array(), dead: new Int32Array() });
  }

  get queued(): number {
    return this.#frontier.queued + (this.#againEnd - this.#again);
  }
  get finishedLines(): number {
    return this.#frontier.finished;
  }
  get closedLines(): number {
    return this.#frontier.closed;
  }
  get beam(): BeamFit | null {
    return this.#beam;
  }
  get radius(): number {
    return this.#epoch.radius;
  }
  get hotPixels(): number {
    return this.#hot;
  }
  get mask(): Uint8Array | null {
    return this.#epoch.mask;
  }

  /** An image that is not on the map, or whose bytes are damaged or gone: it only counts for its line. */
  pass(line: number): void {
    this.#frontier.arrive(line);
  }

  /** An image on the map; its frame is held until it has been measured. */
  queue(image: number, line: number): void {
    const scheduled = this.#frontier.arrive(line);
    this.#frontier.queue(scheduled, image);
    if (!this.#scouting) return;
    if (this.#scoutLine < 0) this.#scoutLine = scheduled;
    if (scheduled === this.#scoutLine && this.#scouts.size + this.#scoutBatch.length < SCOUTS) this.#scoutBatch.push(image);
  }
  #scoutBatch: number[] = [];

  end(): void {
    this.#frontier.end();
    this.advance();
  }

  /** Moves on with an incomplete line, because memory is full. */
  force(): void {
    for (const line of this.#frontier.close(true)) this.#o.onLine(line, true);
    this.advance();
  }

  /** Releases what is held and forgets results that still come. */
  dispose(): void {
    this.#disposed = true;
    this.#frontier.barrier = Number.POSITIVE_INFINITY;
    const ref = new Int32Array(REF.width);
    for (const image of this.#frontier.drop()) if (this.#o.source.ref(image, ref, 0)) this.#o.slab.release(ref[REF.slot] as number);
  }

  /** Does everything that can be done now. Call after a batch of arrivals. */
  advance(): void {
    if (this.#disposed) return;
    this.#scout();
    for (const line of this.#frontier.close()) this.#o.onLine(line, true);
    this.#endScouting();
    for (let line = this.#frontier.finish(); line >= 0; line = this.#frontier.finish()) this.#finishLine(line);
    if (!this.#scouting && !this.#fitting && this.#frontier.finished >= this.#frontier.barrier) this.#refit();
    for (const { line, images } of this.#frontier.ready()) this.#measure(line, images);
    this.#remeasure();
    if (!this.#idleTold && this.#frontier.idle && !this.#fitting && this.#again >= this.#againEnd && this.#againOut === 0) {
      this.#idleTold = true;
      this.#o.onIdle();
    }
  }

  #scout(): void {
    const images = this.#scoutBatch;
    if (images.length === 0) return;
    this.#scoutBatch = [];
    for (const i of images) this.#scouts.add(i);
    for (let i = 0; i < images.length; i += CHUNK) {
      const part = images.slice(i, i + CHUNK);
      this.#scoutsOut += part.length;
      this.#send(this.#scoutLine, part, { scout: true, accumulate: true, release: false }, null);
    }
  }

  #endScouting(): void {
    if (!this.#scouting || this.#fitting || this.#scoutsOut > 0) return;
    const enough = this.#scouts.size >= SCOUTS || (this.#scoutLine >= 0 && this.#frontier.closed > this.#scoutLine) || this.#frontier.ended;
    if (!enough) return;
    this.#fit((fit) => this.#start(fit));
  }

  #fit(then: (fit: BeamFit) => void): void {
    this.#fitting = true;
    const { about, pool } = this.#o;
    const work = async (): Promise<void> => {
      const parts = (await pool.askAll("summary", { series: about.series, reset: false })).filter((p) => p !== null);
      const fit =
        parts.length === 0 ? null : await pool.ask(0, "fit", { parts, height: about.height, width: about.width, mask: this.#epoch.mask });
      if (this.#disposed) return;
      this.#fitting = false;
      then(
        fit ?? {
          row: (about.height - 1) / 2,
          col: (about.width - 1) / 2,
          radius: Math.min(about.height, about.width) / 16,
          found: false,
          hot: new Int32Array(),
          dead: new Int32Array(),
        },
      );
      this.advance();
    };
    work().catch(this.#o.onCrash);
  }

  /** The first epoch: the beam as found in the scouted frames, or as configured. */
  #start(fit: BeamFit): void {
    this.#scouting = false;
    this.#follow(fit);
    this.#exclude(fit);
    this.#frontier.barrier = Math.min(FIRST_REFIT, this.#lines);
    if (!fit.found)
      this.#o.onNote(
        "beam-not-found",
        "no bright-field disk was found in the first line: the centre of mass stands in for the beam until one is",
      );
  }

  #follow(fit: BeamFit): void {
    const { grid, centre, radius } = this.#o;
    const at = centre ?? fit;
    this.#epoch.radius = radius ?? fit.radius;
    this.#beam = { ...fit, row: at.row, col: at.col, radius: this.#epoch.radius };
    this.#follower = new BeamFollower(grid.rows, grid.columns, at, this.#epoch.radius, centre !== null);
    this.#surfaces.clear();
    const next = this.#frontier.finished;
    for (let l = next; l <= next + 1; l++) this.#surfaces.set(l, this.#follower.surface);
  }

  /** Takes found hot and dead pixels out; true: something changed. */
  #exclude(fit: BeamFit): boolean {
    if (fit.hot.length + fit.dead.length === 0) return false;
    const { about } = this.#o;
    const mask = this.#epoch.mask ? this.#epoch.mask.slice() : new Uint8Array(about.height * about.width);
    for (const p of fit.hot) mask[p] = 1;
    for (const p of fit.dead) mask[p] = 1;
    this.#epoch.mask = mask;
    this.#epoch.version++;
    this.#hot += fit.hot.length;
    if (fit.hot.length > 0)
      this.#o.onNote("hot-pixels", `${fit.hot.length} hot pixels found and excluded: ${pixelList(fit.hot, about.width)}`);
    if (fit.dead.length > 0)
      this.#o.onNote("dead-pixels", `${fit.dead.length} dead pixels found and excluded: ${pixelList(fit.dead, about.width)}`);
    return fit.hot.length > 0;
  }

  /** At a barrier: all lines before it are finished, none after it has begun. */
  #refit(): void {
    const at = this.#frontier.barrier;
    this.#fit((fit) => {
      const before = this.#beam;
      const used = this.#centres();
      const away = used.n === 0 ? 0 : Math.hypot(fit.row - used.row, fit.col - used.col);
      const moved = fit.found && this.#o.centre === null && away > Math.max(CENTRE_CHANGE_PX, 0.5 * this.#epoch.radius);
      const drifted = this.#o.centre === null && used.off > DRIFT_PX;
      const grown = fit.found && this.#o.radius === null && Math.abs(fit.radius / this.#epoch.radius - 1) > RADIUS_CHANGE;
      const hot = this.#exclude(fit);
      if (moved || !before?.found) this.#follow(fit.found ? fit : (before ?? fit));
      else if (grown) {
        this.#epoch.radius = fit.radius;
        this.#beam = { ...before, radius: fit.radius };
      }
      if (moved || grown || hot || drifted) {
        this.#epoch.number++;
        const { grid } = this.#o;
        this.#again = grid.skipStart;
        this.#againEnd = grid.skipStart + at * imagesPerLine(grid);
        this.#againSurface = this.#follower?.surface ?? null;
        this.#o.onNote(
          "measured-again",
          `rows before ${at} are measured again: ${[moved && "the beam is elsewhere", drifted && "the path of the beam is better known", grown && "the bright-field radius is better known", hot && "hot pixels were found"].filter(Boolean).join(", ")}`,
        );
      }
      this.#frontier.barrier = at >= this.#lines ? Number.POSITIVE_INFINITY : Math.min(2 * at, this.#lines);
    });
  }

  /** Mean of the centres in use, and how far the newest surface is from them at the most; px. */
  #centres(): { row: number; col: number; n: number; off: number } {
    const centre = this.#o.maps.layer("centre");
    const now = new Float64Array(2);
    let [row, col, n, off] = [0, 0, 0, 0];
    for (let at = 0; centre && at < centre.value.length / 2; at++) {
      const r = centre.value[2 * at] as number;
      const c = centre.value[2 * at + 1] as number;
      if (Number.isNaN(r)) continue;
      this.#follower?.predict(this.#follower.surface, at, now, 0);
      off = Math.max(off, Math.hypot((now[0] as number) - r, (now[1] as number) - c));
      row += r;
      col += c;
      n++;
    }
    return { row: row / Math.max(1, n), col: col / Math.max(1, n), n, off };
  }

  #finishLine(line: number): void {
    const follower = this.#follower;
    if (!follower) return;
    const found = this.#learnt.get(line) ?? [];
    this.#learnt.delete(line);
    found.sort((a, b) => (a[0] as number) - (b[0] as number));
    for (const [at, counts, row, col] of found as [number, number, number, number][]) follower.learn(at, counts, row, col);
    this.#surfaces.set(line + 2, found.length > 0 ? follower.fit() : follower.surface);
    this.#surfaces.delete(line);
    this.#o.onLine(line, false);
  }

  #measure(line: number, images: readonly number[]): void {
    const surface = this.#surfaces.get(line) ?? (this.#follower as BeamFollower).surface;
    for (const accumulate of [true, false]) {
      const part = images.filter((i) => this.#scouts.has(i) !== accumulate);
      for (let i = 0; i < part.length; i += CHUNK)
        this.#send(line, part.slice(i, i + CHUNK), { scout: false, accumulate, release: true }, surface);
    }
  }

  /** Earlier lines with a newer epoch, behind everything that is newly received. */
  #remeasure(): void {
    const { source, slab } = this.#o;
    const ref = new Int32Array(REF.width);
    while (this.#again < this.#againEnd && this.#frontier.queued === 0 && this.#againOut < 2 * CHUNK * this.#o.pool.size) {
      const held: number[] = [];
      for (const end = Math.min(this.#again + CHUNK, this.#againEnd); this.#again < end; this.#again++) {
        const image = this.#again;
        if (source.at(image) >= 0 && source.ref(image, ref, 0) && slab.hold(ref[REF.slot] as number, ref[REF.serial] as number))
          held.push(image);
      }
      if (held.length === 0) continue;
      this.#againOut += held.length;
      this.#send(-1, held, { scout: false, accumulate: false, release: true }, this.#againSurface);
    }
  }

  #send(
    line: number,
    images: readonly number[],
    how: { scout: boolean; accumulate: boolean; release: boolean },
    surface: Surface | null,
  ): void {
    const { source, pool, about } = this.#o;
    const n = images.length;
    const task: LaneTask = {
      series: about.series,
      generation: 0,
      line,
      epoch: this.#epoch.number,
      ...how,
      mask: { version: this.#epoch.version },
      count: n,
      image: Float64Array.from(images),
      at: new Int32Array(n),
      ref: new Int32Array(n * REF.width),
      shape: images.map((i) => source.shape(i)),
      centre: new Float64Array(2 * n),
      radius: this.#epoch.radius,
    };
    images.forEach((image, i) => {
      source.ref(image, task.ref, i * REF.width);
      task.at[i] = source.at(image);
      // A late frame of a line that was measured again: as the others of its line, whichever came first.
      const own = image < this.#againEnd ? this.#againSurface : surface;
      if (own && this.#follower) this.#follower.predict(own, task.at[i] as number, task.centre, 2 * i);
    });
    pool
      .dispatch(task, this.#epoch.mask, about.type === "float32")
      .then((r) => this.#result(r))
      .catch(this.#o.onCrash);
  }

  #result(r: LaneResult): void {
    if (this.#disposed) return;
    this.#o.onDone(r);
    const t = r.task;
    const { maps, revisionBase } = this.#o;
    const revision = revisionBase + (t.scout ? 1 : 2 + t.epoch);
    for (let i = 0; i < t.count; i++) {
      const at = t.at[i] as number;
      const image = t.image[i] as number;
      if (r.status[i] !== 0) {
        // Told once: a frame is decoded as a scout, and then again.
        if (!t.scout && t.line >= 0) this.#o.onDamaged(image, at, r.status[i] as number);
        continue;
      }
      const m = i * WIDTH;
      if (t.scout) this.#write(maps.open(layerSpec("sum")), at, 0, r.measures[m + COLUMN.sum] as number, revision);
      else {
        this.#store(r, i, at, revision);
        if (t.line >= 0) this.#learn(t.line, at, r.measures, m);
      }
    }
    if (t.scout) this.#scoutsOut -= t.count;
    else if (t.line < 0) this.#againOut -= t.count;
    else this.#frontier.back(t.line, t.count);
    this.advance();
    maps.commit();
  }

  #learn(line: number, at: number, m: Float64Array, i: number): void {
    const entry = [at, m[i + COLUMN.disk_sum] as number, m[i + COLUMN.disk_row] as number, m[i + COLUMN.disk_col] as number];
    const list = this.#learnt.get(line);
    if (list) list.push(entry);
    else this.#learnt.set(line, [entry]);
  }

  #store(r: LaneResult, i: number, at: number, revision: number): void {
    const { maps, orient } = this.#o;
    // A second look at an earlier line never replaces a newer epoch.
    if (r.task.line < 0 && r.task.epoch < this.#epoch.number) return;
    const m = r.measures;
    const base = i * WIDTH;
    const [comRow, comCol] = orient(m[base + COLUMN.com_row] as number, m[base + COLUMN.com_col] as number);
    m[base + COLUMN.com_row] = comRow;
    m[base + COLUMN.com_col] = comCol;
    for (const stage of PIXEL_STAGES)
      for (const { column, layer } of stage.outputs) this.#write(maps.open(layer), at, 0, m[base + column] as number, revision);
    const centre = maps.open(layerSpec("centre"));
    this.#write(centre, at, 0, r.task.centre[2 * i] as number, revision);
    this.#write(centre, at, 1, r.task.centre[2 * i + 1] as number, revision);
    this.#write(maps.open(layerSpec("tier")), at, 0, TIER.frame, revision);
  }

  #write(layer: MapLayer, at: number, channel: number, value: number, revision: number): void {
    layer.value[at * layer.channels + channel] = value;
    this.#o.maps.touch(layer.name, at, revision);
  }
}

function pixelList(pixels: Int32Array, width: number): string {
  const shown = [...pixels.slice(0, 8)].map((p) => `(${Math.floor(p / width)}, ${p % width})`).join(" ");
  return pixels.length > 8 ? `${shown} …` : shown;
}
