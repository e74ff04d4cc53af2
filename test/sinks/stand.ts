import type { ClustersView, ComponentChange, ComponentsView, Explanation } from "../../src/core/components.js";
import { NOT_DENOISED } from "../../src/core/denoise.js";
import { type LayerSpec, layerSpec } from "../../src/core/map-layer.js";
import type { FrameAccount, SeriesState } from "../../src/core/series.js";
import type { FramesAbout, Image, KeptRow, LineView, PatternAnswer } from "../../src/core/sink.js";
import type { LogEvent, Stats } from "../../src/core/wire.js";
import { DetectorBook } from "../../src/line/detector-book.js";
import { detectorQuestions } from "../../src/line/detector-questions.js";
import { MapStore, type SeriesMaps } from "../../src/maps/store.js";
import { type HttpOptions, type HttpRun, openHttp } from "../../src/sinks/http.js";
import { createMetrics } from "../../src/telemetry/metrics.js";

export const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

const noFrames: FrameAccount = {
  expected: null,
  received: 0,
  placed: 0,
  duplicate: 0,
  skipped: 0,
  beyond: 0,
  malformed: 0,
  out_of_order: 0,
  lost: 0,
  not_sent: 0,
};

/** What a test changes of a series while it runs. */
export interface Story {
  state: SeriesState;
  reason: string | null;
  frames: FrameAccount;
  shape: [number, number];
}

/** Series that a store of these tests holds. */
const KEPT = 3;

/** A series in a store, made by hand. */
export function aSeries(
  store: MapStore,
  id: string,
  rows = 4,
  columns = 5,
  frame: readonly [number, number] | null = [8, 8],
): { maps: SeriesMaps; story: Story } {
  const story: Story = { state: "live", reason: null, frames: { ...noFrames }, shape: [rows, columns] };
  if (store.series().length === KEPT) store.drop((store.series()[0] as SeriesMaps).id);
  const maps = store.add(id, rows, columns, () => ({
    id,
    source: "test",
    protocol: "dectris-v2",
    wire_series: 1,
    wire_unique_id: null,
    parent: null,
    state: story.state,
    reason: story.reason,
    shape: story.shape,
    shape_from: "flag",
    frames: { ...story.frames },
    order: "raster",
    step_nm: null,
    frame_shape: frame,
    frame_type: "uint16",
    channel: "threshold_1",
    begun: "2026-11-21T00:00:00Z",
    ended: null,
    newest_row: -1,
    settled_rows: 0,
    beam: null,
    denoise: NOT_DENOISED,
    virtual_detectors: [],
    ways: { measured: 1000, sparse: 980 },
    churn: null,
    archive: null,
    hot_pixels: 0,
    calibration: { pixel_size_inv_angstrom: null, energy_kev: null },
  }));
  return { maps, story };
}

/** Writes one scan row of a layer, every value from its position; does not commit. */
export function writeRow(maps: SeriesMaps, name: string | LayerSpec, row: number, value: (at: number) => number, revision = 1): void {
  const layer = maps.open(typeof name === "string" ? layerSpec(name) : name);
  const width = layer.columns * layer.channels;
  for (let i = row * width; i < (row + 1) * width; i++) layer.value[i] = value(i);
  for (let c = 0; c < layer.columns; c++) maps.touch(layer, row * layer.columns + c, revision);
}

const noStats: Stats = {
  at: 0,
  uptime_s: 0,
  source: { protocol: "dectris-v2", endpoint: "tcp://127.0.0.1:1", state: "connected" },
  frames_in_hz: 0,
  frames_done_hz: 0,
  bytes_in_hz: 0,
  newest_frame_age_s: null,
  backlog: 0,
  lag_rows: 0,
  overload: { measured_one_in: 1, features_one_in: 1, waiting_measures: 0, waiting_features: 0, catch_up_s: 0 },
  denoise: NOT_DENOISED,
  archive: null,
  stages: [],
  memory: { rss_mb: 0, slab_mb: 0, slab_limit_mb: 0, reserved_mb: 0 },
  loop_lag_ms: 0,
  clients: 0,
  orphan: 0,
  foreign: 0,
  other: 0,
  account: null,
};

/** A line that answers from tables. */
export interface FakeLine extends LineView {
  readonly patterns: Map<string, PatternAnswer>;
  readonly summaries: Map<string, Image>;
  file: Uint8Array | "none";
  kept: { about: FramesAbout; rows: readonly KeptRow[] } | null;
  found: ComponentsView | { readonly off: string };
  /** By distance. */
  readonly cuts: Map<number, ClustersView>;
  /** By "row,column". */
  readonly explanations: Map<string, Explanation | { readonly off: string }>;
  readonly changes: (readonly [id: number, change: ComponentChange])[];
  reshaped: (series: string, rows: number, columns: number) => Promise<void>;
  tell(event: Omit<LogEvent, "id" | "at">): void;
  tick(): void;
}

export function aLine(): FakeLine {
  const events: LogEvent[] = [];
  const onEvent = new Set<(e: LogEvent) => void>();
  const onStats = new Set<(s: Stats) => void>();
  const listen = <T>(set: Set<(v: T) => void>, f: (v: T) => void): (() => void) => {
    set.add(f);
    return () => void set.delete(f);
  };
  const line: FakeLine = {
    patterns: new Map(),
    summaries: new Map(),
    reshaped: () => Promise.resolve(),
    found: { off: "no frame has come" },
    cuts: new Map(),
    explanations: new Map(),
    clusters: (_, distance) => Promise.resolve(line.cuts.get(distance) ?? { off: "they are switched off" }),
    changes: [],
    explanation: (_, row, column) => Promise.resolve(line.explanations.get(`${row},${column}`) ?? "none"),
    pattern: (_, row, column) => Promise.resolve(line.patterns.get(`${row},${column}`) ?? "none"),
    ...detectorQuestions(new DetectorBook(), async () => line.found),
    kept: null,
    file: "none",
    model: () => line.file,
    frames: () => line.kept?.about ?? "none",
    keptRow: (_, row) => line.kept?.rows[row] ?? "none",
    summary: (_, kind) => Promise.resolve(line.summaries.get(kind) ?? "none"),
    components: () => Promise.resolve(line.found),
    changeComponent: (_, id, change) => {
      line.changes.push([id, change]);
      return Promise.resolve(!("off" in line.found) && line.found.components.some((c) => c.id === id) ? "done" : "none");
    },
    joinComponents: (_, ids) => {
      const { found } = line;
      const all = "off" in found ? [] : found.components.map((c) => c.id);
      return Promise.resolve(ids.every((id) => all.includes(id)) ? "done" : "none");
    },
    library: () => Promise.resolve(Uint8Array.of(66, 83)),
    reshape: (series, rows, columns) => line.reshaped(series, rows, columns),
    stats: () => noStats,
    events: () => events,
    onStats: (f) => listen(onStats, f),
    onEvent: (f) => listen(onEvent, f),
    tell(event) {
      const e = { ...event, id: events.length, at: 0 };
      events.push(e);
      for (const f of onEvent) f(e);
    },
    tick() {
      for (const f of onStats) f(noStats);
    },
  };
  return line;
}

export interface Stand {
  readonly store: MapStore;
  readonly line: FakeLine;
  readonly run: HttpRun;
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
}

/** The HTTP sink over a store and a fake line, on a free loopback port. */
export async function aStand(options: Partial<HttpOptions> = {}): Promise<Stand> {
  const store = new MapStore();
  const line = aLine();
  const run = await openHttp({
    host: "127.0.0.1",
    port: 0,
    allowedHosts: [],
    maps: store,
    line,
    metrics: createMetrics({ version: "0.0.0" }),
    config: () => ({ http: { listen: "127.0.0.1:8080" } }),
    about: { name: "braggstream", version: "0.0.0" },
    dashboardRoot: null,
    ready: () => true,
    log: quiet,
    ...options,
  });
  return { store, line, run, base: `http://127.0.0.1:${run.port}` };
}
