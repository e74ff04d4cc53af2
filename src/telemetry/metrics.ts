import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const PREFIX = "braggstream_";
/** Seconds of one batch in one stage: from a hundred microseconds to a lane that stands still. */
const STAGE_BUCKETS = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5];
/** Seconds from receiving a frame to its place on a map. */
const MAP_BUCKETS = [2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** Every number that leaves as a metric (contract §8). Called per batch, never per frame. */
export interface Metrics {
  framesReceived(source: string, n: number): void;
  framesLost(source: string, reason: string, n: number): void;
  framesMalformed(source: string, reason: string, n: number): void;
  messagesIgnored(source: string, reason: string, n: number): void;
  /** Connections to the source that were given up. */
  linkFaults(source: string, reason: string, n: number): void;
  bytesReceived(n: number): void;
  rowsCompleted(n: number): void;
  /** Waiting in front of a stage. */
  queueDepth(stage: string, n: number): void;
  /** Positions whose final pattern is still to be made. */
  patternsWaiting(n: number): void;
  /** Part of the shown positions whose class, or grain, the newest update changed. */
  componentChurn(what: "label" | "grain", part: number): void;
  /** The same of what is known of them, shown or not. */
  componentKnownChurn(what: "label" | "grain", part: number): void;
  /** Positions whose correction waits for another update. */
  componentsWaiting(n: number): void;
  /** A batch of `n` frames took `seconds` in a stage. */
  stageDuration(stage: string, seconds: number, n: number): void;
  /** From receiving to map, of the oldest frame of a batch. */
  frameToMap(seconds: number): void;
  archiveBytes(n: number): void;
  wsClients(n: number): void;
  rescanRequests(state: string, n: number): void;
  /** Asked at every scrape; null while there is no frame. */
  newestFrameAge(seconds: () => number | null): void;
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

interface BuildInfo {
  readonly version: string;
}

/** Metrics on a registry of their own, so that several can live in one process. */
export function createMetrics(build: BuildInfo): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name: PREFIX + name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name: PREFIX + name, help, labelNames, registers });

  const received = counter("frames_received_total", "Frames received", "source");
  const lost = counter("frames_lost_total", "Frames lost", "source", "reason");
  const malformed = counter("frames_malformed_total", "Frames that could not be read", "source", "reason");
  const ignored = counter("messages_ignored_total", "Messages that belong to no series", "source", "reason");
  const links = counter("link_faults_total", "Connections to the source that were given up", "source", "reason");
  const bytes = counter("bytes_received_total", "Bytes received");
  const rows = counter("rows_completed_total", "Scan rows that reached the maps");
  const depth = gauge("queue_depth", "Frames that wait in front of a stage", "stage");
  const patterns = gauge("denoise_patterns_waiting", "Positions whose final denoised pattern is still to be made");
  const churn = gauge("component_churn_ratio", "Part of the positions with a class that the newest update gave another one", "layer");
  const knownChurn = gauge(
    "component_known_churn_ratio",
    "Part of the positions with a class that the newest update found to have another one, shown or not",
    "layer",
  );
  const corrections = gauge(
    "component_corrections_waiting",
    "Positions that show a class or grain whose correction waits for another update",
  );
  const stageFrames = counter("stage_frames_total", "Frames that left a stage", "stage");
  const stage = new Histogram({
    name: `${PREFIX}stage_duration_seconds`,
    help: "Time of one batch in a stage",
    labelNames: ["stage"] as const,
    buckets: STAGE_BUCKETS,
    registers,
  });
  const toMap = new Histogram({
    name: `${PREFIX}frame_to_map_seconds`,
    help: "From receiving a frame to its place on a map",
    buckets: MAP_BUCKETS,
    registers,
  });
  const archive = counter("archive_bytes_written_total", "Bytes written to archives");
  const clients = gauge("ws_clients", "Connected dashboards");
  const rescans = counter("rescan_requests_total", "Rescan requests by the state they reached", "state");
  let age: () => number | null = () => null;
  new Gauge({
    name: `${PREFIX}newest_frame_age_seconds`,
    help: "Age of the newest frame; NaN before the first",
    registers,
    collect() {
      this.set(age() ?? Number.NaN);
    },
  });
  gauge("build_info", "Always 1; the labels say what runs", "version", "node").set({ version: build.version, node: process.version }, 1);

  return {
    framesReceived: (source, n) => received.inc({ source }, n),
    framesLost: (source, reason, n) => lost.inc({ source, reason }, n),
    framesMalformed: (source, reason, n) => malformed.inc({ source, reason }, n),
    messagesIgnored: (source, reason, n) => ignored.inc({ source, reason }, n),
    linkFaults: (source, reason, n) => links.inc({ source, reason }, n),
    bytesReceived: (n) => bytes.inc(n),
    rowsCompleted: (n) => rows.inc(n),
    queueDepth: (name, n) => depth.set({ stage: name }, n),
    patternsWaiting: (n) => patterns.set(n),
    componentChurn: (layer, part) => churn.set({ layer }, part),
    componentKnownChurn: (layer, part) => knownChurn.set({ layer }, part),
    componentsWaiting: (n) => corrections.set(n),
    stageDuration(name, seconds, n) {
      stage.observe({ stage: name }, seconds);
      stageFrames.inc({ stage: name }, n);
    },
    frameToMap: (seconds) => toMap.observe(seconds),
    archiveBytes: (n) => archive.inc(n),
    wsClients: (n) => clients.set(n),
    rescanRequests: (state, n) => rescans.inc({ state }, n),
    newestFrameAge(seconds) {
      age = seconds;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
