import type { Stats } from "../../src/core/wire.js";
import { accountOf, type FakeScan, waits } from "./fake-scan.js";

function overloadOf(scan: FakeScan): Stats["overload"] {
  const { burst } = scan;
  if (!burst) return { measured_one_in: 1, features_one_in: 1, waiting_measures: 0, waiting_features: 0, catch_up_s: 0 };
  let waiting = 0;
  for (let r = burst.from; r < burst.to; r++) for (let c = 0; c < scan.cols; c++) if (waits(scan, r, c)) waiting++;
  const live = scan.state === "live";
  return {
    measured_one_in: live ? 2 ** burst.step : 1,
    features_one_in: live ? 2 ** (burst.step + 2) : 1,
    waiting_measures: waiting,
    waiting_features: Math.round(waiting / 10),
    catch_up_s: live ? null : waiting / 400,
  };
}

/** Statistics of a scan; `age` of the newest frame, s. */
export function statsOf(scan: FakeScan, clients: number, age: number | null, tick: number): Stats {
  const busy = scan.state === "live" ? 1 : 0;
  const overload = overloadOf(scan);
  const wave = busy * (1 + 0.08 * Math.sin(tick / 3));
  const stage = (name: string, us: number, depth: number) => ({
    name,
    rate: 9800 * wave,
    depth: Math.round(depth * wave),
    capacity: 4096,
    us_per_frame: busy * us,
  });
  return {
    at: Date.now(),
    uptime_s: 812 + tick,
    source: { protocol: "dectris-v2", endpoint: "tcp://127.0.0.1:31001", state: "connected" },
    frames_in_hz: 9950 * wave,
    frames_done_hz: 9800 * wave,
    bytes_in_hz: 48.2e6 * wave,
    newest_frame_age_s: age,
    backlog: overload.waiting_measures + Math.round(230 * wave),
    lag_rows: busy * 2,
    overload,
    denoise: scan.denoise,
    archive: null,
    stages: [stage("ingest", 14, 40), stage("decode and measure", 62, 190), stage("maps", 4, 12)],
    memory: { rss_mb: 412 + tick, slab_mb: 380 + overload.waiting_measures / 20, slab_limit_mb: 3072, reserved_mb: 2048 },
    loop_lag_ms: 1.3,
    clients,
    orphan: 2,
    foreign: 0,
    other: 1,
    account: accountOf(scan),
  };
}
