import { computed } from "@preact/signals";
import { isOver } from "../../src/core/series.js";
import { overloadNotice } from "../lib/overload-words.js";
import { connected, newestSeries, stats } from "../state/daemon.js";

/** The notice stays for so long after the last of it, ms: the page does not jump with every short burst. */
const LINGER_MS = 3000;
let lastAt = Number.NEGATIVE_INFINITY;

/** What is put off and how far the maps are behind; null: nothing, or nobody there to tell. */
export const overload = computed(() => {
  const s = stats.value;
  const newest = newestSeries.value;
  if (!s || !connected.value) return null;
  const scanning = newest !== null && !isOver(newest.state) && newest.state !== "catching_up";
  const now = overloadNotice(s, scanning);
  if (now) lastAt = s.at;
  return now ?? overloadNotice(s, scanning, s.at - lastAt < LINGER_MS);
});

/** Says what is measured at once, what waits, and for how long. Changes are told by the live region, not here: numbers change every second. */
export function Overload() {
  const now = overload.value;
  if (!now) return null;
  return (
    <section class="overload" data-tight={now.tight} data-testid="overload" aria-label="Overload">
      <b>{now.headline}</b>
      <span>{now.forecast}</span>
      <span>{now.waiting}</span>
      <span class="overload-memory">{now.memory}</span>
    </section>
  );
}
