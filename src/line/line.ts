import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import type { Config } from "../config/index.js";
import { Fault, type FaultCode } from "../core/fault.js";
import type { LineView } from "../core/sink.js";
import type { LinkState, Stats } from "../core/wire.js";
import { DECODE_ERRORS } from "../kernels/pixel-lane.js";
import { MapStore } from "../maps/store.js";
import type { Log } from "../telemetry/logger.js";
import type { Metrics } from "../telemetry/metrics.js";
import { createEventLog } from "./event-log.js";
import { LanePool } from "./lane-pool.js";
import { loadKernels } from "./load-kernels.js";
import type { IngestMessage } from "./messages.js";
import { Rates } from "./rates.js";
import type { ScanSettings } from "./scan-plan.js";
import { type SeriesNeeds, SeriesRun } from "./series-run.js";
import { SlabReader, slabControl } from "./slab.js";

const MB = 1 << 20;
const SEGMENT_BYTES = 8 * MB;
/** After the last expected image an end message has so long to come, ms. */
const END_GRACE_MS = 1000;
/** A series of which no image came yet may wait this many silences: the detector is armed, the scan not begun. */
const WAITING_SILENCES = 30;
/** A stalled series has so much longer, at most, ms. */
const STALL_MS = 5000;

export interface LineOptions {
  readonly config: Config;
  /** Files that the configuration names, read. */
  readonly scan: ScanSettings;
  readonly mask: SeriesNeeds["detector"]["mask"];
  /** Module of the ingest lane: it knows sockets and detectors, the line does not. */
  readonly ingest: URL;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface Line extends LineView {
  readonly maps: MapStore;
  /** The endpoint in use, with the port chosen by the system. */
  readonly endpoint: string;
  readonly ready: () => boolean;
  /** Resolves with each series that is over, in order. */
  onOver(listener: (s: SeriesRun) => void): void;
  /** Rejects when a lane fails: a bug of ours. */
  readonly crashed: Promise<never>;
  /** Stops intake, finishes what was received, ends the lanes. */
  close(): Promise<void>;
}

/** Opens socket, lanes and store. Faults: bad-endpoint, port-taken, bad-file. */
export async function openLine(o: LineOptions): Promise<Line> {
  const { config, metrics } = o;
  const now = (): number => performance.timeOrigin + performance.now();
  const events = createEventLog(o.log, () => performance.now());
  const control = slabControl();
  const slab = new SlabReader(control);
  let crash: (e: unknown) => void = () => undefined;
  const crashed = new Promise<never>((_, reject) => {
    crash = reject;
  });
  crashed.catch(() => undefined);
  const lanes = config.lanes.pixel > 0 ? config.lanes.pixel : Math.max(1, availableParallelism() - 1);
  const pool = new LanePool(lanes, await loadKernels(), control, crash);
  const store = new MapStore(config.memory.keep_series);
  const limitBytes = (config.memory.backlog_mb + config.memory.frames_mb) * MB;
  const rates = new Rates<"frames" | "done" | "bytes" | "laneMs" | "placeMs">(now());
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const started = Date.now();
  const byId = new Map<string, SeriesRun>();
  const overListeners: ((s: SeriesRun) => void)[] = [];
  const statsListeners = new Set<(s: Stats) => void>();
  const ignored = { orphan: 0, foreign: 0, other: 0 };
  const source = config.source.protocol;
  let open: SeriesRun | null = null;
  let count = 0;
  let link: LinkState = "connecting";
  let endpoint = config.source.endpoint;
  let slabBytes = 0;
  let full = false;
  let newest: number | null = null;
  let draining = false;

  const needs: SeriesNeeds = {
    pool,
    slab,
    scan: o.scan,
    source: config.source.endpoint,
    protocol: source,
    detector: {
      mask: o.mask,
      flipRows: config.detector.flip_rows,
      flipCols: config.detector.flip_cols,
      transpose: config.detector.transpose,
    },
    calibration: {
      pixel_size_inv_angstrom: config.calibration.pixel_size_inv_angstrom,
      energy_kev: config.calibration.energy_kev,
      centre: config.calibration.beam_center ? { row: config.calibration.beam_center[0], col: config.calibration.beam_center[1] } : null,
      radius: config.calibration.bf_radius_px,
    },
    event: (level, code, message, series) => events.repeat(level, code, message, series),
    onLost: (n) => metrics.framesLost(source, "missing", n),
    onLine: () => metrics.rowsCompleted(1),
    onDamaged: (code) => metrics.framesMalformed(source, DECODE_ERRORS[code] ?? "corrupt", 1),
    onDone: (r) => {
      if (!r.task.scout) rates.add("done", r.task.count);
      rates.add("laneMs", r.ms);
      metrics.stageDuration("pixels", r.ms / 1000, r.task.count);
    },
    onOver: (s) => {
      const { state } = s;
      const a = s.account.account();
      events.tell(
        state === "finished" && a.lost + a.malformed === 0 ? "info" : "warn",
        `series-${state}`,
        `series ${s.id} ${state}: ${a.placed} of ${a.expected ?? "?"} images placed, ${a.lost} lost, ${a.malformed} malformed, ${a.not_sent} not sent`,
        s.id,
      );
      for (const l of overListeners) l(s);
    },
    onCrash: crash,
  };

  const ended = (s: SeriesRun, how: Parameters<SeriesRun["end"]>[0]): void => {
    if (open === s) open = null;
    s.end(how, now());
  };

  function take(m: IngestMessage): void {
    if (m.kind === "buffer") {
      slab.adopt(m.slot, m.buffer);
      pool.adopt(m.slot, m.buffer);
    } else if (m.kind === "begin") {
      const at = now();
      const id = `${new Date(at).toISOString().replace(/[-:]|\.\d+/g, "")}-${++count}`;
      open = new SeriesRun(id, m.series, m.begin, at, store, needs, (dropped) => forget(dropped));
      byId.set(id, open);
      events.tell(
        "info",
        "series-begun",
        `series ${id} begun${m.begin.expected === null ? "" : `, ${m.begin.expected} images announced`}, scan ${open.plan.grid.rows} x ${open.plan.grid.columns} (${open.plan.from})`,
        id,
      );
      open.maps.commit();
    } else if (m.kind === "frames") takeFrames(m);
    else if (m.kind === "end") {
      if (open?.number === m.series) ended(open, m.how === "superseded" && open.account.complete ? "count" : m.how);
    } else if (m.kind === "malformed") {
      metrics.framesMalformed(source, m.reason, m.count);
      events.repeat("warn", "malformed-message", `${m.reason}: ${m.detail}`, open?.id ?? null);
      if (open && open.number === m.series) open.malformed(m, now());
    } else if (m.kind === "ignored") {
      metrics.messagesIgnored(source, m.reason, m.count);
      ignored[m.reason === "orphan" || m.reason === "stale-end" ? "orphan" : m.reason === "foreign" ? "foreign" : "other"] += m.count;
      if (m.reason === "orphan") events.repeat("warn", "orphan", `${m.detail}: waiting for the begin of a series`, null);
      else if (m.reason === "foreign") events.repeat("warn", "foreign", m.detail, open?.id ?? null);
    } else if (m.kind === "link") {
      if (m.state !== link)
        events.tell(m.state === "disconnected" ? "warn" : "info", `source-${m.state}`, `${config.source.endpoint}: ${m.state}`, null);
      link = m.state;
    } else if (m.kind === "full") {
      full = m.full;
      if (full)
        events.repeat(
          "warn",
          "memory-full",
          "the memory for received frames is full: reading waits, and the detector may drop images",
          open?.id ?? null,
        );
    }
  }

  function takeFrames(m: Extract<IngestMessage, { kind: "frames" }>): void {
    const began = performance.now();
    metrics.framesReceived(source, m.count);
    metrics.bytesReceived(m.bytes);
    rates.add("frames", m.count);
    rates.add("bytes", m.bytes);
    slabBytes = m.slabBytes;
    newest = m.at;
    if (open && open.number === m.series) open.frames(m);
    else {
      // Ended by count or silence while these were on their way.
      for (let i = 0; i < m.count; i++) slab.release(m.ref[i * 4] as number);
      ignored.orphan += m.count;
      metrics.messagesIgnored(source, "orphan", m.count);
    }
    rates.add("placeMs", performance.now() - began);
  }

  function forget(ids: readonly string[]): void {
    for (const id of ids) {
      const s = byId.get(id);
      byId.delete(id);
      if (!s) continue;
      pool.forget(s.number);
      void pool.askAll("close", { series: s.number }).catch(crash);
    }
  }

  const worker = new Worker(o.ingest, {
    name: "ingest",
    workerData: {
      protocol: source,
      endpoint: config.source.endpoint,
      bind: config.source.bind,
      socket: config.source.socket,
      topic: config.source.topic,
      channel: config.source.channel,
      highWaterMark: config.source.receive_hwm,
      control,
      limitBytes,
      segmentBytes: Math.min(SEGMENT_BYTES, Math.max(MB, limitBytes >> 3)),
    },
  });
  const gone = new Promise<void>((done) => worker.once("exit", () => done()));
  worker.on("error", crash);
  const opened = new Promise<void>((done, fail) => {
    worker.on("message", (m: IngestMessage) => {
      if (m.kind === "open") {
        endpoint = m.endpoint;
        done();
      } else if (m.kind === "failed")
        fail(new Fault(m.code === "bug" ? "bad-endpoint" : (m.code as FaultCode), config.source.endpoint, m.message));
      else {
        try {
          take(m);
        } catch (e) {
          crash(e);
        }
      }
    });
  });
  try {
    await Promise.race([opened, crashed]);
  } catch (e) {
    await pool.close();
    await gone;
    throw e;
  }

  /** Once in a while: ends by count and silence, rates, bursts. The only clock that decides anything; what it decides is an event. */
  function tick(): void {
    const at = now();
    events.tick();
    if (full && pool.frames === 0) {
      for (const s of byId.values())
        if (!s.over && s.queued > 0) {
          s.force();
          events.repeat("warn", "line-forced", "memory is full: an incomplete line is worked on without its missing images", s.id);
        }
    }
    if (open && !full) checkEnd(open, at - open.lastMessage);
  }

  function checkEnd(s: SeriesRun, quiet: number): void {
    const silence = config.source.silence_s * 1000;
    if (s.account.complete) {
      if (quiet < Math.min(END_GRACE_MS, silence)) return;
      worker.postMessage({ kind: "close", series: s.number });
      ended(s, "count");
    } else if (s.account.received === 0) {
      if (quiet < silence) return;
      s.stall(`armed, no image for ${Math.round(quiet / 1000)} s`);
      if (quiet > silence * WAITING_SILENCES) silent(s);
    } else if (quiet >= silence) {
      s.stall(`no image for ${(quiet / 1000).toFixed(0)} s`);
      if (quiet >= silence + Math.min(silence, STALL_MS)) silent(s);
    }
  }
  function silent(s: SeriesRun): void {
    worker.postMessage({ kind: "close", series: s.number });
    ended(s, "silence");
  }

  function stats(): Stats {
    const running = [...byId.values()].filter((s) => !s.over);
    const queued = running.reduce((n, s) => n + s.queued, 0);
    const latest = [...byId.values()].at(-1);
    const memory = process.memoryUsage();
    const done = rates.per("done");
    return {
      at: Date.now(),
      uptime_s: (Date.now() - started) / 1000,
      source: { protocol: source, endpoint, state: link },
      frames_in_hz: rates.per("frames"),
      frames_done_hz: done,
      bytes_in_hz: rates.per("bytes"),
      newest_frame_age_s: newest === null ? null : Math.max(0, (now() - newest) / 1000),
      backlog: queued + pool.frames,
      lag_rows: running.reduce((n, s) => Math.max(n, s.lagRows), 0),
      stages: [
        { name: "receive", rate: rates.per("frames"), depth: 0, capacity: config.source.receive_hwm, us_per_frame: 0 },
        {
          name: "place",
          rate: rates.per("frames"),
          depth: queued,
          capacity: Math.round(limitBytes / Math.max(1, rates.per("bytes") / Math.max(1, rates.per("frames")))),
          us_per_frame: rates.per("frames") > 0 ? (1000 * rates.per("placeMs")) / rates.per("frames") : 0,
        },
        { name: "pixels", rate: done, depth: pool.frames, capacity: 0, us_per_frame: done > 0 ? (1000 * rates.per("laneMs")) / done : 0 },
      ],
      memory: { rss_mb: memory.rss / MB, slab_mb: slabBytes / MB, slab_limit_mb: limitBytes / MB },
      loop_lag_ms: Number.isFinite(loop.max) ? Math.max(0, loop.max / 1e6 - 10) : 0,
      clients: 0,
      ...ignored,
      account: latest ? latest.account.account() : null,
    };
  }
  function second(): void {
    rates.tick(now());
    const s = stats();
    loop.reset();
    metrics.queueDepth("pixels", pool.frames);
    metrics.queueDepth("place", s.backlog - pool.frames);
    for (const l of statsListeners) l(s);
  }
  metrics.newestFrameAge(() => (newest === null ? null : (now() - newest) / 1000));
  const ticker = setInterval(tick, 50);
  const seconds = setInterval(second, 1000);

  const seriesOf = (id: string): SeriesRun | undefined => byId.get(id);
  return {
    maps: store,
    get endpoint() {
      return endpoint;
    },
    ready: () => !draining,
    crashed,
    onOver: (l) => overListeners.push(l),
    pattern: async (id, row, column) => (await seriesOf(id)?.pattern(row, column)) ?? "none",
    summary: async (id, kind) => (await seriesOf(id)?.summary(kind)) ?? "none",
    async reshape(id, rows, columns) {
      seriesOf(id)?.reshape(rows, columns);
    },
    stats,
    events: () => events.events(),
    onStats(l) {
      statsListeners.add(l);
      return () => statsListeners.delete(l);
    },
    onEvent: (l) => events.on(l),
    async close() {
      draining = true;
      worker.postMessage({ kind: "stop" });
      await gone;
      if (open) ended(open, "stopped");
      while ([...byId.values()].some((s) => !s.over)) await new Promise((r) => setTimeout(r, 10));
      clearInterval(ticker);
      clearInterval(seconds);
      loop.disable();
      events.flush();
      await pool.close();
    },
  };
}
