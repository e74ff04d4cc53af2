import { availableParallelism } from "node:os";
import type { Config } from "../config/index.js";
import type { LineView } from "../core/sink.js";
import type { Stats } from "../core/wire.js";
import { MapStore } from "../maps/store.js";
import type { Log } from "../telemetry/logger.js";
import type { Metrics } from "../telemetry/metrics.js";
import { aBatch, type Batch } from "./batch.js";
import { ComponentBook } from "./component-book.js";
import { createEventLog, type EventLogWriter } from "./event-log.js";
import { IndexShelf } from "./image-index.js";
import { openIngestLane, receiverOf } from "./ingest-lane.js";
import { LanePool } from "./lane-pool.js";
import { LibraryKeeper, loadLibrary } from "./library-keeper.js";
import { LineStats } from "./line-stats.js";
import { loadKernels } from "./load-kernels.js";
import { loadModel } from "./load-model.js";
import type { FramesMessage, IngestMessage } from "./messages.js";
import { PatternCache } from "./pattern-cache.js";
import type { ScanSettings } from "./scan-plan.js";
import { SeriesBook } from "./series-book.js";
import type { DetectorMask, SeriesNeeds } from "./series-needs.js";
import type { SeriesRun } from "./series-run.js";
import { REF, SlabReader, slabControl } from "./slab.js";

const MB = 1 << 20;
const TICK_MS = 50;
const SECOND_MS = 1000;
/** Memory is full and no lane has anything to do, so often in a row: only a line that is not waited for can help. */
const STUCK_TICKS = 2;

export interface LineOptions {
  readonly config: Config;
  /** Files that the configuration names, read. */
  readonly scan: ScanSettings;
  readonly mask: DetectorMask | null;
  /** Module of the ingest lane: it knows sockets and detectors, the line does not. */
  readonly ingest: URL;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Connected dashboards, for the statistics. */
  readonly clients?: () => number;
  /** Lanes run once before the first scan, which then need not wait for compilers. */
  readonly warm?: boolean;
}

export interface Line extends LineView {
  readonly maps: MapStore;
  /** The endpoint in use, with the port chosen by the system. */
  readonly endpoint: string;
  readonly ready: () => boolean;
  /** Hears of each series that is over. */
  onOver(listener: (s: SeriesRun) => void): void;
  /** The newest series, over or not. */
  newest(): SeriesRun | null;
  /** Rejects when a lane fails: a bug of ours. */
  readonly crashed: Promise<never>;
  /** Stops intake, finishes what was received, ends the lanes. */
  close(): Promise<void>;
}

/** What series need, from the configuration and the parts of the line. */
function needsOf(
  o: LineOptions,
  parts: Omit<
    SeriesNeeds,
    | "scan"
    | "denoise"
    | "patterns"
    | "mostComponents"
    | "mostLag"
    | "source"
    | "protocol"
    | "channel"
    | "detector"
    | "calibration"
    | "onLost"
    | "onRow"
    | "onMalformed"
  >,
): SeriesNeeds {
  const { config, metrics } = o;
  const { protocol } = config.source;
  const { beam_center, bf_radius_px, pixel_size_inv_angstrom, energy_kev, ellipse } = config.calibration;
  return {
    ...parts,
    mostLag: config.lanes.most_lag_s,
    denoise: config.denoise.method,
    patterns: config.denoise.patterns,
    mostComponents: config.components.max,
    scan: o.scan,
    source: config.source.endpoint,
    protocol,
    channel: config.source.channel,
    detector: {
      mask: o.mask,
      flipRows: config.detector.flip_rows,
      flipCols: config.detector.flip_cols,
      transpose: config.detector.transpose,
    },
    calibration: {
      pixel_size_inv_angstrom,
      energy_kev,
      ellipse,
      centre: beam_center ? { row: beam_center[0], col: beam_center[1] } : null,
      radius: bf_radius_px,
    },
    onLost: (n) => metrics.framesLost(protocol, "missing", n),
    onRow: () => metrics.rowsCompleted(1),
    onMalformed: (reason) => metrics.framesMalformed(protocol, reason, 1),
  };
}

function tellOver(events: EventLogWriter, s: SeriesRun): void {
  const a = s.account.account();
  const good = s.state === "finished" && a.lost + a.malformed === 0;
  events.tell(
    good ? "info" : "warn",
    `series-${s.state}`,
    `series ${s.id} ${s.state}: ${a.placed} of ${a.expected ?? "?"} images placed, ${a.lost} lost, ${a.malformed} malformed, ${a.not_sent} not sent`,
    s.id,
  );
}

/** Opens socket, lanes and store. Faults: bad-endpoint, port-taken, bad-file. */
export async function openLine(o: LineOptions): Promise<Line> {
  const { config, metrics } = o;
  const { protocol } = config.source;
  const now = (): number => performance.timeOrigin + performance.now();
  const events = createEventLog(o.log, () => performance.now());
  const control = slabControl();
  const slab = new SlabReader(control);
  const { promise: crashed, reject } = withReject();
  let dead = false;
  const crash = (e: unknown): void => {
    dead = true;
    reject(e);
  };
  const library = await loadLibrary(config.components);
  const lanes = config.lanes.pixel > 0 ? config.lanes.pixel : Math.max(1, availableParallelism() - 1);
  const model = await loadModel(config.denoise);
  if (model?.problem) events.tell("warn", "denoise-provider", `the model runs on cpu: ${model.problem}`, null);
  const pool = new LanePool(lanes, await loadKernels(), control, model, crash);
  pool.ready({ denoise: config.denoise.method !== "off", components: config.components.max > 0, warm: o.warm ?? false });
  const componentBook = new ComponentBook();
  const keeper = new LibraryKeeper(config.components, { pool, book: componentBook, events });
  if (library) {
    componentBook.load(library.session.words);
    await pool.askComponents("componentLoad", { bytes: library.bytes, freeze: config.components.freeze });
  }
  const store = new MapStore();
  const limitBytes = (config.memory.backlog_mb + config.memory.frames_mb) * MB;
  const stats = new LineStats({
    metrics,
    pool,
    protocol,
    // The fast receiver holds no messages of its own.
    highWaterMark: receiverOf(config.source) === "zeromq" ? config.source.receive_hwm : 0,
    limitBytes,
    now,
    clients: o.clients ?? (() => 0),
  });
  const overListeners: ((s: SeriesRun) => void)[] = [];
  const statsListeners = new Set<(s: Stats) => void>();
  let full = false;
  let draining = false;
  let stuck = 0;
  const needs = needsOf(o, {
    pool,
    slab,
    model,
    patternCache: new PatternCache(config.memory.patterns_mb * MB),
    indexShelf: new IndexShelf(),
    componentBook,
    memoryFull: () => full,
    mayCatchUp: (series) => book.mayCatchUp(series),
    mayClassify: (series) => book.mayClassify(series),
    tell: (level, code, message, series) => events.tell(level, code, message, series),
    event: (level, code, message, series) => events.repeat(level, code, message, series),
    onDone: (r) => stats.done(r),
    onDenoised: (ms, frames) => stats.denoised(ms, frames),
    onPatterns: (ms, patterns) => stats.patterns(ms, patterns),
    onComponents: (ms, frames) => stats.components(ms, frames),
    onOver: (id) => {
      const s = book.get(id);
      if (!s) return;
      tellOver(events, s);
      keeper.changed();
      for (const l of overListeners) l(s);
      book.evict();
    },
    onCrash: crash,
  });
  const book = new SeriesBook({
    store,
    needs,
    events,
    keep: config.memory.keep_series,
    silence: config.source.silence_s,
    now,
    stopTaking: (series) => ingest.order({ kind: "close", series }),
  });

  const batches: Batch[] = [];
  function takeFrames(m: FramesMessage): void {
    const began = performance.now();
    const batch = batches[m.batch] as Batch;
    const { image, ref, shape, complete } = batch;
    if (!book.frames({ ...m, image, ref, shape, complete })) {
      // Ended by count or silence while these were on their way.
      for (let i = 0; i < m.count; i++) slab.release(ref[i * REF.width + REF.slot] as number);
      stats.ignored("orphan", m.count);
    }
    batch.release();
    stats.received(m, performance.now() - began);
  }
  const takers: { [K in IngestMessage["kind"]]?: (m: Extract<IngestMessage, { kind: K }>) => void } = {
    buffer: (m) => {
      slab.adopt(m.slot, m.buffer);
      pool.adopt(m.slot, m.buffer);
    },
    batch: (m) => {
      batches[m.batch] = aBatch(m.batch, m.buffer);
    },
    begin: (m) => book.begin(m),
    frames: takeFrames,
    end: (m) => book.end(m),
    malformed: (m) => {
      metrics.framesMalformed(protocol, m.reason, m.count);
      metrics.framesReceived(protocol, m.count);
      events.repeat("warn", "malformed-message", `${m.reason}: ${m.detail}`, book.open?.id ?? null);
      book.malformed(m);
    },
    ignored: (m) => {
      stats.ignored(m.reason, m.count);
      if (m.reason === "orphan") events.repeat("warn", "orphan", `${m.detail}: waiting for the begin of a series`, null);
      if (m.reason === "foreign") events.repeat("warn", "foreign", m.detail, book.open?.id ?? null);
    },
    link: (m) => {
      if (m.state !== stats.link)
        events.tell(m.state === "disconnected" ? "warn" : "info", `source-${m.state}`, `${config.source.endpoint}: ${m.state}`, null);
      stats.link = m.state;
    },
    trouble: (m) => {
      metrics.linkFaults(protocol, m.fault, 1);
      events.repeat("warn", "source-refused", `${config.source.endpoint}: ${m.message}`, null);
    },
    full: (m) => {
      full = m.full;
      if (full)
        events.repeat(
          "warn",
          "memory-full",
          "the memory for received frames is full: reading waits, and the detector may drop images",
          book.open?.id ?? null,
        );
    },
  };
  const ingest = await openIngestLane({
    module: o.ingest,
    source: config.source,
    control,
    limitBytes,
    keepBytes: config.memory.frames_mb * MB,
    onCrash: crash,
    take: (m) => (takers[m.kind] as ((m: IngestMessage) => void) | undefined)?.(m),
  }).catch(async (e: unknown) => {
    await pool.close();
    stats.close();
    throw e;
  });
  stats.endpoint = ingest.endpoint;

  const ticker = setInterval(() => {
    events.tick();
    book.advance();
    stuck = full && pool.idle ? stuck + 1 : 0;
    if (stuck >= STUCK_TICKS) book.force();
    if (!full) book.tick();
  }, TICK_MS);
  const seconds = setInterval(() => {
    stats.tick();
    const s = stats.read(book);
    for (const l of statsListeners) l(s);
  }, SECOND_MS);

  /** What was said of components is kept, too. */
  const kept = async (change: Promise<"done" | "none"> | undefined): Promise<"done" | "none"> => {
    const answer = (await change) ?? "none";
    if (answer === "done") keeper.changed();
    return answer;
  };

  return {
    maps: store,
    endpoint: ingest.endpoint,
    ready: () => !draining,
    crashed,
    onOver: (l) => overListeners.push(l),
    newest: () => book.latest,
    pattern: async (id, row, column, kind) => (await book.get(id)?.pattern(row, column, kind)) ?? "none",
    frames: (id) => book.get(id)?.framesAbout() ?? "none",
    keptRow: (id, row, from) => book.get(id)?.keptRow(row, from) ?? "none",
    model: (id) => book.get(id)?.model ?? "none",
    summary: async (id, kind) => (await book.get(id)?.summary(kind)) ?? "none",
    components: async (id) => (await book.get(id)?.components()) ?? { off: "the series is no longer kept" },
    clusters: async (id, distance) => (await book.get(id)?.clusters(distance)) ?? { off: "the series is no longer kept" },
    explanation: async (id, row, column) => (await book.get(id)?.explanation(row, column)) ?? { off: "the series is no longer kept" },
    changeComponent: (id, component, change) => kept(book.get(id)?.changeComponent(component, change)),
    joinComponents: (id, components) => kept(book.get(id)?.joinComponents(components)),
    library: async () => (await keeper.bytes()).bytes,
    reshape: async (id, rows, columns) => book.get(id)?.reshape(rows, columns),
    stats: () => stats.read(book),
    events: () => events.events(),
    onStats(l) {
      statsListeners.add(l);
      return () => statsListeners.delete(l);
    },
    onEvent: (l) => events.on(l),
    async close() {
      draining = true;
      ingest.order({ kind: "stop" });
      // A lane that failed may never answer.
      if (!dead) await ingest.gone;
      if (book.open) book.close(book.open, "stopped");
      // Nothing would keep them.
      for (const s of book.running()) s.cutPatterns();
      while (!dead && book.running().length > 0) await new Promise((r) => setTimeout(r, 10));
      if (!dead) await keeper.settled();
      clearInterval(ticker);
      clearInterval(seconds);
      stats.close();
      events.flush();
      await pool.close();
    },
  };
}

/** A promise that only ever rejects, and the way to do so. */
function withReject(): { promise: Promise<never>; reject: (e: unknown) => void } {
  let reject: (e: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  // Whoever waits hears of it; nobody has to.
  promise.catch(() => undefined);
  return { promise, reject };
}
