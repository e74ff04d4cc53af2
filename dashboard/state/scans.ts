import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { SeriesInfo } from "../../src/core/series.js";
import type { Band } from "../lib/assembly.js";
import { ZERO_IS_NONE } from "../lib/catalogue.js";
import { DERIVED, PHASE, phases } from "../lib/derive.js";
import { applyBand, createLayerImage, type LayerImage, type ScanMask, scanMask, updateMask } from "../lib/layer-image.js";

/** The maps of one series on this page. */
export interface ScanMaps {
  readonly id: string;
  readonly rows: number;
  readonly cols: number;
  readonly layers: ReadonlyMap<string, LayerImage>;
  readonly mask: ScanMask;
  /** Grows with every change of any layer. */
  readonly changed: ReadonlySignal<number>;
}
interface Held extends ScanMaps {
  readonly layers: Map<string, LayerImage>;
  readonly changed: Signal<number>;
}

const KEEP = 4;
const held = new Map<string, Held>();
/** Grows when a series gets its first map, another shape, or is let go. */
export const mapsVersion = signal(0);
/** Rows written into maps so far. */
export const counters = { rows: 0, bands: 0 };

function scan(id: string, rows: number, cols: number): Held {
  const old = held.get(id);
  if (old && old.rows === rows && old.cols === cols) return old;
  const mask = scanMask(cols, rows);
  const made: Held = { id, rows, cols, layers: new Map(), mask, changed: signal(0) };
  held.delete(id);
  held.set(id, made);
  for (const key of held.keys()) if (held.size > KEEP && key !== id) held.delete(key);
  mapsVersion.value++;
  return made;
}

export const mapsOf = (id: string): ScanMaps | undefined => held.get(id);

/** A series with another shape than its maps begins again, empty. */
export function matchShape(info: SeriesInfo): void {
  const old = held.get(info.id);
  if (old && (old.rows !== info.shape[0] || old.cols !== info.shape[1])) scan(info.id, info.shape[0], info.shape[1]);
}

const PHASE_OF = ["inplane_angle", "fold"];
function putPhase(s: Held, row: number, count: number): void {
  const [angle, fold] = PHASE_OF.map((name) => s.layers.get(name)?.planes[0]?.values.subarray(row * s.cols, (row + count) * s.cols));
  if (!angle || !fold) return;
  const image = s.layers.get(PHASE) ?? createLayerImage(PHASE, s.rows, s.cols, 1);
  s.layers.set(PHASE, image);
  const { id: series, rows, cols } = s;
  applyBand(image, { series, layer: PHASE, rows, cols, channels: 1, row, count, data: phases(angle, fold) }, false);
}

function put(band: Band): Held {
  const s = scan(band.series, band.rows, band.cols);
  const zero = ZERO_IS_NONE.has(band.layer);
  let image = s.layers.get(band.layer);
  if (!image || image.planes.length !== band.channels) {
    image = createLayerImage(band.layer, s.rows, s.cols, band.channels, zero ? 0 : Number.NaN);
    s.layers.set(band.layer, image);
  }
  applyBand(image, band, zero);
  counters.rows += band.count;
  counters.bands++;
  if (PHASE_OF.includes(band.layer)) putPhase(s, band.row, band.count);
  const status = s.layers.get("frame_status");
  if (zero && status) updateMask(s.mask, status, s.layers.get("tier"), band.row, band.count);
  return s;
}

/** Lets layers go that the daemon is no longer asked for: they would grow old. */
export function keepLayers(wanted: readonly string[]): void {
  const kept = new Set([...wanted, ...DERIVED.map((d) => d.name), PHASE]);
  for (const s of held.values())
    for (const name of [...s.layers.keys()])
      if (!kept.has(name)) {
        s.layers.delete(name);
        s.changed.value++;
      }
}

export function takeBands(bands: readonly Band[]): void {
  const touched = new Set(bands.map(put));
  for (const s of touched) s.changed.value++;
}
