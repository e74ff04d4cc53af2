import type { ArchiveInfo } from "../core/archive.js";
import type { SeriesBegin } from "../core/detector.js";
import { type FrameShape, sameFrame } from "../core/frame.js";
import { BEYOND, imagesOf, MAX_IMAGES } from "../core/scan.js";
import type { SeriesState } from "../core/series.js";
import type { MapStore, SeriesMaps } from "../maps/store.js";
import { ArchiveRun } from "./archive-run.js";
import { type EndKind, endReason } from "./ending.js";
import { mapBytes } from "./map-memory.js";
import type { IngestMessage, ReceivedFrames } from "./messages.js";
import { Placement } from "./placement.js";
import { holdAll, placeAgain } from "./relayout.js";
import type { ScanMap } from "./scan-map.js";
import { checkShape, isCount, isGrowing, MAX_GUESS, planScan, type ScanPlan } from "./scan-plan.js";
import { SeriesAccount } from "./series-account.js";
import { describeSeries, type SeriesEnd } from "./series-info.js";
import type { SeriesArchives, SeriesNeeds } from "./series-needs.js";
import type { SeriesWork } from "./series-work.js";
import { REF } from "./slab.js";

/** Of the maps of a large scan, with each batch of frames: some 0.2 ms. */
const LAY_OUT_BYTES = 1 << 18;

/** One series from its begin to the end of its last frame: what comes is counted and handed on. */
export class SeriesRun {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  readonly maps: SeriesMaps;
  readonly account: SeriesAccount;
  /** ms since 1970. */
  readonly begun: number;
  readonly #n: SeriesNeeds;
  readonly #archive: ArchiveRun | null;
  #placement: Placement;
  #frame: FrameShape | null = null;
  #end: SeriesEnd | null = null;
  #over = false;
  #stalled: string | null = null;
  /** Lost images that the metrics know of. */
  #lostTold = 0;
  /** ms of the last message of this series. */
  lastMessage: number;

  constructor(id: string, number: number, begin: SeriesBegin, at: number, store: MapStore, n: SeriesNeeds) {
    this.id = id;
    this.number = number;
    this.begin = begin;
    this.begun = at;
    this.lastMessage = at;
    this.#n = n;
    const plan = planScan(n.scan, begin, null);
    this.account = new SeriesAccount(plan.expected, n.indexShelf);
    this.maps = store.add(id, plan.grid.rows, plan.grid.columns, () => describeSeries(this, this.#n));
    this.#archive = n.archive && this.#archived(n.archive, plan);
    this.#placement = this.#placed(plan, -1, 0);
    this.#archive?.describe();
    const { channel } = n;
    if (channel !== null && begin.channel !== channel)
      n.tell(
        "error",
        "channel-missing",
        `channel ${channel} is not in the stream (${begin.channels.join(", ")}): ${begin.channel} drives the maps`,
        id,
      );
  }

  /** Bytes of its maps. */
  get mapBytes(): number {
    return mapBytes(this.plan.grid);
  }
  /** And of what lanes know of it. */
  get bytes(): number {
    return this.mapBytes + (this.work?.bytes ?? 0);
  }
  get map(): ScanMap {
    return this.#placement.map;
  }
  get plan(): ScanPlan {
    return this.map.plan;
  }
  /** What is done with its frames; null: none has come. */
  get work(): SeriesWork | null {
    return this.#placement.work;
  }
  get frame(): FrameShape | null {
    return this.#frame;
  }
  get ending(): SeriesEnd | null {
    return this.#end;
  }
  get stalled(): string | null {
    return this.#stalled;
  }
  get over(): boolean {
    return this.#over;
  }
  get newestRow(): number {
    return this.#placement.newestRow;
  }
  /** How its archive stands; null: it has none. */
  get archive(): ArchiveInfo | null {
    return this.#archive?.info ?? null;
  }
  /** Frames received and not on a map. */
  get queued(): number {
    return this.work?.measures.queued ?? 0;
  }
  get state(): SeriesState {
    if (this.#over) return this.#end?.normal ? "finished" : "aborted";
    if (this.#end) return "catching_up";
    if (this.#stalled) return "stalled";
    return this.account.received === 0 ? "waiting" : "live";
  }

  #archived({ lane, facts, components }: SeriesArchives, { grid }: ScanPlan): ArchiveRun {
    return new ArchiveRun({ lane, series: this, grid, needs: this.#n, facts, components: () => components(this.id) });
  }

  /** On a grid of its own, of which people are told what is doubtful. */
  #placed(plan: ScanPlan, maskVersion: number, revisionBase: number): Placement {
    const { tell } = this.#n;
    const { grid, from, notes } = plan;
    for (const note of notes) tell("warn", "scan-contradiction", note, this.id);
    if (from === "guess") tell("warn", "shape-guessed", `the scan shape is not known: ${grid.rows} x ${grid.columns} is a guess`, this.id);
    return new Placement({
      series: this,
      plan,
      needs: this.#n,
      maskVersion,
      revisionBase,
      archive: this.#archive,
      onIdle: () => this.#finish(),
    });
  }

  frames(m: ReceivedFrames): void {
    this.lastMessage = m.at;
    this.#stalled = null;
    this.#archive?.frames(m);
    for (let i = 0; i < m.count; i++) if (!this.#one(m, i)) this.#n.slab.release(m.ref[i * REF.width + REF.slot] as number);
    this.maps.layOut(LAY_OUT_BYTES);
    this.work?.measures.advance();
    this.maps.commit();
  }

  /** Counts and places one frame; true: it is queued, and held. */
  #one(m: ReceivedFrames, i: number): boolean {
    const a = this.account;
    const told = m.image[i] as number;
    const shape = m.shapes[m.shape[i] as number] as FrameShape;
    a.received++;
    this.#frame ??= shape;
    if (!sameFrame(this.#frame, shape)) {
      a.malformedMessages++;
      this.#n.onMalformed("wrong-frame");
      return false;
    }
    if (told >= this.#indexed) {
      a.outside++;
      return false;
    }
    // A small integer from here on, of which nothing is made when it is handed over.
    const image = told | 0;
    if (a.images.has(image)) {
      a.duplicate++;
      return false;
    }
    if (isGrowing(this.plan) && image >= imagesOf(this.plan.grid) && image < MAX_GUESS) this.#replace(null, 2 * image);
    const late = image < a.highest;
    a.images.add(image, m.ref, i * REF.width, shape, m.complete[i] !== 0);
    const at = this.#placement.place(image, true, true);
    if (at < 0) return false;
    if (late) a.outOfOrder++;
    if (!m.complete[i]) {
      this.#n.onMalformed("incomplete");
      this.#n.event("warn", "incomplete-frame", `image ${image} is incomplete: the detector lost packets of it`, this.id);
    }
    return true;
  }

  /** Image numbers from here on are counted and not remembered: no grid of this series could have them. */
  get #indexed(): number {
    const { grid } = this.plan;
    return Math.min(MAX_IMAGES, Math.max(MAX_GUESS, imagesOf(grid), isCount(this.begin.expected) ? this.begin.expected : 0));
  }

  /** Messages of this series that made no frame. */
  malformed(m: Extract<IngestMessage, { kind: "malformed" }>, at: number): void {
    this.lastMessage = at;
    const a = this.account;
    a.received += m.count;
    a.malformedMessages += m.count;
    this.#stalled = null;
    for (const image of m.images)
      if (image < this.#indexed && this.map.at(image) !== BEYOND && a.images.damaged(image)) this.#placement.placeDamaged(image);
    this.work?.measures.advance();
    this.maps.commit();
  }

  /** No message for a while. */
  stall(reason: string): void {
    if (this.#stalled || this.#end) return;
    this.#stalled = reason;
    this.#n.event("warn", "stalled", reason, this.id);
    this.maps.commit();
  }

  end(how: EndKind, at: number): void {
    if (this.#end) return;
    const { highest } = this.account;
    // Nobody told the count: now it is known.
    if (isGrowing(this.plan) && highest >= 0 && highest < MAX_GUESS) this.#fit(highest + 1);
    this.#settle(how, at);
    this.maps.commit();
  }

  /** Closes the account, and lets the last frames come out. */
  #settle(how: EndKind, at: number): void {
    const implied = this.begin.implied;
    const normal = this.account.end(how, implied);
    this.#n.onLost(Math.max(0, this.account.account().lost - this.#lostTold));
    this.#lostTold = this.account.account().lost;
    this.#end = { how, at, normal, reason: endReason(this.account.facts(how, implied), normal) };
    if (this.work) this.work.measures.end();
    else this.#finish();
  }

  #finish(): void {
    if (this.#over || this.#archive?.finish(() => this.#finish())) return;
    this.#over = true;
    this.#n.onOver(this.id);
    this.maps.commit();
  }

  /** No longer kept: frames that still wait are let go, and the lanes forget the series. */
  drop(): void {
    this.work?.close();
    this.#archive?.drop();
    this.#over = true;
    this.account.images.release();
  }

  /** Memory is full and nothing moves; true: an incomplete line is worked on without its missing images. */
  force(): boolean {
    return this.work?.measures.force() ?? false;
  }

  /** Does what can be done by now. */
  advance(): void {
    this.maps.layOut(8 * LAY_OUT_BYTES);
    this.work?.advance();
    this.#archive?.advance();
  }

  /** Lays the kept frames out on another grid. Faults: bad-usage. */
  reshape(rows: number, columns: number): void {
    checkShape(rows, columns);
    this.#n.event("info", "reshaped", `the scan is laid out as ${rows} x ${columns} by the operator`, this.id);
    this.#replace([rows, columns]);
    this.work?.measures.advance();
    if (this.#end) {
      this.#over = false;
      this.#settle(this.#end.how, this.#end.at);
    }
    this.maps.commit();
  }

  /** The guess for a count that is known now, if it is another than the one in use. */
  #fit(images: number): void {
    const { grid } = planScan(this.#n.scan, this.begin, null, images);
    const { rows, columns } = this.plan.grid;
    if (grid.rows !== rows || grid.columns !== columns) this.#replace(null, images);
  }

  #replace(operator: readonly [number, number] | null, seen?: number): void {
    const { slab, scan, event } = this.#n;
    const { maps, account } = this;
    const { images } = account;
    const before = this.#placement;
    const from = { map: before.map, layers: maps.layers() };
    // Held before the old layout lets go, so that nothing is recycled in between.
    const held = holdAll(images, slab);
    before.work?.dispose();
    const plan = planScan(scan, this.begin, operator, seen);
    const revisionBase = maps.reshape(plan.grid.rows, plan.grid.columns);
    account.replace(plan.expected);
    this.#archive?.layout(plan.grid);
    this.#placement = this.#placed(plan, before.maskVersion, revisionBase);
    const gone = placeAgain({ images, held, slab, from, to: this.#placement, maps, revision: revisionBase + 1 });
    if (gone > 0) event("warn", "frames-gone", `${gone} frames are no longer kept: their values were carried over as they were`, this.id);
  }
}
