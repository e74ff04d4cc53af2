// One kind of frames through the whole line: publisher and daemon in processes of their own, watched from here.
import type { Stats } from "../src/core/wire.js";
import { type Account, type Daemon, type MetricValues, type Settings, startDaemon } from "./daemon.js";
import { pause } from "./pause.js";
import { residentMiB } from "./process-times.js";
import type { Publisher, Sent } from "./publisher-client.js";
import { takeWindow, type Window } from "./window.js";

export interface ScanPlan {
  /** Frames per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Instead of as many rows of `columnsAt` as `seconds` take. */
  readonly shape?: readonly [rows: number, columns: number];
  readonly warmSeconds?: number;
  /** Looks after the warm-up. */
  readonly windows?: number;
  /** After each window. */
  readonly between?: () => void;
  /** The publisher drops what it cannot send in time. */
  readonly drop?: boolean;
  /** When the last frame has been sent. */
  readonly onSent?: () => Promise<void>;
}

export interface ScanResult {
  readonly sent: Sent;
  readonly images: number;
  /** From the first frame sent to the last on the map. */
  readonly seconds: number;
  /** Frames per second that were on the maps when the last one left. */
  readonly rate: number;
  /** From the last frame sent to the end of the series. */
  readonly behindSeconds: number;
  /** Frames that had been sent and were on no map when the last one left. */
  readonly behind: number;
  /** No backlog grew, neither in the daemon nor in front of it. */
  readonly kept: boolean;
  readonly windows: readonly Window[];
  /** ms since 1970: after the windows, or the warm-up, until the last frame was sent; nobody asks the daemon anything. */
  readonly quiet: readonly [from: number, to: number];
  /** Change of the metrics from the warm-up on. */
  readonly metrics: MetricValues;
  /** MiB, after each window. */
  readonly resident: readonly number[];
  readonly account: Account;
}

/** A line is scheduled as a whole: a slow scan has shorter ones. */
const columnsAt = (rate: number): number => (rate < 10_000 ? 64 : 256);
const POLL_MS = 25;
/** No memory is reserved within this time: nor will it be. */
const RESERVE_MS = 2000;
/** A rate is kept when frames leave in time, and those that wait when the last one has left are two lines, and of so many s and this share of the scan. */
const LATE_SECONDS = 0.05;
const BEHIND_SECONDS = 0.1;
const BEHIND = 0.03;
const BEHIND_LINES = 2;

const difference = (after: MetricValues, before: MetricValues): MetricValues =>
  new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)]));

/** A daemon that takes one scan after the other. */
export interface LineRun {
  readonly daemon: Daemon;
  scan(plan: ScanPlan): Promise<ScanResult>;
  /** Ends the daemon; the publisher stays. */
  stop(): Promise<void>;
}

/** Frames of the newest series with which all is done. */
const onMaps = ({ account, backlog, overload }: Stats): number => (account?.received ?? 0) - backlog - overload.waiting_features;

/** Numbers of the series are unique among all daemons of this process. */
let series = 0;

async function ended(daemon: Daemon, key: string): Promise<Account> {
  for (;;) {
    const report = await daemon.latest();
    if (report?.wire_unique_id === key && (report.state === "finished" || report.state === "aborted")) return report.frames;
    await pause(POLL_MS);
  }
}

/** A daemon has been up for long when a scan begins. Where the machine has less memory, it is what there is. */
async function reserved(daemon: Daemon): Promise<void> {
  for (let before = -1; ; ) {
    const { reserved_mb, slab_limit_mb } = (await daemon.stats()).memory;
    if (reserved_mb >= slab_limit_mb || reserved_mb === before) return;
    before = reserved_mb;
    await pause(RESERVE_MS);
  }
}

/** `collections`: as for `startDaemon`. */
export async function openLineRun(publisher: Publisher, settings: Settings = {}, collections = false): Promise<LineRun> {
  const daemon = await startDaemon(publisher.endpoint, settings, collections);
  await reserved(daemon);
  return {
    daemon,
    async scan({ rate, seconds, shape, warmSeconds = 0, windows = 0, between, drop = false, onSent }) {
      const [rows, columns] = shape ?? [Math.max(2, Math.ceil((rate * seconds) / columnsAt(rate))), columnsAt(rate)];
      const images = rows * columns;
      series++;
      const began = performance.now();
      const sending = publisher.play({ series, rows, columns, rate, drop });
      await pause(1000 * warmSeconds);
      const warm = await daemon.metrics();
      const seen: Window[] = [];
      const resident: number[] = [];
      for (let i = 0; i < windows; i++) {
        seen.push(await takeWindow(daemon, rate));
        resident.push(residentMiB(daemon.pid));
        between?.();
      }
      const from = Date.now();
      const sent = await sending;
      const to = Date.now();
      const sentAt = performance.now();
      const behind = sent.frames - onMaps(await daemon.stats());
      await onSent?.();
      const account = await ended(daemon, sent.uniqueId);
      const took = (performance.now() - began) / 1000;
      const behindSeconds = (performance.now() - sentAt) / 1000;
      return {
        sent,
        images,
        seconds: took,
        rate: (sent.frames - behind) / sent.seconds,
        behindSeconds,
        behind,
        kept:
          sent.dropped === 0 &&
          sent.lateSeconds <= LATE_SECONDS &&
          behind <= BEHIND_LINES * columns + BEHIND_SECONDS * rate + BEHIND * images,
        windows: seen,
        quiet: [from, to],
        metrics: difference(await daemon.metrics(), warm),
        resident,
        account,
      };
    },
    stop: () => daemon.stop(),
  };
}
