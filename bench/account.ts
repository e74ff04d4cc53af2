import type { MapCheck } from "./check-sums.js";
import type { Account } from "./daemon.js";

/** The part of what the publisher tells that the account must agree with. */
interface Sending {
  readonly frames: number;
  readonly dropped: number;
}

/** What does not add up between publisher, account and maps, in words; empty: every frame is where it should be. */
export function accountGaps(images: number, sent: Sending, a: Account, maps: MapCheck): string[] {
  const equal = (left: string, l: number, right: string, r: number): string[] => (l === r ? [] : [`${left} ${l}, ${right} ${r}`]);
  return [
    ...equal("images", images, "sent + dropped", sent.frames + sent.dropped),
    ...equal("sent", sent.frames, "received", a.received),
    ...equal(
      "received",
      a.received,
      "placed + duplicate + skipped + beyond + malformed",
      a.placed + a.duplicate + a.skipped + a.beyond + a.malformed,
    ),
    ...equal("dropped", sent.dropped, "lost + not_sent", a.lost + a.not_sent),
    ...equal("placed", a.placed, "measured + waiting", maps.measured + maps.waiting),
    ...equal("images", images, "positions", maps.measured + maps.waiting + maps.absent),
  ];
}
