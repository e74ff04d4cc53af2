import { availableParallelism } from "node:os";
import { readDetector } from "../core/virtual-detector.js";
import type { KernelModule } from "../kernels/kernel-module.js";
import { MapStore } from "../maps/store.js";
import type { Log } from "../telemetry/logger.js";
import type { Metrics } from "../telemetry/metrics.js";
import { ArchiveLane } from "./archive-lane.js";
import { ComponentBook } from "./component-book.js";
import { DetectorBook } from "./detector-book.js";
import { createEventLog, type EventLogWriter } from "./event-log.js";
import { receiverOf, segmentSize } from "./ingest-lane.js";
import { LanePool } from "./lane-pool.js";
import { LibraryKeeper, loadLibrary } from "./library-keeper.js";
import { LineStats } from "./line-stats.js";
import { loadKernels } from "./load-kernels.js";
import { loadModel, type ModelFile } from "./load-model.js";
import { collectLess } from "./patient-collector.js";
import { compileLess } from "./patient-compiler.js";
import { openReserve, type Reserve } from "./reserve.js";
import type { LineConfig } from "./series-needs.js";
import { SlabReader, slabControl } from "./slab.js";

const MB = 1 << 20;

export interface LineOptions extends LineConfig {
  /** Module of the ingest lane: it knows sockets and detectors, the line does not. */
  readonly ingest: URL;
  readonly metrics: Metrics;
  readonly log: Log;
  /** How archives are written, where the configuration wants them; absent: they are not. */
  readonly archive?: {
    readonly thread: URL;
    /** Configuration and versions, for every archive. */
    readonly facts: object;
  };
  /** Connected dashboards, for the statistics. */
  readonly clients?: () => number;
  /** Lanes run once before the first scan, which then need not wait for compilers. */
  readonly warm?: boolean;
}

/** What a line is made of, but for its socket and its series. */
export interface LineParts {
  readonly events: EventLogWriter;
  readonly control: Int32Array;
  readonly slab: SlabReader;
  readonly model: ModelFile | null;
  readonly pool: LanePool;
  readonly componentBook: ComponentBook;
  readonly virtualDetectors: DetectorBook;
  readonly keeper: LibraryKeeper;
  /** null: nothing is archived. */
  readonly archive: ArchiveLane | null;
  readonly store: MapStore;
  readonly stats: LineStats;
  /** Bytes of received frames that are held at most. */
  readonly limitBytes: number;
  readonly segmentBytes: number;
  /** null: memory for frames is taken from the system when they need it. */
  readonly reserve: Reserve | null;
  /** ms since 1970. */
  readonly now: () => number;
}

/** Of frames that wait for the disk, at most, whatever the backlog may be. */
const MOST_ARCHIVE_BYTES = 1 << 30;

/** The thread that writes archives; null: nothing is archived. */
function openArchive(
  { config, archive, metrics }: LineOptions,
  parts: Pick<LineParts, "control" | "slab" | "events"> & { readonly module: KernelModule },
): ArchiveLane | null {
  const { directory, raw, bin } = config.archive;
  if (directory === null || !archive) return null;
  const { backlog_mb, frames_mb } = config.memory;
  return new ArchiveLane({
    ...parts,
    thread: archive.thread,
    directory,
    raw,
    bin,
    mostWaiting: Math.min(MOST_ARCHIVE_BYTES, ((backlog_mb + frames_mb) * MB) / 2),
    mostWhenFull: Math.min(MOST_ARCHIVE_BYTES, (backlog_mb * MB) / 8),
    metrics,
  });
}

/** Opens lanes and store. Faults: bad-file. */
export async function openParts(o: LineOptions, onCrash: (e: unknown) => void): Promise<LineParts> {
  const { config, metrics, log, clients = () => 0, warm = false } = o;
  const { memory, source, denoise, components } = config;
  if (warm) compileLess();
  if (warm && components.max > 0) collectLess();
  const now = (): number => performance.timeOrigin + performance.now();
  const events = createEventLog(log, () => performance.now());
  const control = slabControl();
  const library = await loadLibrary(components);
  const lanes = config.lanes.pixel > 0 ? config.lanes.pixel : Math.max(1, availableParallelism() - 1);
  const model = await loadModel(denoise);
  const module = await loadKernels();
  if (model?.problem) events.tell("warn", "denoise-provider", `the model runs on cpu: ${model.problem}`, null);
  const pool = new LanePool(lanes, module, control, model, onCrash);
  pool.ready({ denoise: denoise.method !== "off", components: components.max > 0, warm });
  const componentBook = new ComponentBook();
  const keeper = new LibraryKeeper(components, { pool, book: componentBook, events });
  if (library) {
    componentBook.load(library.session.words);
    await pool.askComponents("componentLoad", { bytes: library.bytes, freeze: components.freeze });
  }
  const limitBytes = (memory.backlog_mb + memory.frames_mb) * MB;
  const segmentBytes = segmentSize(limitBytes);
  // The fast receiver holds no messages of its own.
  const highWaterMark = receiverOf(source) === "zeromq" ? source.receive_hwm : 0;
  const reserve = memory.reserve ? openReserve({ limitBytes, segmentBytes, events, onCrash }) : null;
  const stats = new LineStats({ metrics, pool, protocol: source.protocol, highWaterMark, limitBytes, reserve, now, clients });
  const slab = new SlabReader(control);
  return {
    events,
    control,
    slab,
    archive: openArchive(o, { module, control, slab, events }),
    model,
    pool,
    componentBook,
    virtualDetectors: new DetectorBook(config.detector.virtual.map(readDetector).filter((d) => typeof d !== "string")),
    keeper,
    store: new MapStore(),
    stats,
    limitBytes,
    segmentBytes,
    reserve,
    now,
  };
}
