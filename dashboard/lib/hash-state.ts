import { TABLE_NAMES, type TableName } from "./colour-tables.js";
import type { Limits } from "./histogram.js";
import { CURVES, type Curve } from "./look.js";
import type { View } from "./view.js";

/** What a map tile shows. `layer`: of a layer with named channels, `layer.channel`. `table` null: the first that fits the layer; `limits` null: chosen from the data. */
export interface TileState {
  readonly layer: string;
  readonly table: TableName | null;
  readonly curve: Curve;
  readonly limits: Limits | null;
  readonly locked: boolean;
}
/** What the pattern panel is about. `mean`, `max`, `variance`: of the whole scan. */
export const PATTERN_MODES = ["frame", "3x3", "5x5", "class", "mean", "max", "variance", "pins"] as const;
export type PatternMode = (typeof PATTERN_MODES)[number];
/** Which picture of it. Of the whole scan there is `raw` only. */
export const PATTERN_VIEWS = ["raw", "denoised", "difference", "explained", "residual"] as const;
export type PatternView = (typeof PATTERN_VIEWS)[number];
export interface Position {
  readonly row: number;
  readonly col: number;
}
export const SCREENS = ["live", "components", "system"] as const;
export type Screen = (typeof SCREENS)[number];

/** Everything that the address bar holds. */
export interface PageState {
  readonly screen: Screen;
  /** null: follow the newest series. */
  readonly series: string | null;
  readonly tiles: readonly TileState[];
  readonly active: number;
  readonly view: View;
  readonly cursor: Position | null;
  readonly pins: readonly Position[];
  readonly pattern: PatternMode;
  readonly patternView: PatternView;
  readonly patternCurve: Curve;
}

const tile = (layer: string): TileState => ({ layer, table: null, curve: "lin", limits: null, locked: false });
export const MAX_PINS = 4;
export const DEFAULT_STATE: PageState = {
  screen: "live",
  series: null,
  tiles: [tile("bf"), tile("adf"), tile("com_angle"), tile("sum")],
  active: 0,
  view: { zoom: 1, row: 0.5, col: 0.5 },
  cursor: null,
  pins: [],
  pattern: "frame",
  patternView: "raw",
  patternCurve: "log",
};

const n = (x: number): string => String(Number(x.toPrecision(6)));
const at = (p: Position): string => `${p.row}.${p.col}`;

function tileText(t: TileState): string {
  const parts = [
    t.layer,
    t.table === null ? "" : t.table.replaceAll(" ", "-"),
    t.curve,
    t.limits ? t.limits.map(n).join("~") : "",
    t.locked ? "k" : "",
  ];
  return parts.join(",").replace(/,+$/, "");
}
/** The hash of a view, without "#"; only what differs from the default. */
export function writeHash(s: PageState): string {
  const q: string[] = [];
  const d = DEFAULT_STATE;
  if (s.series !== null) q.push(`s=${encodeURIComponent(s.series)}`);
  s.tiles.forEach((t, i) => {
    if (tileText(t) !== tileText(d.tiles[i] ?? tile("sum"))) q.push(`t${i}=${encodeURIComponent(tileText(t))}`);
  });
  if (s.active !== 0) q.push(`a=${s.active}`);
  if (s.view.zoom !== 1) q.push(`v=${[s.view.zoom, s.view.row, s.view.col].map(n).join("~")}`);
  if (s.cursor) q.push(`c=${at(s.cursor)}`);
  if (s.pins.length > 0) q.push(`p=${s.pins.map(at).join("~")}`);
  if (s.pattern !== d.pattern) q.push(`m=${s.pattern}`);
  if (s.patternView !== d.patternView) q.push(`pv=${s.patternView}`);
  if (s.patternCurve !== d.patternCurve) q.push(`pc=${s.patternCurve}`);
  return `/${s.screen}${q.length > 0 ? `?${q.join("&")}` : ""}`;
}

function readTile(raw: string): TileState {
  const [layer = "", table = "", curve = "", limits = "", lock = ""] = raw.split(",");
  const [low, high] = limits.split("~").map(Number);
  return {
    layer: /^[\w-]{1,64}(\.\d{1,2})?$/.test(layer) ? layer : "sum",
    table: TABLE_NAMES.find((t) => t.replaceAll(" ", "-") === table) ?? null,
    curve: CURVES.find((c) => c === curve) ?? "lin",
    limits: low !== undefined && high !== undefined && Number.isFinite(low) && high > low ? [low, high] : null,
    locked: lock === "k",
  };
}
function readPosition(raw: string): Position | null {
  const m = /^(\d{1,5})\.(\d{1,5})$/.exec(raw);
  return m ? { row: Number(m[1]), col: Number(m[2]) } : null;
}
function readView(raw: string): View {
  const [zoom, row, col] = raw.split("~").map(Number);
  const inside = (x: number | undefined): x is number => x !== undefined && x >= 0 && x <= 1;
  return zoom !== undefined && zoom >= 1 && zoom <= 64 && inside(row) && inside(col) ? { zoom, row, col } : DEFAULT_STATE.view;
}
function decode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return "";
  }
}

/** The view that a hash describes; whatever is missing or wrong is the default. */
export function readHash(hash: string): PageState {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const q = new Map(
    query.split("&").map((pair) => {
      const k = pair.indexOf("=");
      return [pair.slice(0, k), decode(pair.slice(k + 1))] as const;
    }),
  );
  const d = DEFAULT_STATE;
  const active = Number(q.get("a") ?? 0);
  const series = q.get("s") ?? "";
  return {
    screen: SCREENS.find((s) => s === path) ?? d.screen,
    series: series !== "" && series.length <= 128 ? series : null,
    tiles: d.tiles.map((t, i) => {
      const raw = q.get(`t${i}`);
      return raw === undefined ? t : readTile(raw);
    }),
    active: Number.isInteger(active) && active >= 0 && active < d.tiles.length ? active : 0,
    view: readView(q.get("v") ?? ""),
    cursor: readPosition(q.get("c") ?? ""),
    pins: (q.get("p") ?? "")
      .split("~")
      .map(readPosition)
      .filter((p) => p !== null)
      .slice(0, MAX_PINS),
    pattern: PATTERN_MODES.find((m) => m === q.get("m")) ?? d.pattern,
    patternView: PATTERN_VIEWS.find((v) => v === q.get("pv")) ?? d.patternView,
    patternCurve: CURVES.find((c) => c === q.get("pc")) ?? d.patternCurve,
  };
}
