import t from "tap";
import { parseConfig } from "../../src/config/index.js";
import { isFault } from "../../src/core/fault.js";
import { type Line, openLine } from "../../src/line/line.js";
import type { ScanSettings } from "../../src/line/scan-plan.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { createLogger } from "../../src/telemetry/logger.js";
import { createMetrics } from "../../src/telemetry/metrics.js";
import { openSender, type Sender } from "../../src/transport/sender.js";

export interface Stand {
  readonly line: Line;
  readonly sender: Sender;
  /** Series that are over, in order. */
  readonly over: readonly SeriesRun[];
  /** Resolves when so many series are over. */
  until(count: number): Promise<void>;
  send(messages: Iterable<readonly Uint8Array[]>): Promise<void>;
  close(): Promise<void>;
}

export interface StandOptions {
  readonly protocol?: string;
  readonly socket?: "push" | "pub";
  /** Who reads. "bound": zeromq.js, listening. Else the line connects, and the sender listens. */
  readonly receiver?: "bound" | "fast" | "zeromq";
  readonly settings?: Record<string, unknown>;
  readonly scan?: Partial<ScanSettings>;
  /** Thread of archives, where it is not that of the program. */
  readonly archive?: URL;
}

const NO_SCAN: ScanSettings = {
  shape: null,
  shapeByFlag: false,
  order: "raster",
  skipStart: 0,
  lineSkip: 0,
  lineSkipAt: "start",
  framesPerPosition: 1,
  mostMapBytes: 2 ** 32,
  step: 0,
  positions: null,
};

/** For tests of what silence does: no machine is that slow between two messages. */
export const SILENCE = { "source.silence_s": 2 } as const;

/** For tests that look at measures alone: threads that nobody asks are not opened. */
export const MEASURES_ONLY = { "denoise.method": "off", "components.max": 0 } as const;

/** What tests use that do not care: scripts/test-lanes.mjs asks for each in turn. */
const LANES = Number(process.env.BRAGGSTREAM_TEST_LANES ?? 0);
const RECEIVER = (process.env.BRAGGSTREAM_TEST_RECEIVER ?? "bound") as NonNullable<StandOptions["receiver"]>;

/** A line with real sockets and lanes. */
export async function aLine(settings: Record<string, unknown>, scan: Partial<ScanSettings> = {}, archive?: URL): Promise<Line> {
  const all = { "lanes.pixel": LANES, "memory.reserve": false, ...settings };
  const { config } = parseConfig({ flags: Object.entries(all).map(([key, value]) => ({ flag: key, key, value })) });
  const line = await openLine({
    config,
    scan: { ...NO_SCAN, ...scan },
    mask: null,
    ingest: new URL("../../src/ingest.worker.js", import.meta.url),
    archive: { thread: archive ?? new URL("../../src/archive.worker.js", import.meta.url), facts: { configuration: settings } },
    metrics: createMetrics({ version: "test" }),
    log: createLogger({ level: "silent", pretty: false }),
  });
  line.crashed.catch((e: unknown) => {
    console.error(e);
    process.exit(1);
  });
  return line;
}

const open = new Set<Line>();
// A line that a failed test left open would keep its file from ending, and hide which test it was.
t.afterEach(async (child) => {
  if (child.passing()) return;
  for (const line of open) await line.close();
  open.clear();
});

/** A line with real sockets and lanes, and a sender connected to it. */
export async function aStand(o: StandOptions = {}): Promise<Stand> {
  const { socket = "push", receiver = RECEIVER } = o;
  const bound = receiver === "bound";
  const listening = bound ? null : await openSender({ endpoint: "tcp://127.0.0.1:*", socket, bind: true, highWaterMark: 10_000 });
  const settings: Record<string, unknown> = {
    "source.protocol": o.protocol ?? "dectris-v2",
    "source.endpoint": listening?.endpoint ?? "tcp://127.0.0.1:0",
    "source.bind": bound,
    "source.receiver": bound ? "auto" : receiver,
    "memory.backlog_mb": 64,
    "memory.frames_mb": 64,
    // Silence ends what tests end by silence: a busy machine must not.
    "source.silence_s": 60,
    ...o.settings,
  };
  const line = await aLine(settings, o.scan, o.archive);
  const sender = listening ?? (await openSender({ endpoint: line.endpoint, socket, bind: false, highWaterMark: 10_000 }));
  while (!bound && !sender.connected()) await new Promise((r) => setTimeout(r, 5));
  const over: SeriesRun[] = [];
  open.add(line);
  const waiting: { count: number; done: () => void }[] = [];
  line.onOver((s) => {
    over.push(s);
    for (const w of waiting) if (over.length >= w.count) w.done();
  });
  return {
    line,
    sender,
    over,
    until: (count) => new Promise((done) => (over.length >= count ? done() : waiting.push({ count, done }))),
    async send(messages) {
      for (const parts of messages) await sender.send(parts);
    },
    async close() {
      open.delete(line);
      await sender.close();
      await line.close();
    },
  };
}

/** A sender in the place of one that was closed: where it listened, or connected to the line that listens. */
export async function aSuccessor(stand: Stand, receiver: StandOptions["receiver"] = RECEIVER): Promise<Sender> {
  const { endpoint } = stand.line;
  for (;;) {
    try {
      return await openSender({ endpoint, socket: "push", bind: receiver !== "bound", highWaterMark: 1000 });
    } catch (e) {
      // A closed socket lets go of its port a moment later.
      if (!isFault(e, "port-taken")) throw e;
      await new Promise((r) => setTimeout(r, 5));
    }
  }
}
