import { computed } from "@preact/signals";
import { badge } from "../lib/wording.js";
import { clock, connected, currentSeries, frameAge, lostAt, newestSeries, stats } from "../state/daemon.js";

/** What the page says about itself; the age of frames concerns the newest series only. */
export const situation = computed(() =>
  badge({
    connected: connected.value,
    offlineFor: lostAt.value === null ? null : Math.max(0, (clock.value - lostAt.value) / 1000),
    series: currentSeries.value,
    stats: stats.value,
    frameAge: currentSeries.value === newestSeries.value ? frameAge.value : null,
  }),
);
