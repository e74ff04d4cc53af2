import type { Daemon } from "./daemon.js";
import type { Replay } from "./frames.js";

/** Positions of the newest scan whose sum on the map is not that of the frame that was sent there. Pixels that the daemon excludes do not count. */
export async function wrongSums(daemon: Daemon, { patterns }: Replay): Promise<number> {
  const id = (await daemon.latest())?.id;
  const mean = await daemon.array(`/api/v1/series/${id}/summary/mean.npy`);
  const { values } = await daemon.array(`/api/v1/series/${id}/layers/sum.npy`);
  const expected = patterns.map((pixels) => {
    let sum = 0;
    for (let p = 0; p < pixels.length; p++) if (!Number.isNaN(mean.values[p])) sum += pixels[p] as number;
    return sum;
  });
  let wrong = 0;
  // The n-th position shows the n-th image, and images repeat the patterns in their order.
  for (let at = 0; at < values.length; at++) if (values[at] !== expected[at % expected.length]) wrong++;
  return wrong;
}
