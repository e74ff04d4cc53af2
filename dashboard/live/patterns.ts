import { computed, effect, signal } from "@preact/signals";
import { FRAME_STATUS } from "../../src/core/map-layer.js";
import { isOver } from "../../src/core/series.js";
import type { PatternMode, Position } from "../lib/hash-state.js";
import type { NpyArray } from "../lib/npy.js";
import { type Pattern, readPattern } from "../lib/pattern-stats.js";
import { fetchPattern, fetchSummary, Refused } from "../net/api.js";
import { clock, connected, currentId, currentSeries } from "../state/daemon.js";
import { cursor, patternMode, pins } from "../state/page.js";
import { currentMaps, valueAt } from "./tile-model.js";

/** A pattern on screen, or why there is none. */
export interface Shown {
  readonly key: string;
  readonly at: Position | null;
  readonly pattern: Pattern | null;
  readonly problem: string | null;
}
const NOTHING: Shown = { key: "", at: null, pattern: null, problem: null };

/** At most so many requests a second while the pointer moves. */
const SPACING_MS = 60;
const SUMMARY_MS = 3000;
const CACHED = 48;

const cache = new Map<string, Shown>();
function remember(s: Shown): Shown {
  cache.delete(s.key);
  cache.set(s.key, s);
  for (const k of cache.keys()) if (cache.size > CACHED) cache.delete(k);
  return s;
}

function toPattern({ shape, type, data }: NpyArray): Pattern {
  const [h, w] = shape;
  if (shape.length !== 2 || !h || !w) throw new Error(`the pattern has shape (${shape.join(", ")})`);
  return readPattern(h, w, type, data);
}
function explain(e: unknown): string {
  if (!(e instanceof Refused)) return e instanceof Error ? e.message : String(e);
  if (e.status === 410) return e.code === "pattern_not_retained" ? "The frame is no longer kept" : "The scan is no longer kept";
  return e.status === 404 ? "No frame came for this position" : e.message;
}

/** A scan that was placed again has other frames at its positions. */
const grid = computed(() => currentSeries.value?.shape.join("x") ?? "");
const keyOf = (id: string, p: Position): string => `${id}/${grid.peek()}/${p.row}/${p.col}`;
async function load(id: string, at: Position): Promise<Shown> {
  const key = keyOf(id, at);
  const old = cache.get(key);
  if (old) return remember(old);
  try {
    return remember({ key, at, pattern: toPattern(await fetchPattern(id, at.row, at.col)), problem: null });
  } catch (e) {
    return { key, at, pattern: null, problem: explain(e) };
  }
}

/** What is known of a position before asking for its frame. */
function verdict(at: Position): string | null {
  const status = valueAt(currentMaps.value, "frame_status", at.row, at.col);
  if (status === null) return "Waiting for the maps";
  if (status === FRAME_STATUS.lost) return "This frame was lost";
  return status === FRAME_STATUS.notYet ? "Not scanned yet" : null;
}

/** The frame under the cursor. */
export const hovered = signal<Shown>(NOTHING);
/** The mean, maximum or variance of the scan. */
export const summary = signal<Shown>(NOTHING);
export const pinned = signal<readonly Shown[]>([]);

/** One request on its way; of those that wait only the newest is sent. */
function newestWins(show: (s: Shown) => void): (job: (() => Promise<Shown>) | null) => void {
  let waiting: (() => Promise<Shown>) | null = null;
  let busy = false;
  const run = async (): Promise<void> => {
    busy = true;
    while (waiting) {
      const job = waiting;
      waiting = null;
      const begun = performance.now();
      const got = await job();
      show(got);
      const rest = SPACING_MS - (performance.now() - begun);
      if (rest > 0) await new Promise((done) => setTimeout(done, rest));
    }
    busy = false;
  };
  return (job) => {
    waiting = job;
    if (job && !busy) void run();
  };
}

/** Asks for what the page shows, for as long as it lives. */
export function followPatterns(): void {
  const wanted = computed(() => (currentId.value === null || cursor.value === null ? "" : keyOf(currentId.value, cursor.value)));
  const known = computed(() => {
    currentMaps.value?.changed.value;
    return cursor.value ? verdict(cursor.value) : null;
  });
  const ask = newestWins((s) => {
    // An answer that the pointer has left behind is still newer than what is on screen, but never replaces a verdict.
    if (known.peek() === null) hovered.value = s;
  });
  effect(() => {
    const id = currentId.value;
    const at = cursor.value;
    const problem = known.value;
    grid.value;
    if (id === null || at === null || problem !== null) {
      ask(null);
      hovered.value = { key: wanted.value, at, pattern: null, problem };
    } else ask(() => load(id, at));
  });

  const kind = computed<"mean" | "max" | "variance" | null>(() => summaryKind(patternMode.value));
  const tick = computed(() => (currentSeries.value && !isOver(currentSeries.value.state) ? Math.floor(clock.value / SUMMARY_MS) : 0));
  const askSummary = newestWins((s) => {
    if (s.key === `${currentId.peek()}/${kind.peek()}`) summary.value = s;
  });
  effect(() => {
    const id = currentId.value;
    const what = kind.value;
    currentSeries.value?.state;
    tick.value;
    if (id === null || what === null || !connected.value) return;
    if (summary.peek().key !== `${id}/${what}`) summary.value = NOTHING;
    askSummary(() => loadSummary(id, what));
  });

  effect(() => {
    const id = currentId.value;
    const list = pins.value;
    grid.value;
    // A pin may wait for its frame.
    tick.value;
    if (id === null) return;
    void Promise.all(list.map((p) => load(id, p))).then((all) => {
      if (pins.peek() === list && currentId.peek() === id) pinned.value = all;
    });
  });
}

/** Frame mode without a cursor shows the mean: something to look at, and said so. */
export const summaryKind = (mode: PatternMode): "mean" | "max" | "variance" | null => {
  if (mode === "frame") return cursor.value === null ? "mean" : null;
  return mode === "pins" ? null : mode;
};

async function loadSummary(id: string, what: "mean" | "max" | "variance"): Promise<Shown> {
  const key = `${id}/${what}`;
  try {
    return { key, at: null, pattern: toPattern(await fetchSummary(id, what)), problem: null };
  } catch (e) {
    const problem = e instanceof Refused && e.status === 404 ? "No frame yet" : explain(e);
    return { key, at: null, pattern: null, problem };
  }
}
