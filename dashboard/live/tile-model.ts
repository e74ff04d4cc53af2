import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Choice, choiceOf, choices, LOW_ENDS, lookKind, tablesFor } from "../lib/catalogue.js";
import { grainTable } from "../lib/class-table.js";
import { colourTable, type TableName } from "../lib/colour-tables.js";
import { PHASE } from "../lib/derive.js";
import type { TileState } from "../lib/hash-state.js";
import { autoLimits, type Limits, sortedSample, type ValueAxis, valueAxis } from "../lib/histogram.js";
import { type LayerImage, lastFilledRow, MASK, type Plane } from "../lib/layer-image.js";
import type { Look, LookKind } from "../lib/look.js";
import { componentTable } from "../state/components.js";
import { currentId, currentSeries, newestSeries, stats } from "../state/daemon.js";
import { tiles } from "../state/page.js";
import { mapsOf, mapsVersion, type ScanMaps } from "../state/scans.js";

/** Logarithms of maps show three decades. */
const STEEP = 999;
const RESAMPLE_MS = 400;

/** The maps of the series on screen. */
export const currentMaps = computed<ScanMaps | undefined>(() => {
  mapsVersion.value;
  return currentId.value === null ? undefined : mapsOf(currentId.value);
});
export const layerChoices = computed(() => choices(currentSeries.value?.layers ?? []));
/** Newest row, on screen, that the detector has sent something for. */
export const newestReceivedRow = computed(() => {
  currentMaps.value?.changed.value;
  const status = currentMaps.value?.layers.get("frame_status");
  return status ? lastFilledRow(status) : -1;
});

/** Features of frames of the scan on screen were put off. */
export const featuresWait = computed(() => currentSeries.value === newestSeries.value && (stats.value?.overload.waiting_features ?? 0) > 0);
/** Whether positions without a value in a map wait for it; all layers of many channels are features. */
export const gapsWait = (c: Choice): boolean => c.group !== null && featuresWait.value;

/** Limits from the data, from a fixed low end where a layer has one. */
function dataLimits(c: Choice, kind: LookKind, sample: Float32Array): Limits {
  const [low, high] = autoLimits(sample, kind);
  const end = LOW_ENDS[c.layer];
  return end === undefined ? [low, high] : [end, Math.max(high, end + 1)];
}

const GRAINS = grainTable();
/** Colours of maps of ids; null: the layer is none. */
const idTable = (layer: string): Uint8Array | null => (layer === "label" ? componentTable.value : layer === "grain" ? GRAINS : null);

/** Everything that a tile draws with, derived from its state and the data. */
export interface TileModel {
  readonly index: number;
  readonly state: ReadonlySignal<TileState>;
  readonly choice: ReadonlySignal<Choice>;
  readonly table: ReadonlySignal<TableName>;
  /** Undefined while nothing of the layer has come. Its identity changes when the map begins again. */
  readonly image: ReadonlySignal<LayerImage | undefined>;
  /** The channel of it that is shown; of in-plane angles their part of the period. */
  readonly values: ReadonlySignal<Plane<Float32Array> | undefined>;
  /** Sorted sample of the values, renewed at a calm rate. */
  readonly sample: ReadonlySignal<Float32Array>;
  readonly limits: ReadonlySignal<Limits>;
  readonly look: ReadonlySignal<Look>;
  readonly axis: ReadonlySignal<ValueAxis>;
}

function tileModel(index: number): TileModel {
  const state = computed(() => tiles.value[index] as TileState);
  const choice = computed(() => choiceOf(layerChoices.value, state.value.layer));
  const kind = computed(() => lookKind(choice.value.kind));
  const image = computed(() => {
    currentMaps.value?.changed.value;
    return currentMaps.value?.layers.get(choice.value.layer);
  });
  const values = computed(() => {
    currentMaps.value?.changed.value;
    const drawn = choice.value.layer === "inplane_angle" ? currentMaps.value?.layers.get(PHASE) : image.value;
    return drawn?.planes[choice.value.channel];
  });
  const sample = signal<Float32Array>(new Float32Array(0));
  const table = computed<TableName>(() => {
    const fit = tablesFor(kind.value);
    return fit.find((t) => t === state.value.table) ?? (fit[0] as TableName);
  });
  const limits = computed<Limits>(() =>
    kind.value === "index" ? [0, 255] : (state.value.limits ?? dataLimits(choice.value, kind.value, sample.value)),
  );
  const curve = computed(() => (kind.value === "cyclic" || kind.value === "index" ? "lin" : state.value.curve));
  let last = 0;
  let later: ReturnType<typeof setTimeout> | undefined;
  let seen: Plane | undefined;
  const resample = (): void => {
    later = undefined;
    last = performance.now();
    const plane = values.peek();
    if (plane && kind.peek() !== "index") sample.value = sortedSample(plane.values);
  };
  effect(() => {
    currentMaps.value?.changed.value;
    const now = values.value;
    // Another layer or scan: its own contrast at once, never that of the one before.
    const wait = now === seen ? RESAMPLE_MS - (performance.now() - last) : 0;
    if (now !== seen) clearTimeout(later);
    if (now !== seen) later = undefined;
    seen = now;
    if (wait <= 0 && later === undefined) resample();
    else later ??= setTimeout(resample, wait);
  });
  return {
    index,
    state,
    choice,
    table,
    image,
    values,
    sample,
    limits,
    look: computed<Look>(() => {
      const [low, high] = limits.value;
      return {
        kind: kind.value,
        curve: curve.value,
        low,
        high,
        steep: STEEP,
        table: idTable(choice.value.layer) ?? colourTable(table.value),
      };
    }),
    axis: computed(() => valueAxis(sample.value, limits.value, kind.value, curve.value, STEEP)),
  };
}

export const tileModels: readonly TileModel[] = tiles.peek().map((_, i) => tileModel(i));

/** Limits that somebody set belong to their scan, unless they are locked. */
let before: string | null = null;
effect(() => {
  const id = currentId.value;
  if (before !== null && id !== null && id !== before)
    tiles.value = tiles.peek().map((t) => (t.limits !== null && !t.locked ? { ...t, limits: null } : t));
  before = id ?? before;
});

/** Value of a channel of a layer at a position; null where the layer or the position is not there. */
export function valueAt(maps: ScanMaps | undefined, layer: string, row: number, col: number, channel = 0): number | null {
  const image = maps?.layers.get(layer);
  if (!image || row >= image.rows || col >= image.cols) return null;
  return image.planes[channel]?.values[row * image.cols + col] ?? null;
}

/** Whether the frame of a position has come, but its value in a map has not. */
export function isWaiting(maps: ScanMaps | undefined, c: Choice, row: number, col: number): boolean {
  if (!maps || row >= maps.rows || col >= maps.cols) return false;
  const m = maps.mask.values[row * maps.cols + col];
  return m === MASK.pending || (m === MASK.present && gapsWait(c) && Number.isNaN(valueAt(maps, c.layer, row, col, c.channel)));
}
