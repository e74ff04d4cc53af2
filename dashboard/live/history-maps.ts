import { effect } from "@preact/signals";
import { LAYERS } from "../../src/core/map-layer.js";
import { isOver } from "../../src/core/series.js";
import type { Band } from "../lib/assembly.js";
import { DERIVED, deriveRow } from "../lib/derive.js";
import type { NpyArray } from "../lib/npy.js";
import { fetchLayer } from "../net/api.js";
import { currentSeries, newestSeries } from "../state/daemon.js";
import { mapsOf, takeBands } from "../state/scans.js";
import { wantedNames } from "../state/wanted.js";

/** How often the maps of an older series that is still being worked on are asked for. ms. */
const AGAIN_MS = 5000;

const layerSpecs = new Map(LAYERS.map((l) => [l.name, l]));

/** [rows, cols, channels] to channels first, unless it is; -1 of an id is no result. */
function band(series: string, layer: string, { shape, type, data }: NpyArray): Band | null {
  const first = layerSpecs.get(layer)?.channelsFirst === true;
  const [rows = 0, cols = 0, channels = 1] = first ? [...shape.slice(1), shape[0] ?? 0] : shape;
  if (rows < 1 || cols < 1 || shape.length > 3) return null;
  if (first) return { series, layer, rows, cols, channels, row: 0, count: rows, data: Float32Array.from(data) };
  const out = new Float32Array(rows * cols * channels);
  for (let i = 0; i < rows * cols; i++)
    for (let c = 0; c < channels; c++) {
      const v = data[i * channels + c] as number;
      out[c * rows * cols + i] = type === "int32" && v === -1 ? Number.NaN : v;
    }
  return { series, layer, rows, cols, channels, row: 0, count: rows, data: out };
}

async function load(id: string, names: readonly string[]): Promise<void> {
  const got = new Map<string, Band>();
  for (const name of names) {
    try {
      const b = band(id, name, await fetchLayer(id, name));
      if (b) got.set(name, b);
    } catch {
      // A layer that is not there yet, or a series that has just gone: the tile says so by itself.
    }
  }
  const row = got.get("com_row");
  const col = got.get("com_col");
  if (row && col)
    for (const d of DERIVED) {
      const data = new Float32Array(row.data.length);
      deriveRow(d.name, row.data, col.data, data);
      got.set(d.name, { ...row, layer: d.name, data });
    }
  takeBands([...got.values()]);
}

/** The daemon pushes the newest series only: maps of one that was chosen from the list are fetched. */
export function followOlderSeries(): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let asked = "";
  effect(() => {
    const s = currentSeries.value;
    const wanted = new Set(wantedNames.value.split(" "));
    const names = (s?.layers ?? []).map((l) => l.name).filter((name) => wanted.has(name));
    const key = s && s !== newestSeries.value ? `${s.id} ${s.state} ${s.shape.join("x")} ${names.join(" ")}` : "";
    if (key === asked) return;
    asked = key;
    clearInterval(timer);
    if (!s || key === "") return;
    if (!isOver(s.state)) timer = setInterval(() => void load(s.id, names), AGAIN_MS);
    const lacking = names.filter((name) => !mapsOf(s.id)?.layers.has(name));
    const due = isOver(s.state) ? lacking : names;
    if (due.length > 0) void load(s.id, due);
  });
}
