import { computed, effect, signal } from "@preact/signals";
import { FRAME_STATUS } from "../../src/core/map-layer.js";
import { isOver } from "../../src/core/series.js";
import { PATTERN_VIEWS, type PatternMode, type PatternView, type Position } from "../lib/hash-state.js";
import { classAround, windowAround } from "../lib/pattern-parts.js";
import { newestWins } from "../net/newest-wins.js";
import { componentsAsked } from "../state/components.js";
import { clock, connected, currentId, currentSeries, stats } from "../state/daemon.js";
import { cursor, patternMode, patternView, pins } from "../state/page.js";
import { loadShown, loadSummary, NOTHING, type Shown, type Source, type SummaryKind, type Wanted, without } from "./pattern-fetch.js";
import { currentMaps, valueAt } from "./tile-model.js";

/** At most so many jobs a second while the pointer moves. */
const SPACING_MS = 60;
const SUMMARY_MS = 3000;

/** Ticks while the scan runs. */
const tick = computed(() => (currentSeries.value && !isOver(currentSeries.value.state) ? Math.floor(clock.value / SUMMARY_MS) : 0));

/** The frame under the cursor, or the mean around it. */
export const hovered = signal<Shown>(NOTHING);
/** The mean, maximum or variance of the scan. */
export const summary = signal<Shown>(NOTHING);
export const pinned = signal<readonly Shown[]>([]);

const has = (name: string): boolean => currentSeries.value?.layers.some((l) => l.name === name) === true;
export const hasClasses = computed(() => has("label"));
/** Views that need classes. */
const OF_CLASSES: readonly PatternView[] = ["explained", "residual"];
/** Pictures that there are of a position. */
export const patternViews = computed(() => PATTERN_VIEWS.filter((v) => hasClasses.value || !OF_CLASSES.includes(v)));
/** Its estimates have a number of frames. */
export const isDenoised = computed(() => has("neighbours"));
/** What the panel shows: a link may ask for what this series does not have. */
export const panelMode = computed<PatternMode>(() => (patternMode.value === "class" && !hasClasses.value ? "frame" : patternMode.value));

/** Without a cursor there is the mean to look at, and it is said so. */
export const summaryKind = (mode: PatternMode): SummaryKind | null => {
  if (mode === "mean" || mode === "max" || mode === "variance") return mode;
  return mode !== "pins" && cursor.value === null ? "mean" : null;
};

const statusAt = (p: Position): number | null => valueAt(currentMaps.value, "frame_status", p.row, p.col);
/** What is known of a position before asking for its frame. */
function verdict(at: Position): string | null {
  const status = statusAt(at);
  if (status === null) return "Waiting for the maps";
  if (status === FRAME_STATUS.lost) return "This frame was lost";
  return status === FRAME_STATUS.notYet ? "Not scanned yet" : null;
}

const sourceAt = (p: Position): Source => ({
  ...p,
  tier: valueAt(currentMaps.value, "tier", p.row, p.col) ?? 0,
  frames: valueAt(currentMaps.value, "neighbours", p.row, p.col) ?? Number.NaN,
});

/** Positions that a picture about this one is made of, it the first where it is one of them; or why there are none. */
function sourcesOf(mode: PatternMode, at: Position): readonly Source[] | string {
  const maps = currentMaps.value;
  const why = verdict(at);
  if (!maps || mode === "frame" || mode === "pins") return why ?? [sourceAt(at)];
  if (mode === "class") {
    const labels = maps.layers.get("label")?.planes[0]?.values;
    if (why !== null) return why;
    return labels && !Number.isNaN(valueAt(maps, "label", at.row, at.col))
      ? classAround(at, labels, maps).map(sourceAt)
      : "No class here yet";
  }
  const came = windowAround(at, mode === "3x3" ? 3 : 5, maps, (p) => statusAt(p) === FRAME_STATUS.received);
  return came.length > 0 ? came.map(sourceAt) : (why ?? "No frame came around this position");
}

function wantedAt(mode: PatternMode, at: Position): Wanted | null {
  const s = currentSeries.value;
  currentMaps.value?.changed.value;
  if (!s) return null;
  const view = patternView.value;
  const scan = `${s.id}/${s.shape.join("x")}`;
  const key = `${scan}/${mode}/${view}/${at.row}/${at.col}`;
  const found = sourcesOf(mode, at);
  const [sources, problem] = typeof found === "string" ? [[], found] : [found, null];
  const radius = s.beam && s.beam.radius > 0 ? s.beam.radius : null;
  return { key, id: s.id, scan, at, view, sources, problem, over: isOver(s.state), classes: componentsAsked.value, radius };
}
/** In which variant patterns of the newest series are made now. */
const variant = computed(() => stats.value?.denoise.variant ?? "full");
/** Another picture is wanted when this is another: also when estimates have become better, or could be. */
const versionOf = (w: Wanted): string =>
  JSON.stringify([
    w.key,
    w.problem,
    w.over,
    w.view === "denoised" || w.view === "difference" ? [variant.value, w.sources.map((s) => s.tier)] : [],
    w.view === "explained" || w.view === "residual" ? w.classes : 0,
    w.sources.map((s) => [s.row, s.col]),
  ]);

/** A raw frame that the pointer has left behind is still newer than what is on screen; nothing else is shown for another position. */
const scrubs = (key: string): string | null => /^.*\/frame\/raw\//.exec(key)?.[0] ?? null;
const mayStay = (old: string, now: string): boolean => old === now || (scrubs(old) !== null && scrubs(old) === scrubs(now));

function followCursor(): void {
  const wanted = computed(() => (cursor.value === null ? null : wantedAt(panelMode.value, cursor.value)));
  const version = computed(() => (wanted.value === null ? "" : versionOf(wanted.value)));
  const ask = newestWins<Shown>((s) => {
    const now = wanted.peek();
    // Never replaces a verdict.
    if (now?.problem === null && mayStay(s.key, now.key)) hovered.value = s;
  }, SPACING_MS);
  effect(() => {
    version.value;
    const w = wanted.peek();
    if (w === null || w.problem !== null) {
      ask(null, true);
      hovered.value = w === null ? NOTHING : without(w, w.problem);
      return;
    }
    const stays = mayStay(hovered.peek().key, w.key);
    if (!stays) hovered.value = without(w, null);
    ask((signal) => loadShown(w, signal), !stays);
  });
}

function followSummary(): void {
  const kind = computed(() => summaryKind(panelMode.value));
  const ask = newestWins<Shown>((s) => {
    if (s.key === `${currentId.peek()}/${kind.peek()}`) summary.value = s;
  }, SPACING_MS);
  effect(() => {
    const id = currentId.value;
    const what = kind.value;
    currentSeries.value?.state;
    tick.value;
    if (id === null || what === null || !connected.value) return;
    if (summary.peek().key !== `${id}/${what}`) summary.value = NOTHING;
    ask(() => loadSummary(id, what));
  });
}
function followPins(): void {
  const wanted = computed(() => pins.value.map((p) => wantedAt("frame", p)).filter((w) => w !== null));
  const version = computed(() => wanted.value.map(versionOf).join());
  let left = new AbortController();
  effect(() => {
    version.value;
    // After a break of the connection, say.
    tick.value;
    left.abort();
    left = new AbortController();
    const { signal } = left;
    const list = wanted.peek();
    pinned.value = pinned.peek().filter((s) => list.some((w) => w.key === s.key));
    void Promise.all(list.map((w) => loadShown(w, signal))).then((all) => {
      if (!signal.aborted) pinned.value = all.filter((s) => s !== null);
    });
  });
}

/** Asks for what the page shows, for as long as it lives. */
export function followPatterns(): void {
  followCursor();
  followSummary();
  followPins();
}
