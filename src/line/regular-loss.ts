import type { ImageIndex } from "./image-index.js";

/** Fewer images say nothing about a pattern. */
const ENOUGH = 8;
const MOST_CLIENTS = 4;

/**
 * A PUSH socket deals its messages out in turn to all who are connected: with a second client every other image is missing.
 * Of how many clients we seem to be one, judged by the images in [first, last): 1, no such pattern.
 */
export function clientsSharing(images: Pick<ImageIndex, "has">, first: number, last: number): number {
  for (let n = 2; n <= MOST_CLIENTS; n++) {
    let from = first;
    while (from < first + n && !images.has(from)) from++;
    let hits = 0;
    let other = 0;
    for (let i = first; i < last; i++) {
      if (!images.has(i)) continue;
      if ((i - from) % n === 0) hits++;
      else other++;
    }
    if (other === 0 && hits >= ENOUGH && hits >= Math.floor((last - from) / n)) return n;
  }
  return 1;
}
