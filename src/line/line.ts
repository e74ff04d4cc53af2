import type { ComponentsView } from "../core/components.js";
import type { LineView } from "../core/sink.js";
import type { Stats } from "../core/wire.js";
import type { MapStore } from "../maps/store.js";
import { componentQuestions, componentsOf } from "./component-questions.js";
import { detectorQuestions } from "./detector-questions.js";
import type { EventLogWriter } from "./event-log.js";
import { IndexShelf } from "./image-index.js";
import { type IngestLane, openIngestLane } from "./ingest-lane.js";
import { Intake } from "./intake.js";
import { type LineOptions, type LineParts, openParts } from "./line-parts.js";
import type { IngestMessage } from "./messages.js";
import { PatternCache } from "./pattern-cache.js";
import { SeriesBook } from "./series-book.js";
import { type SeriesNeeds, settingsOf } from "./series-needs.js";
import { seriesQuestions } from "./series-questions.js";
import type { SeriesRun } from "./series-run.js";

const MB = 1 << 20;
const TICK_MS = 50;
const SECOND_MS = 1000;
/** Memory is full and no lane has anything to do, so often in a row: only a line that is not waited for can help. */
const STUCK_TICKS = 2;

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

/** What is known to the line alone: its book, and whether memory is full. */
type Rest = Pick<SeriesNeeds, "archive" | "memoryFull" | "mayCatchUp" | "mayClassify" | "onOver" | "onCrash">;

function needsOf(
  o: LineOptions,
  { pool, slab, model, componentBook, virtualDetectors, events, stats }: LineParts,
  rest: Rest,
): SeriesNeeds {
  const { config, metrics } = o;
  const { protocol } = config.source;
  return {
    ...settingsOf(o),
    ...rest,
    pool,
    slab,
    model,
    componentBook,
    virtualDetectors,
    patternCache: new PatternCache(config.memory.patterns_mb * MB),
    indexShelf: new IndexShelf(),
    tell: (level, code, message, series) => events.tell(level, code, message, series),
    event: (level, code, message, series) => events.repeat(level, code, message, series),
    onLost: (n) => metrics.framesLost(protocol, "missing", n),
    onRow: () => metrics.rowsCompleted(1),
    onMalformed: (reason) => metrics.framesMalformed(protocol, reason, 1),
    onDone: (r) => stats.done(r),
    onDenoised: (ms, frames) => stats.denoised(ms, frames),
    onPatterns: (ms, patterns) => stats.patterns(ms, patterns),
    onComponents: (ms, frames) => stats.components(ms, frames),
  };
}

/** Moves on what waits for time alone, and takes statistics once a second; answers the way to stop. */
function startClock({ pool, events, stats }: LineParts, book: SeriesBook, intake: Intake, onSecond: () => void): () => void {
  let stuck = 0;
  const ticker = setInterval(() => {
    events.tick();
    book.advance();
    stuck = intake.full && pool.idle ? stuck + 1 : 0;
    if (stuck >= STUCK_TICKS) book.force();
    if (!intake.full) book.tick();
  }, TICK_MS);
  const seconds = setInterval(() => {
    stats.tick();
    onSecond();
  }, SECOND_MS);
  return () => {
    clearInterval(ticker);
    clearInterval(seconds);
  };
}

/** Stops intake, and waits for what was received. A lane that failed may never answer. */
async function drain(ingest: IngestLane, book: SeriesBook, { keeper }: LineParts, dead: () => boolean): Promise<void> {
  ingest.order({ kind: "stop" });
  if (!dead()) await ingest.gone;
  if (book.open) book.close(book.open, "stopped");
  // Nothing would keep them, but for an archive.
  for (const s of book.running()) if (s.archive?.state !== "writing") s.work?.cutPatterns();
  while (!dead() && book.running().length > 0) await new Promise((r) => setTimeout(r, 10));
  if (!dead()) await keeper.settled();
}

/** Where it cannot be opened, the lanes end as well. */
async function openIngest(
  { config, ingest }: LineOptions,
  { control, limitBytes, segmentBytes, reserve, pool, stats, archive }: LineParts,
  take: (m: IngestMessage) => void,
  onCrash: (e: unknown) => void,
): Promise<IngestLane> {
  const { source, memory } = config;
  try {
    return await openIngestLane({
      module: ingest,
      source,
      control,
      limitBytes,
      keepBytes: memory.frames_mb * MB,
      segmentBytes,
      reserve: reserve?.take() ?? [],
      onCrash,
      take,
    });
  } catch (e) {
    await reserve?.close();
    await pool.close();
    await archive?.close();
    stats.close();
    throw e;
  }
}

/** Opens socket, lanes and store. Faults: bad-endpoint, port-taken, bad-file. */
export async function openLine(o: LineOptions): Promise<Line> {
  const { source, memory } = o.config;
  const crash = aCrash();
  const parts = await openParts(o, crash.tell);
  const { events, slab, pool, keeper, store, stats, archive, now } = parts;
  const overListeners: ((s: SeriesRun) => void)[] = [];
  const statsListeners = new Set<(s: Stats) => void>();
  const needs = needsOf(o, parts, {
    archive: archive && { lane: archive, facts: o.archive?.facts ?? {}, components: (id) => classesOf(id) },
    memoryFull: () => intake.full,
    mayCatchUp: (series) => book.mayCatchUp(series),
    mayClassify: (series) => book.mayClassify(series),
    onOver: (id) => {
      const s = book.get(id);
      if (!s) return;
      tellOver(events, s);
      keeper.changed();
      for (const l of overListeners) l(s);
      book.evict();
    },
    onCrash: crash.tell,
  });
  const classesOf = async (id: string): Promise<ComponentsView | null> => {
    const view = await componentsOf(book.get(id), pool, parts.componentBook);
    return "off" in view ? null : view;
  };
  const stopTaking = (series: number): void => ingest.order({ kind: "close", series });
  const book = new SeriesBook({ store, needs, events, keep: memory.keep_series, silence: source.silence_s, now, stopTaking });
  const intake = new Intake({ slab, pool, stats, events, reserve: parts.reserve, book, metrics: o.metrics, source, archive });
  const readStats = (): Stats => ({ ...stats.read(book), archive: archive?.stats ?? null });
  const ingest = await openIngest(o, parts, (m) => intake.take(m), crash.tell);
  stats.endpoint = ingest.endpoint;
  const stopClock = startClock(parts, book, intake, () => {
    const s = readStats();
    for (const l of statsListeners) l(s);
  });
  let draining = false;
  return {
    maps: store,
    endpoint: ingest.endpoint,
    ready: () => !draining,
    crashed: crash.promise,
    onOver: (l) => overListeners.push(l),
    newest: () => book.latest,
    ...seriesQuestions(book, needs),
    ...componentQuestions({ book, componentBook: parts.componentBook, pool, onChange: () => keeper.changed() }),
    ...detectorQuestions(parts.virtualDetectors, (id) => componentsOf(book.get(id), pool, parts.componentBook)),
    library: async () => (await keeper.bytes()).bytes,
    reshape: async (id, rows, columns) => book.get(id)?.reshape(rows, columns),
    stats: readStats,
    events: () => events.events(),
    onStats(l) {
      statsListeners.add(l);
      return () => statsListeners.delete(l);
    },
    onEvent: (l) => events.on(l),
    async close() {
      draining = true;
      await drain(ingest, book, parts, crash.told);
      stopClock();
      stats.close();
      events.flush();
      await parts.reserve?.close();
      await pool.close();
      await archive?.close();
    },
  };
}

/** A promise that rejects when somebody tells of a crash, if ever. */
function aCrash(): { readonly promise: Promise<never>; readonly tell: (e: unknown) => void; readonly told: () => boolean } {
  let reject: (e: unknown) => void = () => undefined;
  let told = false;
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  // Whoever waits hears of it; nobody has to.
  promise.catch(() => undefined);
  return {
    promise,
    tell(e) {
      told = true;
      reject(e);
    },
    told: () => told,
  };
}
