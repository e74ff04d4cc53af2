import { computed, effect, signal } from "@preact/signals";
import type { Position } from "../lib/hash-state.js";
import { mostNovel, type NovelPosition } from "../lib/most-novel.js";
import type { NpyArray } from "../lib/npy.js";
import { isDenoised } from "../live/patterns.js";
import { currentMaps } from "../live/tile-model.js";
import { fetchPattern } from "../net/api.js";
import { calmly } from "../net/calmly.js";
import { componentsAsked } from "../state/components.js";
import { connected, currentId } from "../state/daemon.js";
import { screen } from "../state/page.js";

/** Positions in the list. */
const LISTED = 10;
const SPACING_MS = 2000;

/** The most novel positions of the scan on screen. */
export const novelList = signal<readonly NovelPosition[]>([]);
/** Patterns by series and position; null: there is none. */
export const novelPatterns = signal<ReadonlyMap<string, NpyArray | null>>(new Map());
export const novelKey = ({ row, col }: Position): string => `${currentId.value}/${row}/${col}`;

/** Grows whenever the list may be another. */
const version = computed(() => {
  componentsAsked.value;
  return screen.value === "components" ? (currentMaps.value?.layers.get("novelty")?.planes[0]?.version ?? 0) : 0;
});

async function patternAt(id: string, at: Position): Promise<NpyArray | null> {
  try {
    return (await fetchPattern(id, at, isDenoised.peek() ? "denoised" : "raw", AbortSignal.timeout(10_000))).array;
  } catch {
    return null;
  }
}

/** Those that are listed, and no others; what is known of one is not asked for again. */
async function askPatterns(): Promise<void> {
  const id = currentId.peek();
  if (id === null || !connected.peek()) return;
  const next = new Map<string, NpyArray | null>();
  for (const at of novelList.peek()) {
    const key = novelKey(at);
    next.set(key, novelPatterns.peek().get(key) ?? (await patternAt(id, at)));
  }
  novelPatterns.value = next;
}

/** Keeps the list of the most novel positions up to date, for as long as the page lives. */
export function followNovel(): void {
  const ask = calmly(askPatterns, SPACING_MS);
  const list = calmly(async () => {
    const maps = currentMaps.peek();
    const values = maps?.layers.get("novelty")?.planes[0]?.values;
    novelList.value = maps && values ? mostNovel(values, maps, LISTED) : [];
    if (novelList.peek().length > 0) ask();
  }, SPACING_MS);
  let before: string | null = null;
  effect(() => {
    const id = currentId.value;
    if (id !== before) novelList.value = [];
    before = id;
    if (version.value > 0) list();
  });
}
