import { computed, signal } from "@preact/signals";
import type { SeriesInfo } from "../../src/core/series.js";
import type { LogEvent, Stats } from "../../src/core/wire.js";
import { type History, NO_HISTORY, remember } from "../lib/history.js";
import { chosenSeries, paused } from "./page.js";
import { matchShape } from "./scans.js";

/** What the daemon told us. */
export const connected = signal(false);
/** ms of the page's clock when the connection was lost; null while connected, or before the first time. */
export const lostAt = signal<number | null>(null);
export const retryInMs = signal<number | null>(null);
/** By id, in the order in which they began. */
export const series = signal<ReadonlyMap<string, SeriesInfo>>(new Map());
export const stats = signal<Stats | null>(null);
/** ms of the page's clock at which `stats` came. */
export const statsAt = signal(0);
export const history = signal<History>(NO_HISTORY);
export const events = signal<readonly LogEvent[]>([]);
export const reducedRate = signal(false);
/** Why the daemon does not talk to us, where it said so. */
export const refusal = signal<string | null>(null);
/** What the worker last refused. */
export const oddMessage = signal<string | null>(null);
/** Ticks once a second: ages on screen depend on it. */
export const clock = signal(Date.now());

const KEEP_EVENTS = 200;

export const newestSeries = computed<SeriesInfo | null>(() => [...series.value.values()].at(-1) ?? null);
/** Held while the view is paused, so that a new scan does not take the picture away. */
let shown: string | null = null;
export const currentSeries = computed<SeriesInfo | null>(() => {
  const wanted = chosenSeries.value ?? (paused.value ? shown : null);
  const found = (wanted === null ? undefined : series.value.get(wanted)) ?? (chosenSeries.value === null ? newestSeries.value : null);
  shown = found?.id ?? null;
  return found;
});
export const currentId = computed(() => currentSeries.value?.id ?? null);

/** s since the newest frame, by the page's clock. */
export const frameAge = computed(() => {
  const age = stats.value?.newest_frame_age_s ?? null;
  return age === null ? null : age + Math.max(0, clock.value - statsAt.value) / 1000;
});

export function takeSeries(list: readonly SeriesInfo[]): void {
  const next = new Map(series.value);
  for (const s of list) {
    matchShape(s);
    next.set(s.id, s);
  }
  series.value = new Map([...next].sort(([, a], [, b]) => a.begun.localeCompare(b.begun) || order(a.id) - order(b.id)));
}
const order = (id: string): number => Number(id.slice(id.lastIndexOf("-") + 1)) || 0;

/** The daemon's own list: series that it no longer keeps go. It was asked for a moment ago: what was told since then is newer. */
export function takeSeriesList(list: readonly SeriesInfo[]): void {
  const kept = new Set(list.map((s) => s.id));
  series.value = new Map([...series.value].filter(([id]) => kept.has(id)));
  takeSeries(list.filter((s) => s.seq >= (series.value.get(s.id)?.seq ?? 0)));
}

export function takeEvents(list: readonly LogEvent[]): void {
  const all = new Map(events.value.map((e) => [e.id, e]));
  for (const e of list) all.set(e.id, e);
  events.value = [...all.values()].sort((a, b) => a.id - b.id).slice(-KEEP_EVENTS);
}

export function takeStats(s: Stats): void {
  stats.value = s;
  statsAt.value = Date.now();
  history.value = remember(history.value, s);
}
