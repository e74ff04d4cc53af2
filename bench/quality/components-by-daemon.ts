// Components as a user gets them: the scan is played into the daemon's socket, and layers are asked for while it runs and after its end.
import { type Daemon, startDaemon } from "../daemon.js";
import { pause } from "../pause.js";
import { openPushServer } from "../zmtp-push.js";
import { play, seriesEnded } from "./by-daemon.js";
import type { Labels } from "./component-scores.js";
import type { CountedScan } from "./truth-set.js";

const SETTINGS = {
  BRAGGSTREAM__MEMORY__FRAMES_MB: "2048",
  BRAGGSTREAM__MEMORY__BACKLOG_MB: "1024",
  BRAGGSTREAM__COMPONENTS__MAX: "32",
};
const FIRST_SHARE = 0.2;
const POLL_MS = 5;
const MOST_WAIT_MS = 5000;

/** Most shown positions that changed from one look to the next, as a share of those that had a value. */
export interface Churn {
  label: number;
  grain: number;
}

export interface DaemonComponents extends Labels {
  readonly label: Float32Array;
  readonly grain: Float32Array;
  readonly angle: Float32Array;
  /** After the first fifth of the scan, at one look per row; and from the last look to the end. */
  readonly churn: Churn;
  readonly atEnd: Churn;
  /** From the end of the series until the daemon said so. */
  readonly endedSeconds: number;
}

interface Look {
  readonly label: Float32Array;
  readonly grain: Float32Array;
}

function changed(before: Float32Array, now: Float32Array): number {
  let [had, moved] = [0, 0];
  for (let p = 0; p < before.length; p++) {
    if (!((before[p] as number) >= 0)) continue;
    had++;
    if (before[p] !== now[p]) moved++;
  }
  return had === 0 ? 0 : moved / had;
}

const churnOf = (before: Look, now: Look): Churn => ({ label: changed(before.label, now.label), grain: changed(before.grain, now.grain) });

async function layer(daemon: Daemon, series: string, name: string): Promise<Float32Array> {
  return Float32Array.from((await daemon.array(`/api/v1/series/${series}/layers/${name}.npy`)).values);
}

/** Labels as they are shown; null: there are none yet. */
async function look(daemon: Daemon): Promise<Look | null> {
  const report = await daemon.latest();
  if (!report) return null;
  try {
    return { label: await layer(daemon, report.id, "label"), grain: await layer(daemon, report.id, "grain") };
  } catch {
    return null;
  }
}

/** Waits until the daemon has found the components of all that was sent. */
async function settled(daemon: Daemon): Promise<void> {
  const end = performance.now() + MOST_WAIT_MS;
  while (performance.now() < end) {
    const { backlog, stages } = await daemon.stats();
    if (backlog === 0 && stages.every((s) => s.name !== "components" || s.depth === 0)) return;
    await pause(POLL_MS);
  }
}

async function playAndLook(daemon: Daemon, server: Parameters<typeof play>[0], scan: CountedScan): Promise<DaemonComponents> {
  await server.connected();
  const churn = { label: 0, grain: 0 };
  let last: Look | null = null;
  const uniqueId = await play(server, scan, async (row) => {
    await settled(daemon);
    const now = await look(daemon);
    if (now && last && row > FIRST_SHARE * scan.rows) {
      const { label, grain } = churnOf(last, now);
      churn.label = Math.max(churn.label, label);
      churn.grain = Math.max(churn.grain, grain);
    }
    last = now ?? last;
  });
  const end = performance.now();
  const series = await seriesEnded(daemon, uniqueId, scan.rows * scan.columns);
  const endedSeconds = (performance.now() - end) / 1000;
  const [label, grain, angle] = [
    await layer(daemon, series, "label"),
    await layer(daemon, series, "grain"),
    await layer(daemon, series, "inplane_angle"),
  ];
  return { label, grain, angle, churn, atEnd: last ? churnOf(last, { label, grain }) : { label: 0, grain: 0 }, endedSeconds };
}

/** Components of a scan by a daemon of its own. */
export async function componentsByDaemon(scan: CountedScan): Promise<DaemonComponents> {
  const server = await openPushServer();
  try {
    const daemon = await startDaemon(server.endpoint, SETTINGS);
    try {
      return await playAndLook(daemon, server, scan);
    } finally {
      await daemon.stop();
    }
  } finally {
    server.close();
  }
}
