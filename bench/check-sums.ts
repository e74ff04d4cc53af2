import { FRAME_STATUS, TIER } from "../src/core/map-layer.js";
import type { Daemon } from "./daemon.js";
import type { Replay } from "./frames.js";

/** The positions of a scan, by what its maps say of them. measured + waiting + absent: all positions. */
export interface MapCheck {
  readonly measured: number;
  /** Received, and not measured. */
  readonly waiting: number;
  /** Lost, or not yet received. */
  readonly absent: number;
  /** Of the measured: the sum is not that of the frame that was sent there. */
  readonly wrong: number;
}

/** Compares the maps of the newest scan with what the publisher sent. Pixels that the daemon excludes do not count. */
export async function checkMaps(daemon: Daemon, { patterns }: Replay): Promise<MapCheck> {
  const path = `/api/v1/series/${(await daemon.latest())?.id}`;
  const layer = async (name: string) => (await daemon.array(`${path}/layers/${name}.npy`)).values;
  // In this order: in a scan that is still measured, what has a tier has its sum.
  const [tier, sum, status] = [await layer("tier"), await layer("sum"), await layer("frame_status")];
  const check = { measured: 0, waiting: 0, absent: 0, wrong: 0 };
  const mean = (await daemon.array(`${path}/summary/mean.npy`)).values;
  const expected = patterns.map((pixels) => {
    let counts = 0;
    for (let p = 0; p < pixels.length; p++) if (!Number.isNaN(mean[p])) counts += pixels[p] as number;
    return counts;
  });
  // The n-th position shows the n-th image, and images repeat the patterns in their order.
  for (let at = 0; at < sum.length; at++) {
    if (tier[at] !== TIER.none) check.measured++;
    else if (status[at] === FRAME_STATUS.received) check.waiting++;
    else check.absent++;
    if (tier[at] !== TIER.none && sum[at] !== expected[at % expected.length]) check.wrong++;
  }
  return check;
}
