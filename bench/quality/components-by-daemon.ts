// Components as a user gets them: the scan is played into the daemon's socket, and layers are asked for while it runs and after its end.
import type { Daemon } from "../daemon.js";
import { pause } from "../pause.js";
import type { PushServer } from "../zmtp-push.js";
import { play, seriesEnded, withDaemon } from "./by-daemon.js";
import type { Labels } from "./component-scores.js";
import type { CountedScan } from "./truth-set.js";

const SETTINGS = { BRAGGSTREAM__COMPONENTS__MAX: "32" };
const FIRST_SHARE = 0.2;
const USUAL = 0.95;
const POLL_MS = 5;
const MOST_WAIT_MS = 5000;

/** Shown positions that changed from one look to the next, as a share of those that had a value. */
export interface Churn {
  readonly label: number;
  readonly grain: number;
}

export interface DaemonComponents extends Labels {
  readonly label: Float32Array;
  readonly grain: Float32Array;
  readonly angle: Float32Array;
  /** After the first fifth of the scan, at one look per row: the most, and the most of 95 of 100 looks; and from the last look to the end. */
  readonly churn: Churn;
  readonly usual: Churn;
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

/** The value that so large a share of them does not exceed; 0 where there are none. */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
}

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

async function playAndLook(daemon: Daemon, server: PushServer, scan: CountedScan): Promise<DaemonComponents> {
  const looks: Churn[] = [];
  let last: Look | null = null;
  const uniqueId = await play(server, scan, async (row) => {
    await settled(daemon);
    const now = await look(daemon);
    if (now && last && row > FIRST_SHARE * scan.rows) looks.push(churnOf(last, now));
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
  const upTo = (share: number): Churn => ({
    label: quantile(
      looks.map((l) => l.label),
      share,
    ),
    grain: quantile(
      looks.map((l) => l.grain),
      share,
    ),
  });
  return {
    label,
    grain,
    angle,
    churn: upTo(1),
    usual: upTo(USUAL),
    atEnd: last ? churnOf(last, { label, grain }) : { label: 0, grain: 0 },
    endedSeconds,
  };
}

/** Components of a scan by a daemon of its own. */
export const componentsByDaemon = (scan: CountedScan): Promise<DaemonComponents> =>
  withDaemon(SETTINGS, (server, daemon) => playAndLook(daemon, server, scan));
