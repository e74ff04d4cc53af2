import { computed } from "@preact/signals";
import { isOver } from "../../src/core/series.js";
import { overloadNotice } from "../lib/overload-words.js";
import { connected, newestSeries, stats } from "../state/daemon.js";

/** What is put off and how far the maps are behind; null: nothing, or nobody there to tell. */
export const overload = computed(() => {
  const s = stats.value;
  const newest = newestSeries.value;
  const scanning = newest !== null && !isOver(newest.state) && newest.state !== "catching_up";
  return s && connected.value ? overloadNotice(s, scanning) : null;
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
