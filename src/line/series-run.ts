import type { SeriesBegin } from "../core/detector.js";
import { Fault } from "../core/fault.js";
import { type FrameShape, sameFrame } from "../core/frame.js";
import { FRAME_STATUS, layerSpec } from "../core/map-layer.js";
import { BEYOND, imagesOf, imagesPerLine, lineOf, place, positionsOf } from "../core/scan.js";
import type { SeriesInfo, SeriesState } from "../core/series.js";
import type { Image, SummaryKind } from "../core/sink.js";
import type { EventLevel } from "../core/wire.js";
import type { MapStore, SeriesMaps } from "../maps/store.js";
import { type EndKind, endReason } from "./ending.js";
import type { LanePool } from "./lane-pool.js";
import { MeasureRun } from "./measure-run.js";
import type { FramesMessage, IngestMessage, LaneResult, LaneSeries } from "./messages.js";
import { MAX_POSITIONS, planScan, type ScanPlan, type ScanSettings } from "./scan-plan.js";
import { SeriesAccount } from "./series-account.js";
import { countLimits, orientation } from "./series-options.js";
import { REF, type SlabReader } from "./slab.js";

/** What a series needs of the rest of the line. */
export interface SeriesNeeds {
  readonly pool: LanePool;
  readonly slab: SlabReader;
  readonly scan: ScanSettings;
  readonly detector: {
    readonly mask: { readonly height: number; readonly width: number; readonly pixels: Uint8Array } | null;
    readonly flipRows: boolean;
    readonly flipCols: boolean;
    readonly transpose: boolean;
  };
  readonly calibration: SeriesInfo["calibration"] & {
    readonly centre: { readonly row: number; readonly col: number } | null;
    readonly radius: number | null;
  };
  readonly source: string;
  readonly protocol: string;
  readonly event: (level: EventLevel, code: string, message: string, series: string) => void;
  readonly onLost: (frames: number) => void;
  readonly onLine: () => void;
  readonly onDamaged: (code: number) => void;
  readonly onDone: (r: LaneResult) => void;
  /** The account is closed, every frame is on the map. */
  readonly onOver: (s: SeriesRun) => void;
  readonly onCrash: (e: unknown) => void;
}

/** One series from its begin to the end of its last frame: places, counts, hands on. */
export class SeriesRun {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  readonly maps: SeriesMaps;
  readonly account: SeriesAccount;
  readonly begun: number;
  readonly #n: SeriesNeeds;
  #plan: ScanPlan;
  #run: MeasureRun | null = null;
  #frame: FrameShape | null = null;
  #imageAt: Int32Array;
  #end: { how: EndKind; at: number; normal: boolean; reason: string | null } | null = null;
  #over = false;
  #stalled: string | null = null;
  #newestRow = -1;
  #operator: readonly [number, number] | null = null;
  #revisionBase = 0;
  /** ms of the last message of this series. */
  lastMessage: number;

  constructor(
    id: string,
    number: number,
    begin: SeriesBegin,
    at: number,
    store: MapStore,
    n: SeriesNeeds,
    adopt: (dropped: readonly string[]) => void,
  ) {
    this.id = id;
    this.number = number;
    this.begin = begin;
    this.begun = at;
    this.lastMessage = at;
    this.#n = n;
    this.#plan = planScan(n.scan, begin, null);
    this.account = new SeriesAccount(this.#plan.expected);
    const { rows, columns } = this.#plan.grid;
    this.#imageAt = new Int32Array(rows * columns).fill(-1);
    const { maps, dropped } = store.add(id, rows, columns, () => this.#describe());
    this.maps = maps;
    adopt(dropped);
    this.#notes();
  }

  get plan(): ScanPlan {
    return this.#plan;
  }
  get ended(): boolean {
    return this.#end !== null;
  }
  get over(): boolean {
    return this.#over;
  }
  /** Frames received and not on a map. */
  get queued(): number {
    return this.#run?.queued ?? 0;
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
    const { grid, from, notes } = this.#plan;
    for (const note of notes) this.#n.event("warn", "scan-contradiction", note, this.id);
    if (from === "guess")
      this.#n.event("warn", "shape-guessed", `the scan shape is not known: ${grid.rows} x ${grid.columns} is a guess`, this.id);
  }

  frames(m: FramesMessage): void {
    this.lastMessage = m.at;
    this.#stalled = null;
    for (let i = 0; i < m.count; i++) this.#one(m, i);
    this.#run?.advance();
    this.maps.commit();
  }

  #one(m: FramesMessage, i: number): void {
    const a = this.account;
    const image = m.image[i] as number;
    const shape = m.shapes[m.shape[i] as number] as FrameShape;
    const slot = m.ref[i * REF.width + REF.slot] as number;
    a.received++;
    if (image < MAX_POSITIONS && a.images.has(image)) {
      a.duplicate++;
      this.#n.slab.release(slot);
      return;
    }
    this.#frame ??= shape;
    if (!sameFrame(this.#frame, shape)) {
      a.malformedMessages++;
      this.#n.slab.release(slot);
      return;
    }
    if (this.#mustGrow(image)) this.#grow(image);
    if (image >= MAX_POSITIONS) {
      a.beyond++;
      this.#n.slab.release(slot);
      return;
    }
    const late = image < a.images.highest;
    a.images.add(image, m.ref, i * REF.width, shape);
    const placed = this.#place(image, true);
    if (placed) {
      if (late) a.outOfOrder++;
      if (!m.complete[i]) {
        this.#status(this.#at(image), FRAME_STATUS.malformed);
        this.#n.event("warn", "incomplete-frame", `image ${image} is incomplete: the detector lost packets of it`, this.id);
      }
    } else this.#n.slab.release(slot);
  }

  /** Counts an image and, if it is on the map, queues its frame, which is held. */
  #place(image: number, live: boolean): boolean {
    const a = this.account;
    const { grid, expected } = this.#plan;
    const at = expected !== null && image >= expected ? BEYOND : place(grid, image);
    const run = this.#work();
    if (at === BEYOND) {
      a.beyond++;
      return false;
    }
    const line = lineOf(grid, image);
    if (live && line >= 0 && line < run.closedLines && a.lostSoFar > 0) a.lostSoFar--;
    if (at < 0) {
      a.skipped++;
      run.pass(line);
      return false;
    }
    a.placed++;
    if ((this.#imageAt[at] as number) < 0) this.#imageAt[at] = image;
    this.#status(at, FRAME_STATUS.received);
    this.#newestRow = Math.max(this.#newestRow, Math.floor(at / grid.columns));
    run.queue(image, line);
    return true;
  }

  #at(image: number): number {
    const { grid, expected } = this.#plan;
    return expected !== null && image >= expected ? BEYOND : place(grid, image);
  }

  #status(at: number, status: number): void {
    const layer = this.maps.open(layerSpec("frame_status"));
    layer.value[at] = status;
    this.maps.touch("frame_status", at, this.#revisionBase + 1);
  }

  /** Messages of this series that made no frame. */
  malformed(m: Extract<IngestMessage, { kind: "malformed" }>, at: number): void {
    this.lastMessage = at;
    const a = this.account;
    a.received += m.count;
    a.malformedMessages += m.count;
    for (const image of m.images) {
      if (image >= MAX_POSITIONS || (this.#plan.expected !== null && image >= this.#plan.expected) || a.images.has(image)) continue;
      a.images.damaged(image);
      const pos = this.#at(image);
      if (pos >= 0) this.#status(pos, FRAME_STATUS.malformed);
      if (pos !== BEYOND) this.#run?.pass(lineOf(this.#plan.grid, image));
    }
    this.#run?.advance();
    this.maps.commit();
  }

  /** The measures of this placement; begun with its first image. */
  #work(): MeasureRun {
    this.#run ??= this.#startRun();
    return this.#run;
  }

  #startRun(): MeasureRun {
    const n = this.#n;
    const frame = this.#frame as FrameShape;
    const limits = countLimits(frame.type, this.begin);
    const about: LaneSeries = {
      series: this.number,
      height: frame.height,
      width: frame.width,
      type: frame.type,
      low: limits.low,
      high: limits.high,
    };
    void n.pool.askAll("open", about).catch(n.onCrash);
    return new MeasureRun({
      about,
      grid: this.#plan.grid,
      maps: this.maps,
      pool: n.pool,
      slab: n.slab,
      source: {
        ref: (image, out, at) => this.account.images.ref(image, out, at),
        shape: (image) => this.account.images.shape(image),
        at: (image) => this.#at(image),
      },
      mask: this.#mask(frame),
      centre: n.calibration.centre,
      radius: n.calibration.radius,
      orient: orientation(n.detector),
      revisionBase: this.#revisionBase,
      onDamaged: (image, at, code) => {
        this.account.placed--;
        this.account.malformedPixels++;
        this.#status(at, FRAME_STATUS.malformed);
        n.onDamaged(code);
        n.event("warn", "malformed-frame", `image ${image} could not be decoded`, this.id);
      },
      onLine: (line, closedOnly) => (closedOnly ? this.#lineClosed(line) : n.onLine()),
      onDone: n.onDone,
      onNote: (code, message) => n.event(code === "beam-not-found" ? "warn" : "info", code, message, this.id),
      onIdle: () => this.#finish(),
      onCrash: n.onCrash,
    });
  }

  #mask(frame: FrameShape): Uint8Array | null {
    const given = this.#n.detector.mask;
    const stream = this.begin.mask;
    const size = frame.height * frame.width;
    if (given && (given.height !== frame.height || given.width !== frame.width)) {
      this.#n.event(
        "error",
        "mask-size",
        `the configured mask is ${given.height} x ${given.width}, the frames are ${frame.height} x ${frame.width}: it is not used`,
        this.id,
      );
    } else if (given && stream?.length === size) return given.pixels.map((v, p) => (v !== 0 || stream[p] !== 0 ? 1 : 0));
    else if (given) return given.pixels;
    return stream?.length === size ? stream : null;
  }

  /** Images of a closed line that did not come are drawn as lost. */
  #lineClosed(line: number): void {
    const { grid } = this.#plan;
    const perLine = imagesPerLine(grid);
    const first = grid.skipStart + line * perLine;
    const last = Math.min(
      first + perLine,
      this.#plan.expected ?? Number.POSITIVE_INFINITY,
      this.#end && !this.#end.normal ? this.account.images.highest + 1 : Number.POSITIVE_INFINITY,
    );
    const { count } = this.account.images.missing(first, last);
    if (count === 0) return;
    this.account.lostSoFar += count;
    this.#n.onLost(count);
    this.#n.event("warn", "frames-lost", `${count} images of line ${line} did not come`, this.id);
    for (let image = first; image < last; image++) {
      const at = place(grid, image);
      if (at >= 0 && !this.account.images.has(image) && this.maps.open(layerSpec("frame_status")).value[at] === FRAME_STATUS.notYet)
        this.#status(at, FRAME_STATUS.lost);
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
    const { highest } = this.account.images;
    // Nobody told the count: now it is known.
    if (this.#plan.from === "guess" && this.#plan.expected === null && highest >= 0)
      this.#replace(planScan(this.#n.scan, this.begin, null, highest + 1));
    this.#settle(how, at);
    this.maps.commit();
  }

  /** Closes the account, and lets the last frames come out. */
  #settle(how: EndKind, at: number): void {
    const implied = this.begin.implied;
    const normal = this.account.end(how, implied);
    this.#end = { how, at, normal, reason: endReason(this.account.facts(how, implied), normal) };
    if (this.#run) this.#run.end();
    else this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#n.onOver(this);
    this.maps.commit();
  }

  /** Memory is full and this series waits for a line to complete: go on without. */
  force(): void {
    this.#run?.force();
  }

  #mustGrow(image: number): boolean {
    return this.#plan.from === "guess" && this.#plan.expected === null && image >= imagesOf(this.#plan.grid) && image < MAX_POSITIONS;
  }

  #grow(image: number): void {
    this.#replace(planScan(this.#n.scan, this.begin, null, 2 * image));
  }

  /** Lays the kept frames out on another grid. Faults: bad-usage. */
  reshape(rows: number, columns: number): void {
    if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1 || rows * columns > MAX_POSITIONS)
      throw new Fault("bad-usage", "shape", `shape must be two whole numbers >= 1 with at most ${MAX_POSITIONS} positions`);
    this.#operator = [rows, columns];
    this.#n.event("info", "reshaped", `the scan is laid out as ${rows} x ${columns} by the operator`, this.id);
    this.#replace(planScan(this.#n.scan, this.begin, this.#operator));
    this.#run?.advance();
    if (this.#end) {
      this.#over = false;
      this.#settle(this.#end.how, this.#end.at);
    }
    this.maps.commit();
  }

  #replace(plan: ScanPlan): void {
    this.#run?.dispose();
    this.#run = null;
    this.#plan = plan;
    this.#revisionBase = this.maps.layers().reduce((r, l) => Math.max(r, l.maxRevision), this.#revisionBase);
    this.#imageAt = new Int32Array(positionsOf(plan.grid)).fill(-1);
    this.#newestRow = -1;
    this.maps.reshape(plan.grid.rows, plan.grid.columns);
    this.account.replace(plan.expected);
    this.#notes();
    void this.#n.pool.askAll("summary", { series: this.number, reset: true }).catch(this.#n.onCrash);
    const ref = new Int32Array(REF.width);
    let gone = 0;
    this.account.images.each((image) => {
      this.account.images.ref(image, ref, 0);
      const held = this.#n.slab.hold(ref[REF.slot] as number, ref[REF.serial] as number);
      if (!held) gone++;
      if (held ? !this.#place(image, false) : this.#placeGone(image)) this.#n.slab.release(ref[REF.slot] as number);
    });
    if (gone > 0) this.#n.event("warn", "frames-gone", `${gone} frames are no longer kept and stay empty on the new grid`, this.id);
  }

  /** Counts an image whose frame is no longer kept; never holds anything. */
  #placeGone(image: number): false {
    const at = this.#at(image);
    if (at === BEYOND) this.account.beyond++;
    else if (at < 0) this.account.skipped++;
    else {
      this.account.placed++;
      this.#status(at, FRAME_STATUS.received);
    }
    if (at !== BEYOND) this.#work().pass(lineOf(this.#plan.grid, image));
    return false;
  }

  async pattern(row: number, column: number): Promise<Image | "gone" | "none"> {
    const { grid } = this.#plan;
    const image = row < grid.rows && column < grid.columns ? (this.#imageAt[row * grid.columns + column] as number) : -1;
    if (image < 0) return "none";
    const ref = new Int32Array(REF.width);
    this.account.images.ref(image, ref, 0);
    const slot = ref[REF.slot] as number;
    if (!this.#n.slab.hold(slot, ref[REF.serial] as number)) return "gone";
    try {
      const found = await this.#n.pool.ask(image, "pattern", {
        slot,
        offset: ref[REF.offset] as number,
        length: ref[REF.length] as number,
        shape: this.account.images.shape(image),
      });
      return found ?? "none";
    } finally {
      this.#n.slab.release(slot);
    }
  }

  async summary(kind: SummaryKind): Promise<Image | "none"> {
    const frame = this.#frame;
    if (!frame) return "none";
    const parts = (await this.#n.pool.askAll("summary", { series: this.number, reset: false })).filter((p) => p !== null);
    if (parts.length === 0) return "none";
    return this.#n.pool.ask(0, "image", { parts, height: frame.height, width: frame.width, kind, mask: this.#run?.mask ?? null });
  }

  #describe(): Omit<SeriesInfo, "layers" | "seq"> {
    const { grid, from } = this.#plan;
    const beam = this.#run?.beam ?? null;
    return {
      id: this.id,
      source: this.#n.source,
      protocol: this.#n.protocol,
      wire_series: this.begin.wireSeries,
      wire_unique_id: this.begin.wireUniqueId,
      parent: this.begin.scan.parent ?? null,
      state: this.state,
      reason: this.#end ? this.#end.reason : this.#stalled,
      shape: [grid.rows, grid.columns],
      shape_from: from,
      frames: this.account.account(),
      order: grid.order,
      step_nm: grid.step > 0 ? grid.step : null,
      frame_shape: this.#frame ? [this.#frame.height, this.#frame.width] : null,
      frame_type: this.#frame?.type ?? null,
      channel: this.begin.channel,
      begun: new Date(this.begun).toISOString(),
      ended: this.#end ? new Date(this.#end.at).toISOString() : null,
      newest_row: this.#newestRow,
      settled_rows: this.#settledRows(),
      hot_pixels: this.#run?.hotPixels ?? 0,
      beam: beam ? { row: beam.row, col: beam.col, radius: beam.radius } : null,
      calibration: { pixel_size_inv_angstrom: this.#n.calibration.pixel_size_inv_angstrom, energy_kev: this.#n.calibration.energy_kev },
    };
  }

  #settledRows(): number {
    if (!this.#run) return 0;
    if (this.#plan.grid.order === "positions") return this.#over ? this.#plan.grid.rows : 0;
    return this.#over && this.#end?.normal ? this.#plan.grid.rows : this.#run.finishedLines;
  }
}
