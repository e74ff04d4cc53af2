import { monitorEventLoopDelay } from "node:perf_hooks";
import { NOT_DENOISED } from "../core/denoise.js";
import { type IgnoredReason, MALFORMED_REASONS } from "../core/detector.js";
import type { SeriesChurn } from "../core/series.js";
import { LINK_FAULTS, type LinkState, type OverloadStats, type StageStats, type Stats } from "../core/wire.js";
import type { Metrics } from "../telemetry/metrics.js";
import { catchUpSeconds } from "./catch-up.js";
import type { LanePool } from "./lane-pool.js";
import type { FramesMessage, LaneResult } from "./messages.js";
import { featuresStep, measuresStep } from "./overload.js";
import { Rates } from "./rates.js";
import type { Reserve } from "./reserve.js";
import type { SeriesBook } from "./series-book.js";

const MB = 1 << 20;
/** Resolution of the event loop's delay, ms; it is part of every sample. */
const LOOP_MS = 10;

/** The socket does not tell how much it holds. */
const UNKNOWN = -1;

/** Messages that belong to no series, by the names of contract §5. */
const NO_SERIES = { orphan: "orphan", "stale-end": "orphan", foreign: "foreign", "other-type": "other" } as const satisfies Record<
  IgnoredReason,
  string
>;

export interface LineStatsOptions {
  readonly metrics: Metrics;
  readonly pool: LanePool;
  readonly protocol: string;
  /** Messages that the socket may hold, 0: it does not tell. */
  readonly highWaterMark: number;
  readonly limitBytes: number;
  readonly reserve: Pick<Reserve, "size"> | null;
  readonly clients: () => number;
  /** ms since 1970. */
  readonly now: () => number;
}

type Counted = "frames" | "done" | "denoised" | "patterns" | "components";
type Timed = "ingestMs" | "placeMs" | "laneMs" | "denoiseMs" | "patternsMs" | "componentsMs";
/** Frames, positions or patterns that wait for a stage. */
type Depth = Readonly<Record<"place" | "pixels" | "denoise" | "components" | "patterns", number>>;

/** Counts and rates of the whole line, daemon-wide. */
export class LineStats {
  readonly #o: LineStatsOptions;
  readonly #rates: Rates<Counted | Timed | "bytes">;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_MS });
  readonly #started: number;
  readonly #none = { orphan: 0, foreign: 0, other: 0 };
  #slabBytes = 0;
  #newest: number | null = null;
  #loopLag = 0;
  link: LinkState = "connecting";
  endpoint = "";

  constructor(o: LineStatsOptions) {
    this.#o = o;
    this.#started = o.now();
    this.#rates = new Rates(o.now());
    this.#loop.enable();
    o.metrics.newestFrameAge(() => this.#age());
    // Rates are taken of series that exist: each is there from the start.
    o.metrics.framesReceived(o.protocol, 0);
    o.metrics.framesLost(o.protocol, "missing", 0);
    for (const name of Object.values(NO_SERIES)) o.metrics.messagesIgnored(o.protocol, name, 0);
    for (const reason of LINK_FAULTS) o.metrics.linkFaults(o.protocol, reason, 0);
    for (const reason of MALFORMED_REASONS) o.metrics.framesMalformed(o.protocol, reason, 0);
  }

  #age(): number | null {
    return this.#newest === null ? null : Math.max(0, (this.#o.now() - this.#newest) / 1000);
  }

  /** A batch of frames; `ms`: time that placing it took. */
  received(m: FramesMessage, ms: number): void {
    const { metrics, protocol } = this.#o;
    metrics.framesReceived(protocol, m.count);
    metrics.bytesReceived(m.bytes);
    this.#rates.add("frames", m.count);
    this.#rates.add("bytes", m.bytes);
    this.#rates.add("ingestMs", m.ms);
    this.#rates.add("placeMs", ms);
    this.#slabBytes = m.slabBytes;
    this.#newest = m.at;
  }

  ignored(reason: IgnoredReason, count: number): void {
    const name = NO_SERIES[reason];
    this.#o.metrics.messagesIgnored(this.#o.protocol, name, count);
    this.#none[name] += count;
  }

  done(r: LaneResult): void {
    const { metrics, now } = this.#o;
    this.#rates.add("laneMs", r.ms);
    metrics.stageDuration("pixels", r.ms / 1000, r.chunk.count);
    if (r.chunk.when === "scout") return;
    this.#rates.add("done", r.chunk.count);
    if (r.chunk.received > 0) metrics.frameToMap(Math.max(0, (now() - r.chunk.received) / 1000));
  }

  /** A row of so many frames; `ms`: time of the lane. */
  denoised(ms: number, frames: number): void {
    this.#rates.add("denoised", frames);
    this.#rates.add("denoiseMs", ms);
    if (frames > 0) this.#o.metrics.stageDuration("denoise", ms / 1000, frames);
  }

  /** Patterns that nobody has asked for; `ms`: time of the lane. */
  patterns(ms: number, patterns: number): void {
    this.#rates.add("patterns", patterns);
    this.#rates.add("patternsMs", ms);
    if (patterns > 0) this.#o.metrics.stageDuration("patterns", ms / 1000, patterns);
  }

  /** The same of components. */
  components(ms: number, frames: number): void {
    this.#rates.add("components", frames);
    this.#rates.add("componentsMs", ms);
    if (frames > 0) this.#o.metrics.stageDuration("components", ms / 1000, frames);
  }

  /** Closes the interval of the rates. */
  tick(): void {
    this.#rates.tick(this.#o.now());
    this.#loopLag = Math.max(0, this.#loop.max / 1e6 - LOOP_MS);
    this.#loop.reset();
  }

  read(book: SeriesBook): Omit<Stats, "archive"> {
    const { pool, protocol, limitBytes, reserve, now } = this.#o;
    const rates = this.#rates;
    const running = book.running();
    const works = running.flatMap((s) => s.work ?? []);
    const newest = book.latest?.work;
    const depth = {
      place: running.reduce((n, s) => n + s.queued, 0),
      pixels: pool.frames,
      denoise: works.reduce((n, w) => n + w.refining, 0),
      components: works.reduce((n, w) => n + w.classifying, 0),
      patterns: works.reduce((n, w) => n + w.denoising.patterns.waiting, 0),
    };
    this.#show(depth, newest?.churn ?? null);
    const backlog = depth.place + depth.pixels;
    const [framesIn, done] = [rates.per("frames"), rates.per("done")];
    return {
      at: Math.round(now()),
      uptime_s: (now() - this.#started) / 1000,
      source: { protocol, endpoint: this.endpoint, state: this.link },
      frames_in_hz: framesIn,
      frames_done_hz: done,
      bytes_in_hz: rates.per("bytes"),
      newest_frame_age_s: this.#age(),
      backlog,
      overload: this.#overload(book, backlog, framesIn, done),
      denoise: newest?.denoising ?? NOT_DENOISED,
      lag_rows: works.reduce((n, w) => Math.max(n, w.lagRows), 0),
      stages: this.#stages(depth, newest?.denoising.patterns.wanted === "all"),
      memory: {
        rss_mb: process.memoryUsage().rss / MB,
        slab_mb: this.#slabBytes / MB,
        slab_limit_mb: limitBytes / MB,
        reserved_mb: (reserve?.size ?? 0) / MB,
      },
      loop_lag_ms: this.#loopLag,
      clients: this.#o.clients(),
      ...this.#none,
      account: book.latest?.account.account() ?? null,
    };
  }

  #show({ patterns, ...depth }: Depth, churn: SeriesChurn | null): void {
    const { metrics } = this.#o;
    metrics.patternsWaiting(patterns);
    for (const [stage, frames] of Object.entries(depth)) metrics.queueDepth(stage, frames);
    metrics.componentsWaiting(churn?.waiting ?? 0);
    for (const layer of ["label", "grain"] as const) {
      metrics.componentChurn(layer, churn?.[layer] ?? 0);
      metrics.componentKnownChurn(layer, churn?.known[layer] ?? 0);
    }
  }

  #stages(depth: Depth, patterns: boolean): Stats["stages"] {
    const { highWaterMark, limitBytes } = this.#o;
    const rates = this.#rates;
    const framesIn = rates.per("frames");
    const frameBytes = framesIn > 0 ? rates.per("bytes") / framesIn : 0;
    const stage = (name: string, waiting: number, count: Counted, time: Timed, capacity = 0): StageStats => {
      const rate = rates.per(count);
      return { name, rate, depth: waiting, capacity, us_per_frame: rate > 0 ? (1000 * rates.per(time)) / rate : 0 };
    };
    return [
      stage("receive", UNKNOWN, "frames", "ingestMs", highWaterMark),
      stage("place", depth.place, "frames", "placeMs", frameBytes > 0 ? Math.round(limitBytes / frameBytes) : 0),
      stage("pixels", depth.pixels, "done", "laneMs"),
      stage("denoise", depth.denoise, "denoised", "denoiseMs"),
      stage("components", depth.components, "components", "componentsMs"),
      ...(patterns ? [stage("patterns", depth.patterns, "patterns", "patternsMs")] : []),
    ];
  }

  #overload(book: SeriesBook, backlog: number, received: number, done: number): OverloadStats {
    const waits = book.running().flatMap((s) => s.work?.waiting ?? []);
    const [measures, features] = [waits.reduce((n, w) => n + w.measures, 0), waits.reduce((n, w) => n + w.features, 0)];
    const { open } = book;
    const level = (open ?? book.latest)?.work?.waiting.level ?? 0;
    const busiest = this.#o.pool.framesPerSecond;
    const work = backlog + features;
    this.#o.metrics.queueDepth("later", measures + features);
    return {
      measured_one_in: 2 ** measuresStep(level),
      features_one_in: 2 ** featuresStep(level),
      waiting_measures: measures,
      waiting_features: features,
      catch_up_s: catchUpSeconds({
        work,
        // While much waits the lanes were busy all the time.
        done: Number.isFinite(busiest) && work < busiest ? busiest : done,
        received: open ? received : 0,
        expected: open ? (open.account.expected === null ? null : Math.max(0, open.account.expected - open.account.highest - 1)) : 0,
      }),
    };
  }

  close(): void {
    this.#loop.disable();
  }
}
