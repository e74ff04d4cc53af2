import { lookKind, tablesFor } from "./lib/catalogue.js";
import { CURVES } from "./lib/look.js";
import { WHOLE } from "./lib/view.js";
import { exportActiveTile } from "./live/export-png.js";
import { patternViews } from "./live/patterns.js";
import { togglePin } from "./live/pins.js";
import { currentMaps, layerChoices, type TileModel, tileModels } from "./live/tile-model.js";
import { activeTile, changeTile, chosenSeries, cursor, dialog, patternView, paused, pins, screen, view } from "./state/page.js";

const active = (): TileModel => tileModels[activeTile.value] as TileModel;

function moveCursor(dRow: number, dCol: number): void {
  const maps = currentMaps.value;
  if (!maps) return;
  const c = cursor.value ?? { row: Math.floor(maps.rows / 2), col: Math.floor(maps.cols / 2) };
  const inside = (x: number, length: number): number => Math.min(length - 1, Math.max(0, x));
  cursor.value = { row: inside(c.row + dRow, maps.rows), col: inside(c.col + dCol, maps.cols) };
}

/** Limits closer together (factor below 1) or further apart, about their middle. */
function contrast(factor: number): void {
  const m = active();
  const [low, high] = m.limits.value;
  const kind = m.look.value.kind;
  if (kind === "cyclic" || kind === "index") return;
  const mid = (low + high) / 2;
  changeTile(m.index, { limits: [mid + (low - mid) * factor, mid + (high - mid) * factor] });
}
function next<T>(list: readonly T[], now: T): T {
  return list[(list.indexOf(now) + 1) % list.length] as T;
}
function zoom(factor: number): void {
  const v = view.value;
  const z = Math.min(64, Math.max(1, v.zoom * factor));
  const maps = currentMaps.value;
  const c = cursor.value;
  const at = c && maps ? { row: (c.row + 0.5) / maps.rows, col: (c.col + 0.5) / maps.cols } : v;
  view.value = z === 1 ? WHOLE : { zoom: z, row: at.row, col: at.col };
}
function pickLayer(n: number): void {
  const choice = layerChoices.value[n];
  if (choice) changeTile(activeTile.value, { layer: choice.name, limits: null, locked: false, table: null });
}
function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen().catch(() => undefined);
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const DOES: Readonly<Record<string, () => void>> = {
  "[": () => contrast(1.15),
  "]": () => contrast(1 / 1.15),
  a: () => changeTile(activeTile.value, { limits: null, locked: false }),
  l: () => changeTile(activeTile.value, { curve: next(CURVES, active().state.value.curve) }),
  c: () => changeTile(activeTile.value, { table: next(tablesFor(lookKind(active().choice.value.kind)), active().table.value) }),
  n: () => changeTile(activeTile.value, { layer: "neighbours", limits: null, locked: false, table: null }),
  v: () => {
    patternView.value = next(patternViews.value, patternView.value);
  },
  p: () => {
    if (cursor.value) togglePin(cursor.value);
  },
  g: () => {
    chosenSeries.value = null;
    paused.value = false;
    screen.value = "live";
  },
  s: () => {
    screen.value = screen.value === "system" ? "live" : "system";
  },
  b: () => {
    screen.value = screen.value === "components" ? "live" : "components";
  },
  f: fullScreen,
  e: () => void exportActiveTile(),
  "+": () => zoom(1.5),
  "=": () => zoom(1.5),
  "-": () => zoom(1 / 1.5),
  "0": () => zoom(1e-9),
  " ": () => {
    paused.value = !paused.value;
  },
  "?": () => {
    dialog.value = "help";
  },
  Escape: () => {
    if (pins.value.length > 0) pins.value = [];
  },
};

/** Tab goes from tile to tile and, after the last, on as usual; Enter goes into the tile. True if it was for us. */
function walkTiles(key: string): boolean {
  const list = [...document.querySelectorAll<HTMLElement>(".tile")];
  const focused = document.activeElement;
  const on = focused instanceof HTMLElement ? list.indexOf(focused) : -1;
  if (key === "Enter") {
    if (on < 0) return false;
    list[on]?.querySelector("select")?.focus();
    return true;
  }
  const fromBody = focused === null || focused === document.body;
  if ((on < 0 && !fromBody) || on === list.length - 1) return false;
  list[fromBody ? (activeTile.value + 1) % list.length : on + 1]?.focus();
  return true;
}

/** True where the key belongs to what has the focus. */
function taken(e: KeyboardEvent): boolean {
  const t = e.target;
  if (!(t instanceof HTMLElement)) return false;
  if (t.matches("input[type=range], [role=slider]")) return /^(Arrow|Page|Home|End)/.test(e.key);
  if (t.matches("input, textarea, select")) return e.key !== "Escape";
  // Buttons keep the keys that press them and leave the rest.
  return t.matches("button, a") && (e.key === " " || e.key === "Enter");
}

export function followKeys(): void {
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || dialog.value !== null || taken(e)) return;
    const step = STEPS[e.key];
    const by = e.shiftKey ? 10 : 1;
    const live = screen.value === "live";
    if (live && step) moveCursor(step[0] * by, step[1] * by);
    else if (live && !e.shiftKey && (e.key === "Tab" || e.key === "Enter")) {
      if (!walkTiles(e.key)) return;
    } else if (live && /^[1-9]$/.test(e.key)) pickLayer(Number(e.key) - 1);
    else {
      const does = DOES[e.key.length === 1 ? e.key.toLowerCase() : e.key];
      if (!does) return;
      does();
    }
    e.preventDefault();
  });
  // A list that was used with the mouse gives the keys back.
  addEventListener("change", (e) => {
    if (e.target instanceof HTMLSelectElement && !e.target.matches(":focus-visible")) e.target.blur();
  });
}
