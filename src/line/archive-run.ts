import type { ArchiveAbout, ArchiveInfo } from "../core/archive.js";
import type { ComponentsView } from "../core/components.js";
import type { SeriesBegin } from "../core/detector.js";
import type { FrameKind, FrameShape } from "../core/frame.js";
import type { ScanGrid } from "../core/scan.js";
import type { SeriesInfo } from "../core/series.js";
import type { LogEvent } from "../core/wire.js";
import type { SeriesMaps } from "../maps/store.js";
import { archiveAbout } from "./archive-axes.js";
import { type ArchiveLane, TOO_SLOW } from "./archive-lane.js";
import type { RecalledFrames } from "./denoise-frames.js";
import { MapCopier } from "./map-copier.js";
import type { ReceivedFrames } from "./messages.js";
import type { PatternArchive } from "./pattern-backlog.js";
import type { SeriesEnd } from "./series-info.js";
import type { SeriesNeeds } from "./series-needs.js";
import { reasonNot } from "./series-parts.js";
import type { SeriesWork } from "./series-work.js";
import { recallSlot } from "./slab.js";

/** What an archive has to know of its series. */
export interface ArchivedSeries {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  /** ms since 1970. */
  readonly begun: number;
  readonly maps: SeriesMaps;
  readonly frame: FrameShape | null;
  readonly work: SeriesWork | null;
  readonly ending: SeriesEnd | null;
}

export interface ArchiveRunOptions {
  readonly lane: ArchiveLane;
  readonly series: ArchivedSeries;
  readonly grid: ScanGrid;
  readonly needs: Pick<SeriesNeeds, "calibration" | "detector" | "denoise" | "memoryFull" | "pool" | "onCrash">;
  /** Configuration and versions: the same for all series. */
  readonly facts: object;
  /** Classes as they are known now; null: there are none. */
  readonly components: () => Promise<ComponentsView | null>;
}

/** Maps and provenance are written so often while the scan runs, classes so often; ms. */
const ROUND_MS = 2000;
const CLASSES_MS = 10_000;
/** Bytes of maps that are copied in one go, while the scan runs and after its end. */
const COPIED = 1 << 20;
const COPIED_LAST = 1 << 23;
/** Events of a series that are kept. */
const MOST_EVENTS = 4096;

/** What frames will be, as the stream says; null: it does not. */
const announced = ({ height, width, type }: SeriesBegin): FrameKind | null =>
  height === null || width === null || type === null ? null : { height, width, type };

/** The archive of one series on the main thread: hands on frames and patterns, and from time to time what has changed of everything else. */
export class ArchiveRun implements PatternArchive {
  readonly #o: ArchiveRunOptions;
  readonly #info: () => ArchiveInfo;
  #grid: ScanGrid;
  #copier: MapCopier;
  /** The round of maps that is under way; null: none. */
  #round: number | null = null;
  #nextRound = 0;
  #nextClasses = 0;
  /** Questions about classes, and answers to them. */
  #asked = 0;
  #answered = 0;
  #about: ArchiveAbout | null = null;
  #signature = "";
  readonly #events: LogEvent[] = [];
  #eventsLeftOut = 0;
  #last: "no" | "classes" | "maps" | "told" = "no";
  #done: (() => void) | null = null;

  constructor(o: ArchiveRunOptions) {
    const { lane, series, grid } = o;
    this.#o = o;
    this.#grid = grid;
    this.#copier = new MapCopier(series.maps);
    const { flatfield: _, ...begin } = series.begin;
    const begun = new Date(series.begun).toISOString();
    this.#info = lane.open(
      { kind: "open", series: series.number, id: series.id, begin, begun, grid },
      { id: series.id, ended: () => this.#ended(), event: (e) => this.#note(e) },
    );
  }

  get info(): ArchiveInfo {
    return this.#info();
  }
  get #writing(): boolean {
    return this.info.state === "writing";
  }

  #note(e: LogEvent): void {
    if (this.#events.length < MOST_EVENTS) this.#events.push(e);
    else this.#eventsLeftOut++;
  }

  /** Frames have come; they are held still. */
  frames(m: ReceivedFrames): void {
    if (!this.#writing) return;
    const { lane, series } = this.#o;
    lane.frames(series.number, m);
    if (lane.tooSlow) lane.stop(series.number, TOO_SLOW);
  }

  /** Another grid. What was given of the one before is void. */
  layout(grid: ScanGrid): void {
    if (!this.#writing) return;
    this.#grid = grid;
    this.#copier = new MapCopier(this.#o.series.maps);
    [this.#last, this.#done, this.#round] = ["no", null, null];
    this.#o.lane.tell({ kind: "layout", series: this.#o.series.number, grid });
  }

  get ready(): boolean {
    return !this.#writing || this.#o.lane.ready;
  }

  patterns(row: number, columns: readonly number[], patterns: readonly (Float32Array | null)[], final: boolean): void {
    if (!this.#writing) return;
    this.describe();
    const bytes = patterns.reduce((n, p) => n + (p?.byteLength ?? 0), 0);
    this.#o.lane.tell({ kind: "patterns", series: this.#o.series.number, row, columns, patterns, final, bytes });
  }

  async recall(images: readonly number[]): Promise<RecalledFrames> {
    const { lane, series, needs } = this.#o;
    const found = this.#writing ? await lane.recall(series.number, images) : null;
    const frames = new Map<number, Int32Array>();
    if (!found) return frames;
    const slot = recallSlot(series.number);
    needs.pool.adopt(slot, found.buffer);
    for (const [i, image] of images.entries()) {
      const [offset, length] = [found.offset[i] as number, found.length[i] as number];
      if (length >= 0) frames.set(image, Int32Array.of(slot, 0, offset, length));
    }
    return frames;
  }

  forget(): void {
    this.#o.needs.pool.adopt(recallSlot(this.#o.series.number), new SharedArrayBuffer(0));
  }

  /** Does what is due; every tick. A disk that does not keep up must not keep frames from coming. */
  advance(): void {
    if (!this.#writing) return;
    const trouble = this.#o.lane.trouble(this.#o.needs.memoryFull());
    if (trouble !== null) {
      this.#o.lane.stop(this.#o.series.number, trouble);
      return;
    }
    const now = performance.now();
    if (this.#last === "no") {
      if (this.#round === null && now >= this.#nextRound) this.#round = now;
      if (this.#round !== null && this.#copy(COPIED)) {
        this.#round = null;
        this.#nextRound = now + ROUND_MS;
        this.describe();
        this.#provenance();
      }
      if (now >= this.#nextClasses && this.#answered === this.#asked) {
        this.#nextClasses = now + CLASSES_MS;
        this.#classes();
      }
    }
    if (this.#last === "maps" && this.#copy(COPIED_LAST)) this.#tellAll();
  }

  /** Maps that have changed; true: that was the rest. */
  #copy(most: number): boolean {
    const { lane, series } = this.#o;
    for (let bytes = 0; bytes < most; ) {
      if (!lane.ready) return false;
      const rows = this.#copier.next();
      if (!rows) return true;
      bytes += rows.value.byteLength;
      lane.tell({ kind: "map", series: series.number, ...rows });
    }
    return false;
  }

  /** What patterns are, once that is known, and when it has changed. */
  describe(): void {
    const { lane, series, needs } = this.#o;
    const { work, begin } = series;
    const frame = series.frame ?? announced(begin);
    if (!frame) return;
    const { height, width, type } = frame;
    const raw = needs.denoise === "off" || reasonNot({ frame }) !== null;
    const beam = work?.measures.known.beam ?? null;
    const known = { raw, beam: beam && { row: beam.row, col: beam.col } };
    const signature = JSON.stringify([known, this.#grid.step, height, width, type]);
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.#about = archiveAbout({ begin, frame, grid: this.#grid, ...known }, lane.bin, needs);
    lane.tell({ kind: "about", series: series.number, about: this.#about });
  }

  #classes(): void {
    const { components, needs, lane, series } = this.#o;
    const question = ++this.#asked;
    components()
      .then((view) => {
        this.#answered = question;
        if (!this.#writing) return;
        if (view && this.#about) {
          const { polar, inner, outer, ...rest } = view;
          const text = JSON.stringify(rest);
          lane.tell({ kind: "components", series: series.number, text, polar, count: view.components.length, inner, outer });
        }
        if (this.#last !== "classes" || question !== this.#asked) return;
        this.#last = "maps";
        if (this.#copy(COPIED_LAST)) this.#tellAll();
      })
      .catch(needs.onCrash);
  }

  #provenance(): void {
    const { lane, series, facts } = this.#o;
    const { maps, ending } = series;
    const info: SeriesInfo = maps.info();
    const over = ending === null ? {} : { state: ending.normal ? ("finished" as const) : ("aborted" as const) };
    const { archive: _, ...told } = { ...info, ...(this.#last === "no" ? {} : over) };
    const text = JSON.stringify({
      provenance: {
        ...facts,
        series: told,
        events: this.#events,
        events_left_out: this.#eventsLeftOut,
        complete: this.#last !== "no",
        written: new Date().toISOString(),
      },
    });
    lane.tell({ kind: "provenance", series: series.number, text });
  }

  #tellAll(): void {
    const { lane, series } = this.#o;
    this.#last = "told";
    this.describe();
    lane.tell({ kind: "layers", series: series.number, names: series.maps.layers().map((l) => l.name) });
    this.#provenance();
    lane.tell({ kind: "finish", series: series.number });
  }

  /** Nothing will change any more: writes the rest, then calls back. False: nothing is open. */
  finish(done: () => void): boolean {
    if (!this.#writing) return false;
    this.#done = done;
    if (this.#last !== "no") return true;
    this.#last = "classes";
    this.describe();
    this.#classes();
    return true;
  }

  #ended(): void {
    const done = this.#done;
    this.#done = null;
    done?.();
  }

  /** The series is no longer kept. */
  drop(): void {
    if (this.#writing) this.#o.lane.stop(this.#o.series.number, "the series is no longer kept");
  }
}
