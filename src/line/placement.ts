import type { SeriesBegin } from "../core/detector.js";
import type { FrameShape } from "../core/frame.js";
import { FRAME_STATUS } from "../core/map-layer.js";
import { BEYOND } from "../core/scan.js";
import { DECODE_ERRORS } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { FrameStatus } from "./frame-status.js";
import { CAME } from "./image-index.js";
import { loseImages } from "./lost-images.js";
import { ScanMap } from "./scan-map.js";
import type { ScanPlan } from "./scan-plan.js";
import type { SeriesAccount } from "./series-account.js";
import type { SeriesEnd } from "./series-info.js";
import type { SeriesNeeds } from "./series-needs.js";
import { laneSeries, type SeriesParts } from "./series-parts.js";
import { SeriesWork } from "./series-work.js";

/** What placing has to know of a series. */
export interface PlacedSeries {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  readonly maps: SeriesMaps;
  readonly account: SeriesAccount;
  /** As all of its frames are; null: none has come. */
  readonly frame: FrameShape | null;
  /** ms since 1970. */
  readonly lastMessage: number;
  readonly ending: SeriesEnd | null;
}

export interface PlacementOptions {
  readonly series: PlacedSeries;
  readonly plan: ScanPlan;
  readonly needs: SeriesNeeds;
  /** Of the grid before; -1: there was none, and the lanes have not heard of the series. */
  readonly maskVersion: number;
  readonly revisionBase: number;
  readonly archive: SeriesParts["archive"];
  /** Nothing is left to be done. */
  readonly onIdle: () => void;
}

/** A series on one grid: which image is where, and the work on its frames, which begins with the first of them. */
export class Placement {
  readonly map: ScanMap;
  readonly #o: PlacementOptions;
  readonly #status: FrameStatus;
  readonly #received: () => number;
  #work: SeriesWork | null = null;
  #newestRow = -1;

  constructor(o: PlacementOptions) {
    const { series, plan, revisionBase } = o;
    this.#o = o;
    this.map = new ScanMap(plan);
    this.#status = new FrameStatus(series.maps, plan.grid, revisionBase + 1);
    this.#received = () => series.lastMessage;
  }

  /** null: no frame has come. */
  get work(): SeriesWork | null {
    return this.#work;
  }
  /** Highest row with a frame; -1: none. */
  get newestRow(): number {
    return this.#newestRow;
  }
  get maskVersion(): number {
    return this.#work?.measures.known.maskVersion ?? this.#o.maskVersion;
  }

  /** Counts an image at its place and, if its frame is held, queues it. `live`: it has just come. Its scan index, or SKIPPED or BEYOND. */
  place(image: number, held: boolean, live: boolean): number {
    const a = this.#o.series.account;
    const at = this.map.at(image);
    if (at === BEYOND) {
      a.beyond++;
      return at;
    }
    if (image > a.highest) a.highest = image;
    this.#work ??= this.#begin();
    const run = this.#work.measures;
    const line = this.map.line(image);
    if (live) this.#found(line);
    if (at < 0) {
      a.skipped++;
      run.pass(line);
      return at;
    }
    const kind = a.images.kind(image);
    if (kind === CAME.undecodable) a.malformedPixels++;
    else {
      a.placed++;
      this.map.show(at, image);
    }
    this.#status.came(at, kind === CAME.whole ? FRAME_STATUS.received : FRAME_STATUS.malformed);
    this.#newestRow = Math.max(this.#newestRow, Math.floor(at / this.map.grid.columns));
    if (held) run.queue(image, line, live ? this.#received : null);
    else run.pass(line);
    return at;
  }

  /** An image of which only a damaged message came: drawn, and counted for its line. */
  placeDamaged(image: number): void {
    const { account } = this.#o.series;
    const at = this.map.at(image);
    if (at === BEYOND) return;
    if (image > account.highest) account.highest = image;
    if (at >= 0) this.#status.came(at, FRAME_STATUS.malformed);
    const line = this.map.line(image);
    this.#found(line);
    // Before the first frame nothing is known of the frames: the lines begin with it.
    this.#work?.measures.pass(line);
  }

  /** What was counted as lost when its line was closed has come. */
  #found(line: number): void {
    const { account } = this.#o.series;
    if (this.#work && line >= 0 && line < this.#work.measures.closedLines && account.lostSoFar > 0) account.lostSoFar--;
  }

  #begin(): SeriesWork {
    const { series, needs, maskVersion, revisionBase, archive, onIdle } = this.#o;
    const { id, number, begin, maps, account } = series;
    const frame = series.frame as FrameShape;
    if (maskVersion < 0) needs.pool.askAll("open", laneSeries(number, frame, begin, needs)).catch(needs.onCrash);
    const closed = { id, map: this.map, status: this.#status, account, event: needs.event };
    return new SeriesWork({
      id,
      number,
      begin,
      frame,
      map: this.map,
      maps,
      images: account.images,
      maskVersion: maskVersion + 1,
      revisionBase,
      needs,
      archive,
      onDamaged: (image, at, code) => this.#damaged(image, at, code),
      onClosed: (line) => loseImages(closed, line, series.ending !== null && !series.ending.normal),
      onIdle,
    });
  }

  #damaged(image: number, at: number, code: number): void {
    const { series, needs } = this.#o;
    const { account, id } = series;
    const reason = DECODE_ERRORS[code] ?? "corrupt";
    account.placed--;
    account.malformedPixels++;
    account.images.undecodable(image);
    this.#status.set(at, FRAME_STATUS.malformed);
    needs.onMalformed(reason);
    needs.event("warn", "malformed-frame", `${reason}: the pixels of image ${image} could not be decoded`, id);
  }
}
