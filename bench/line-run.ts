// One kind of frames through the whole line: publisher and daemon in processes of their own, watched from here.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Account, type Daemon, type MetricValues, startDaemon } from "./daemon.js";
import type { FrameKind } from "./frames.js";
import { type CpuTimes, cpuTimes, residentMiB, THREADS } from "./process-times.js";
import type { PublisherReport, ScanOrder } from "./publisher.js";

type Sent = Extract<PublisherReport, { kind: "sent" }>;

interface Publisher {
  readonly endpoint: string;
  /** Mean bytes of a packed frame. */
  readonly frameBytes: number;
  play(order: ScanOrder): Promise<Sent>;
  stop(): void;
}

async function startPublisher(kind: FrameKind): Promise<Publisher> {
  const child = fork(fileURLToPath(new URL("./publisher.js", import.meta.url)), [JSON.stringify(kind)]);
  const report = (): Promise<PublisherReport> =>
    new Promise((done, fail) => {
      child.once("message", (m) => {
        child.off("exit", onExit);
        done(m as PublisherReport);
      });
      const onExit = (): void => fail(new Error("the publisher ended"));
      child.once("exit", onExit);
    });
  const first = await report();
  if (first.kind !== "ready") throw new Error("the publisher is not ready");
  return {
    endpoint: first.endpoint,
    frameBytes: first.messageBytes,
    async play(order) {
      const done = report();
      child.send(order);
      return (await done) as Sent;
    },
    stop: () => void child.disconnect(),
  };
}

/** CPU of a window, µs per frame, by role and in all. */
export interface Window {
  readonly frames: number;
  readonly perFrame: CpuTimes & { readonly total: number };
}

interface ScanResult {
  readonly sent: Sent;
  /** Frames per second from the first sent to the last on the map. */
  readonly rate: number;
  /** The maps were complete soon after the last frame was sent, and that was sent in time. */
  readonly kept: boolean;
  readonly windows: readonly Window[];
  /** Change of the metrics from the warm-up on. */
  readonly metrics: MetricValues;
  /** MiB, during the windows. */
  readonly resident: readonly number[];
}

const COLUMNS = 256;
const POLL_MS = 20;
/** A rate is kept when the whole scan is done within this of its time. */
const KEPT = 1.06;
const KEPT_SECONDS = 0.15;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const difference = (after: MetricValues, before: MetricValues): MetricValues =>
  new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)]));
/** Frames so far that were received, and that left the lanes. */
const progressOf = (m: MetricValues): readonly [received: number, done: number] => [
  m.get('frames_received_total{source="dectris-v2"}') ?? 0,
  m.get('stage_frames_total{stage="pixels"}') ?? 0,
];

/** A daemon that takes one scan after the other. */
export interface LineRun {
  readonly daemon: Daemon;
  /** Plays a scan of about `seconds`; `windows`: so many looks of `windowSeconds` each after `warmSeconds`. */
  scan(o: { rate: number; seconds: number; warmSeconds?: number; windows?: number; between?: () => void }): Promise<ScanResult>;
  /** Of the newest scan. */
  account(): Promise<Account>;
  readonly frameBytes: number;
  stop(): Promise<void>;
}

const WINDOW_MS = 500;

export async function openLineRun(kind: FrameKind): Promise<LineRun> {
  const publisher = await startPublisher(kind);
  const daemon = await startDaemon(publisher.endpoint);
  let series = 0;

  async function oneWindow(): Promise<Window> {
    const before = [progressOf(await daemon.metrics()), cpuTimes(daemon.pid)] as const;
    await pause(WINDOW_MS);
    const after = [progressOf(await daemon.metrics()), cpuTimes(daemon.pid)] as const;
    // Neither a window that only receives nor one that catches up is flattered.
    const frames = Math.min(after[0][0] - before[0][0], after[0][1] - before[0][1]);
    const per = Object.fromEntries(THREADS.map((t) => [t, (after[1][t] - before[1][t]) / frames])) as unknown as CpuTimes;
    return { frames, perFrame: { ...per, total: THREADS.reduce((n, t) => n + per[t], 0) } };
  }

  return {
    daemon,
    frameBytes: publisher.frameBytes,
    async scan({ rate, seconds, warmSeconds = 0, windows = 0, between }) {
      const rows = Math.max(2, Math.ceil((rate * seconds) / COLUMNS));
      series++;
      const began = performance.now();
      const sending = publisher.play({ series, rows, columns: COLUMNS, rate });
      await pause(1000 * warmSeconds);
      const warm = await daemon.metrics();
      const seen: Window[] = [];
      const resident: number[] = [];
      for (let i = 0; i < windows; i++) {
        seen.push(await oneWindow());
        resident.push(residentMiB(daemon.pid));
        between?.();
      }
      const sent = await sending;
      let state = "";
      while (state !== "finished" && state !== "aborted") {
        await pause(POLL_MS);
        state = (await daemon.latest())?.state ?? "";
      }
      const took = (performance.now() - began) / 1000;
      const frames = rows * COLUMNS;
      const kept = took <= (KEPT * frames) / rate + KEPT_SECONDS;
      return { sent, rate: frames / took, kept, windows: seen, metrics: difference(await daemon.metrics(), warm), resident };
    },
    async account() {
      const series = await daemon.latest();
      if (!series) throw new Error("the daemon has no series");
      return series.frames;
    },
    async stop() {
      await daemon.stop();
      publisher.stop();
    },
  };
}
