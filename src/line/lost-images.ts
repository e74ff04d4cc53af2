import { imagesPerLine } from "../core/scan.js";
import type { FrameStatus } from "./frame-status.js";
import { CAME } from "./image-index.js";
import { clientsSharing } from "./regular-loss.js";
import type { ScanMap } from "./scan-map.js";
import { isGrowing } from "./scan-plan.js";
import type { SeriesAccount } from "./series-account.js";
import type { SeriesNeeds } from "./series-needs.js";

const ORDINALS = ["", "", "2nd", "3rd", "4th"] as const;

export interface ClosedLines {
  readonly id: string;
  readonly map: ScanMap;
  readonly status: FrameStatus;
  readonly account: SeriesAccount;
  readonly event: SeriesNeeds["event"];
}

/** Counts the images of a closed line that have not come, draws them as lost, and tells. `aborted`: what was never sent is not lost. */
export function loseImages({ id, map, status, account, event }: ClosedLines, line: number, aborted: boolean): void {
  const { grid, expected } = map.plan;
  const { images } = account;
  const first = grid.skipStart + line * imagesPerLine(grid);
  const open = aborted || expected === null || isGrowing(map.plan);
  const last = Math.min(
    first + imagesPerLine(grid),
    expected ?? Number.POSITIVE_INFINITY,
    open ? account.highest + 1 : Number.POSITIVE_INFINITY,
  );
  const { count } = images.missing(first, last);
  if (count === 0) return;
  account.lostSoFar += count;
  event("warn", "frames-lost", `${count} images of line ${line} have not come`, id);
  const clients = clientsSharing(images, first, last);
  if (clients > 1)
    event(
      "error",
      "second-client",
      `every ${ORDINALS[clients]} image is all that comes: is another program connected to the detector's stream?`,
      id,
    );
  for (let image = first; image < last; image++) {
    const at = map.at(image);
    if (at >= 0 && images.kind(image) === CAME.never) status.lost(at);
  }
}
