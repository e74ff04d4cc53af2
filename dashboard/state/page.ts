import { effect, signal } from "@preact/signals";
import {
  type PageState,
  type PatternMode,
  type PatternView,
  type Position,
  readHash,
  type Screen,
  type TileState,
  writeHash,
} from "../lib/hash-state.js";
import type { Curve } from "../lib/look.js";
import type { View } from "../lib/view.js";

/** What the page shows, as the address bar has it. */
const first: PageState = readHash(location.hash);

export const screen = signal<Screen>(first.screen);
export const chosenSeries = signal<string | null>(first.series);
export const tiles = signal<readonly TileState[]>(first.tiles);
export const activeTile = signal(first.active);
export const view = signal<View>(first.view);
export const cursor = signal<Position | null>(first.cursor);
export const pins = signal<readonly Position[]>(first.pins);
export const patternMode = signal<PatternMode>(first.pattern);
export const patternView = signal<PatternView>(first.patternView);
export const patternCurve = signal<Curve>(first.patternCurve);

/** Not in the address: it would surprise whom the link is sent to. */
export const paused = signal(false);
export const dialog = signal<"help" | "shape" | "chart" | "detectors" | null>(null);
export const chartOf = signal("frames-in");
export const theme = signal<"dark" | "light">("dark");

export function changeTile(index: number, change: Partial<TileState>): void {
  tiles.value = tiles.value.map((t, i) => (i === index ? { ...t, ...change } : t));
}

const current = (): PageState => ({
  screen: screen.value,
  series: chosenSeries.value,
  tiles: tiles.value,
  active: activeTile.value,
  view: view.value,
  cursor: cursor.value,
  pins: pins.value,
  pattern: patternMode.value,
  patternView: patternView.value,
  patternCurve: patternCurve.value,
});

function apply(s: PageState): void {
  screen.value = s.screen;
  chosenSeries.value = s.series;
  tiles.value = s.tiles;
  activeTile.value = s.active;
  view.value = s.view;
  cursor.value = s.cursor;
  pins.value = s.pins;
  patternMode.value = s.pattern;
  patternView.value = s.patternView;
  patternCurve.value = s.patternCurve;
}

/** Keeps the address and the state together. The address follows within a moment, not per mouse move. */
export function followAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written = "";
  effect(() => {
    const hash = `#${writeHash(current())}`;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (hash === written) return;
      written = hash;
      history.replaceState(null, "", hash);
    }, 200);
  });
  addEventListener("hashchange", () => {
    if (location.hash !== written) apply(readHash(location.hash));
  });
}

const THEME_KEY = "braggstream-theme";
export function followTheme(): void {
  try {
    if (localStorage.getItem(THEME_KEY) === "light") theme.value = "light";
  } catch {
    // Storage may be forbidden: the theme is then not remembered.
  }
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    try {
      localStorage.setItem(THEME_KEY, theme.value);
    } catch {
      // As above.
    }
  });
}
