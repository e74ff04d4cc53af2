import type { ClustersView, ComponentChange, ComponentsView, Explanation } from "../core/components.js";
import { type DenoiseStats, NOT_DENOISED } from "../core/denoise.js";
import type { SeriesBegin } from "../core/detector.js";
import { Fault } from "../core/fault.js";
import { type FrameShape, sameFrame } from "../core/frame.js";
import { FRAME_STATUS, layerSpec } from "../core/map-layer.js";
import { BEYOND, imagesOf, imagesPerLine, MAX_IMAGES, MAX_POSITIONS, MAX_SCAN_SIDE } from "../core/scan.js";
import type { SeriesChurn, SeriesState } from "../core/series.js";
import type { FramesAbout, Image, KeptRow, PatternAnswer, PatternKind, SummaryKind } from "../core/sink.js";
import { DECODE_ERRORS } from "../kernels/pixel-lane.js";
import type { MapStore, SeriesMaps } from "../maps/store.js";
import { explanationOf, viewOf } from "./component-book.js";
import type { ComponentRun } from "./component-run.js";
import { copyValues } from "./copy-values.js";
import type { DenoiseRun } from "./denoise-run.js";
import { type EndKind, endReason } from "./ending.js";
import { CAME } from "./image-index.js";
import { keptRow } from "./kept-frames.js";
import { mapBytes } from "./map-memory.js";
import type { MeasureRun, Waiting } from "./measure-run.js";
import type { IngestMessage, ReceivedFrames } from "./messages.js";
import { eachImage, laneSeries, openWork, type SeriesWork } from "./open-measures.js";
import { clientsSharing } from "./regular-loss.js";
import { ScanMap } from "./scan-map.js";
import { isCount, MAX_GUESS, planScan } from "./scan-plan.js";
import { SeriesAccount } from "./series-account.js";
import { describeSeries, type SeriesEnd } from "./series-info.js";
import type { SeriesNeeds } from "./series-needs.js";
import { patternOf, summaryOf } from "./series-questions.js";
import { REF } from "./slab.js";

const STATUS = layerSpec("frame_status");
/** Of the maps of a large scan, with each batch of frames: some 0.2 ms. */
const LAY_OUT_BYTES = 1 << 18;

/** One series from its begin to the end of its last frame: places, counts, hands on. */
export class SeriesRun {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  readonly maps: SeriesMaps;
  readonly account: SeriesAccount;
  /** ms since 1970. */
  readonly begun: number;
  readonly #n: SeriesNeeds;
  #map: ScanMap;
  #work: SeriesWork | null = null;
  #frame: FrameShape | null = null;
  #end: SeriesEnd | null = null;
  #over = false;
  #stalled: string | null = null;
  #newestRow = -1;
  /** Lost images that the metrics know of. */
  #lostTold = 0;
  #revisionBase = 0;
  /** Of the newest layout; -1: the lanes have not heard of the series. */
  #maskVersion = -1;
  /** ms of the last message of this series. */
  lastMessage: number;
  readonly #received = (): number => this.lastMessage;

  constructor(id: string, number: number, begin: SeriesBegin, at: number, store: MapStore, n: SeriesNeeds) {
    this.id = id;
    this.number = number;
    this.begin = begin;
    this.begun = at;
    this.lastMessage = at;
    this.#n = n;
    this.#map = new ScanMap(planScan(n.scan, begin, null));
    this.account = new SeriesAccount(this.#map.plan.expected, n.indexShelf);
    this.maps = store.add(id, this.#map.grid.rows, this.#map.grid.columns, () => describeSeries(this, this.#n));
    this.#notes();
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
    return mapBytes(this.#map.grid);
  }
  get plan(): ScanMap["plan"] {
    return this.#map.plan;
  }
  get work(): MeasureRun | null {
    return this.#run;
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
    return this.#newestRow;
  }
  /** Frames received and not on a map. */
  get queued(): number {
    return this.#run?.queued ?? 0;
  }
  /** What was put off; null: no frame has come. */
  get waiting(): Waiting | null {
    return this.#run?.waiting ?? null;
  }
  get lagRows(): number {
    return this.#run ? Math.max(0, this.#run.closedLines - this.#run.finishedLines) : 0;
  }
  get state(): SeriesState {
    if (this.#over) return this.#end?.normal ? "finished" : "aborted";
    if (this.#end) return "catching_up";
    if (this.#stalled) return "stalled";
    return this.account.received === 0 ? "waiting" : "live";
  }

  #notes(): void {
    const { grid, from, notes } = this.#map.plan;
    for (const note of notes) this.#n.tell("warn", "scan-contradiction", note, this.id);
    if (from === "guess")
      this.#n.tell("warn", "shape-guessed", `the scan shape is not known: ${grid.rows} x ${grid.columns} is a guess`, this.id);
  }

  frames(m: ReceivedFrames): void {
    this.lastMessage = m.at;
    this.#stalled = null;
    for (let i = 0; i < m.count; i++) if (!this.#one(m, i)) this.#n.slab.release(m.ref[i * REF.width + REF.slot] as number);
    this.maps.layOut(LAY_OUT_BYTES);
    this.#run?.advance();
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
    if (this.#growing && image >= imagesOf(this.plan.grid) && image < MAX_GUESS) this.#replace(null, 2 * image);
    const late = image < a.highest;
    a.images.add(image, m.ref, i * REF.width, shape, m.complete[i] !== 0);
    const at = this.#place(image, true, true);
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

  /** Counts an image at its place and, if its frame is held, queues it. Its scan index, or SKIPPED or BEYOND. */
  #place(image: number, held: boolean, live: boolean): number {
    const a = this.account;
    const at = this.#map.at(image);
    if (at === BEYOND) {
      a.beyond++;
      return at;
    }
    if (image > a.highest) a.highest = image;
    const run = this.#run ?? this.#startRun();
    const line = this.#map.line(image);
    if (live && line >= 0 && line < run.closedLines && a.lostSoFar > 0) a.lostSoFar--;
    if (at < 0) {
      a.skipped++;
      run.pass(line);
      return at;
    }
    const kind = a.images.kind(image);
    if (kind === CAME.undecodable) a.malformedPixels++;
    else {
      a.placed++;
      this.#map.show(at, image);
    }
    this.#mark(at, kind === CAME.whole ? FRAME_STATUS.received : FRAME_STATUS.malformed);
    this.#newestRow = Math.max(this.#newestRow, Math.floor(at / this.#map.grid.columns));
    if (held) run.queue(image, line, live ? this.#received : null);
    else run.pass(line);
    return at;
  }

  /** Of several frames of one position a bad one shows, whichever came first. */
  #mark(at: number, status: number): void {
    const several = this.plan.grid.framesPerPosition > 1;
    if (several && this.maps.open(STATUS).value[at] === FRAME_STATUS.malformed) return;
    this.#status(at, status);
  }

  #status(at: number, status: number): void {
    const layer = this.maps.open(STATUS);
    this.maps.prepare(at);
    layer.value[at] = status;
    this.maps.touch(layer, at, this.#revisionBase + 1);
  }

  /** Messages of this series that made no frame. */
  malformed(m: Extract<IngestMessage, { kind: "malformed" }>, at: number): void {
    this.lastMessage = at;
    const a = this.account;
    a.received += m.count;
    a.malformedMessages += m.count;
    this.#stalled = null;
    for (const image of m.images)
      if (image < this.#indexed && this.#map.at(image) !== BEYOND && a.images.damaged(image)) this.#placeDamaged(image);
    this.#run?.advance();
    this.maps.commit();
  }

  /** An image of which only a damaged message came: drawn, and counted for its line. */
  #placeDamaged(image: number): void {
    const at = this.#map.at(image);
    if (at === BEYOND) return;
    if (image > this.account.highest) this.account.highest = image;
    if (at >= 0) this.#mark(at, FRAME_STATUS.malformed);
    const line = this.#map.line(image);
    if (this.#run && line >= 0 && line < this.#run.closedLines && this.account.lostSoFar > 0) this.account.lostSoFar--;
    // Before the first frame nothing is known of the frames: the lines begin with it.
    this.#run?.pass(line);
  }

  get #run(): MeasureRun | null {
    return this.#work?.measures ?? null;
  }
  get #denoise(): DenoiseRun | null {
    const denoise = this.#work?.denoise;
    return typeof denoise === "object" ? denoise : null;
  }
  get #notDenoised(): string {
    const denoise = this.#work?.denoise;
    return typeof denoise === "string" ? denoise : "no frame has come";
  }
  /** The model that its patterns are made with last. */
  get model(): Uint8Array | "none" {
    return this.#denoise?.model ?? "none";
  }
  /** What it is denoised with. */
  get denoising(): DenoiseStats {
    return this.#denoise?.stats ?? NOT_DENOISED;
  }
  /** Positions of complete rows that wait for their neighbours, or for the lane. */
  get refining(): number {
    return this.#denoise?.waiting ?? 0;
  }

  get #components(): ComponentRun | null {
    const components = this.#work?.components;
    return typeof components === "object" ? components : null;
  }
  /** Positions of complete rows without a class. */
  get classifying(): number {
    return this.#components?.waiting ?? 0;
  }

  /** How much of what is shown of classes and grains is corrected. */
  get churn(): SeriesChurn | null {
    return this.#components?.churn ?? null;
  }

  /** Nothing of it is to be classified any more. */
  get classified(): boolean {
    return this.#components?.over ?? this.#work !== null;
  }
  /** What nobody has asked for is left. */
  cutPatterns(): void {
    this.#denoise?.cut();
  }
  /** Newer series wait for their classes and patterns. */
  cut(): void {
    this.#components?.cut();
    this.cutPatterns();
  }

  /** What finds its components, or why nothing does. */
  get #finder(): ComponentRun | { readonly off: string } {
    const components = this.#work?.components ?? "no frame has come";
    return typeof components === "string" ? { off: components } : components;
  }

  /** Classes and grains as they are known now; off: why there are none. */
  async components(): Promise<ComponentsView | { readonly off: string }> {
    const finder = this.#finder;
    return "off" in finder ? finder : viewOf(await finder.facts(), this.#n.componentBook);
  }

  async clusters(distance: number): Promise<ClustersView | { readonly off: string }> {
    const finder = this.#finder;
    return "off" in finder ? finder : finder.clusters(distance);
  }

  /** Which components explain the frame of a position. "none": it has no class yet. */
  async explanation(row: number, column: number): Promise<Explanation | "none" | { readonly off: string }> {
    const finder = this.#finder;
    if ("off" in finder) return finder;
    const found = await finder.explain(row, column);
    return found ? explanationOf(found, row, column) : "none";
  }

  async #match(row: number, column: number): Promise<PatternAnswer> {
    const finder = this.#finder;
    return "off" in finder ? finder : ((await finder.match(row, column)) ?? "none");
  }

  async changeComponent(id: number, change: ComponentChange): Promise<"done" | "none"> {
    const components = this.#components;
    if (!components || !(await components.facts()).classes.some((c) => c.id === id)) return "none";
    this.#n.componentBook.change(id, change);
    if (change.frozen !== undefined) await components.freeze(id, change.frozen);
    return "done";
  }

  async joinComponents(ids: readonly number[]): Promise<"done" | "none"> {
    const components = this.#components;
    if (!components) return "none";
    const { classes } = await components.facts();
    if (!ids.every((id) => classes.some((c) => c.id === id))) return "none";
    await components.join(ids);
    return "done";
  }

  #startRun(): MeasureRun {
    if (this.#maskVersion < 0)
      this.#n.pool.askAll("open", laneSeries(this.number, this.#frame as FrameShape, this.begin, this.#n)).catch(this.#n.onCrash);
    this.#maskVersion++;
    this.#work = openWork({
      id: this.id,
      number: this.number,
      begin: this.begin,
      frame: this.#frame as FrameShape,
      map: this.#map,
      maps: this.maps,
      images: this.account.images,
      maskVersion: this.#maskVersion,
      revisionBase: this.#revisionBase,
      needs: this.#n,
      onDamaged: (image, at, code) => this.#damaged(image, at, code),
      onClosed: (line) => this.#lineClosed(line),
      onIdle: () => this.#finish(),
    });
    return this.#work.measures;
  }

  #damaged(image: number, at: number, code: number): void {
    const reason = DECODE_ERRORS[code] ?? "corrupt";
    this.account.placed--;
    this.account.malformedPixels++;
    this.account.images.undecodable(image);
    this.#status(at, FRAME_STATUS.malformed);
    this.#n.onMalformed(reason);
    this.#n.event("warn", "malformed-frame", `${reason}: the pixels of image ${image} could not be decoded`, this.id);
  }

  /** Images of a closed line that did not come are drawn as lost. */
  #lineClosed(line: number): void {
    const { grid, expected } = this.#map.plan;
    const { images } = this.account;
    const first = grid.skipStart + line * imagesPerLine(grid);
    // After an abort what was never sent is not lost.
    const aborted = this.#end !== null && !this.#end.normal;
    const open = aborted || expected === null || this.#growing;
    const last = Math.min(
      first + imagesPerLine(grid),
      expected ?? Number.POSITIVE_INFINITY,
      open ? this.account.highest + 1 : Number.POSITIVE_INFINITY,
    );
    const { count } = images.missing(first, last);
    if (count === 0) return;
    this.account.lostSoFar += count;
    this.#n.event("warn", "frames-lost", `${count} images of line ${line} have not come`, this.id);
    const clients = clientsSharing(images, first, last);
    if (clients > 1)
      this.#n.event(
        "error",
        "second-client",
        `every ${clients}${clients === 2 ? "nd" : clients === 3 ? "rd" : "th"} image is all that comes: is another program connected to the detector's stream?`,
        this.id,
      );
    const status = this.maps.open(STATUS).value;
    for (let image = first; image < last; image++) {
      const at = this.#map.at(image);
      // One lost frame of several shows.
      const bare = status[at] === FRAME_STATUS.notYet || (grid.framesPerPosition > 1 && status[at] === FRAME_STATUS.received);
      if (at >= 0 && images.kind(image) === CAME.never && bare) this.#status(at, FRAME_STATUS.lost);
    }
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
    if (this.#growing && highest >= 0 && highest < MAX_GUESS) this.#fit(highest + 1);
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
    if (this.#run) this.#run.end();
    else this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#n.onOver(this.id);
    this.maps.commit();
  }

  #dispose(): void {
    this.#run?.dispose();
    this.#denoise?.dispose();
    this.#components?.dispose();
  }

  /** No longer kept: frames that still wait are let go. */
  drop(): void {
    this.#dispose();
    if (this.#denoise) this.#n.pool.askDenoiser("denoiseClose", { series: this.number }).catch(this.#n.onCrash);
    if (this.#components) this.#n.pool.askComponents("componentClose", { series: this.number }).catch(this.#n.onCrash);
    this.#over = true;
    this.account.images.release();
  }

  /** Memory is full and nothing moves; true: an incomplete line is worked on without its missing images. */
  force(): boolean {
    return this.#run?.force() ?? false;
  }

  /** Does what can be done by now. */
  advance(): void {
    this.maps.layOut(8 * LAY_OUT_BYTES);
    this.#run?.advance();
    this.#denoise?.advance();
    this.#components?.advance();
  }

  /** The grid is a guess without a count: none was told, or one that is no count. */
  get #growing(): boolean {
    const { from, expected } = this.plan;
    return from === "guess" && !isCount(expected);
  }

  /** Lays the kept frames out on another grid. Faults: bad-usage. */
  reshape(rows: number, columns: number): void {
    if (
      !Number.isInteger(rows) ||
      !Number.isInteger(columns) ||
      rows < 1 ||
      columns < 1 ||
      rows * columns > MAX_POSITIONS ||
      Math.max(rows, columns) > MAX_SCAN_SIDE
    )
      throw new Fault("bad-usage", "shape", `shape must be two whole numbers >= 1 with at most ${MAX_POSITIONS} positions`);
    this.#n.event("info", "reshaped", `the scan is laid out as ${rows} x ${columns} by the operator`, this.id);
    this.#replace([rows, columns]);
    this.#run?.advance();
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
    const n = this.#n;
    const { images } = this.account;
    const old = { map: this.#map, layers: this.maps.layers() };
    // Held before the old layout lets go, so that nothing is recycled in between.
    const ref = new Int32Array(REF.width);
    const held = new Uint8Array(images.end);
    images.each((image) => {
      if (images.ref(image, ref, 0) && n.slab.hold(ref[REF.slot] as number, ref[REF.serial] as number)) held[image] = 1;
    });
    this.#maskVersion = this.#run?.maskVersion ?? this.#maskVersion;
    this.#dispose();
    this.#work = null;
    this.#map = new ScanMap(planScan(n.scan, this.begin, operator, seen));
    this.#newestRow = -1;
    this.#revisionBase = this.maps.reshape(this.#map.grid.rows, this.#map.grid.columns);
    this.account.replace(this.plan.expected);
    this.#notes();
    let gone = 0;
    images.each((image) => {
      if (!images.has(image)) {
        this.#placeDamaged(image);
        return;
      }
      const usable = held[image] === 1 && images.kind(image) !== CAME.undecodable;
      const at = this.#place(image, usable, false);
      if (held[image] === 1 && (at < 0 || !usable)) {
        images.ref(image, ref, 0);
        n.slab.release(ref[REF.slot] as number);
      } else if (at >= 0 && held[image] === 0) {
        gone++;
        copyValues(old.layers, old.map.at(image), this.maps, at, this.#revisionBase + 1);
      }
    });
    if (gone > 0) n.event("warn", "frames-gone", `${gone} frames are no longer kept: their values were carried over as they were`, this.id);
  }

  /** How its frames are to be read. */
  framesAbout(): FramesAbout | "none" {
    if (!this.#frame) return "none";
    const { height, width, type, low, high } = laneSeries(this.number, this.#frame, this.begin, this.#n);
    const { rows, columns } = this.#map.grid;
    const masked = Array.from(this.#run?.mask ?? [], (m, p) => (m !== 0 ? p : -1)).filter((p) => p >= 0);
    return { series: this.id, rows, columns, height, width, type, low, high, masked };
  }

  keptRow(row: number, from: number): KeptRow | "none" {
    if (!this.#frame) return "none";
    const [map, { images }, { slab }] = [this.#map, this.account, this.#n];
    const visitEach = (at: number, visit: (image: number) => void): void => eachImage({ map, images }, at, visit);
    const ref = (image: number, out: Int32Array, at: number): boolean => images.ref(image, out, at);
    return keptRow({ columns: map.grid.columns, slab, eachImage: visitEach, ref, shape: (image) => images.shape(image) }, row, from);
  }

  /** Frame of a position. */
  async pattern(row: number, column: number, kind: PatternKind = "raw"): Promise<PatternAnswer> {
    const image = this.#map.imageAt(row, column);
    if (image < 0) return "none";
    if (kind === "denoised" || kind === "polar_denoised") return this.#denoise?.pattern(row, column, kind) ?? { off: this.#notDenoised };
    if (kind === "match") return this.#match(row, column);
    if (kind === "raw") return patternOf(image, this.account.images, this.#n, null);
    const radius = this.#run?.beam?.radius;
    const centre = this.maps.layer("centre")?.value.subarray(2 * (row * this.#map.grid.columns + column));
    if (radius === undefined || !centre || Number.isNaN(centre[0])) return "none";
    const beam = { series: this.number, row: centre[0] as number, col: centre[1] as number, radius };
    return patternOf(image, this.account.images, this.#n, beam);
  }

  async summary(kind: SummaryKind): Promise<Image | "none"> {
    return this.#frame === null ? "none" : summaryOf(this.number, this.#frame, kind, this.#run?.mask ?? null, this.#n.pool);
  }
}
