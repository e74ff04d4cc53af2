import { LAYERS, type LayerDtype } from "../../src/core/map-layer.js";
import type { SeriesInfo } from "../../src/core/series.js";
import type { Tile } from "../../src/core/wire.js";
import { DERIVED, deriveRow } from "./derive.js";
import { MAX_CHANNELS } from "./read-message.js";

/** Rows of a layer on their way to the page; `data` is channels first [channels, count, cols]. */
export interface Band {
  readonly series: string;
  readonly layer: string;
  /** Of the whole map. */
  readonly rows: number;
  readonly cols: number;
  readonly channels: number;
  readonly row: number;
  readonly count: number;
  readonly data: Float32Array<ArrayBuffer>;
}

interface Plane {
  readonly channels: number;
  readonly values: Float32Array;
  readonly dirty: Uint8Array;
}
interface Scan {
  readonly rows: number;
  readonly cols: number;
  readonly dtypes: Map<string, LayerDtype>;
  readonly planes: Map<string, Plane>;
  seq: number;
}

/** Codes of a tile in the order of the wire. Little endian, whatever this machine is. */
function codes(tile: Tile): (n: number) => number {
  const v = new DataView(tile.data.buffer, tile.data.byteOffset, tile.data.byteLength);
  switch (tile.dtype) {
    case "uint8":
      return (n) => v.getUint8(n);
    case "uint16":
      return (n) => v.getUint16(2 * n, true);
    case "int32":
      return (n) => v.getInt32(4 * n, true);
    case "float32":
      return (n) => v.getFloat32(4 * n, true);
  }
}
const HIGHEST = { uint8: 255, uint16: 65535, int32: Number.POSITIVE_INFINITY, float32: Number.POSITIVE_INFINITY };
const WIDTH = { uint8: 1, uint16: 2, int32: 4, float32: 4 };

/**
 * Values of a tile, channels first. An integer-coded float layer: offset + scale * code, its highest code = NaN;
 * a label of -1 = NaN.
 */
export function tileValues(tile: Tile, layer: LayerDtype): Float32Array {
  const n = tile.data.byteLength / WIDTH[tile.dtype];
  const at = codes(tile);
  const out = new Float32Array(n);
  const coded = layer === "float32" && tile.dtype !== "float32";
  const none = coded ? HIGHEST[tile.dtype] : -1;
  if (coded) for (let i = 0; i < n; i++) out[i] = at(i) === none ? Number.NaN : tile.offset + tile.scale * at(i);
  else if (layer === "int32") for (let i = 0; i < n; i++) out[i] = at(i) === none ? Number.NaN : at(i);
  else for (let i = 0; i < n; i++) out[i] = at(i);
  return out;
}

/** Puts tiles together to whole rows, and hands out the rows that changed. One per connection, kept over reconnects. */
export interface Assembly {
  /** Layers that the daemon is asked for from now on; others are let go. */
  want(layers: readonly string[]): void;
  /** Must be told before the tiles of the series. A new shape starts its maps again. */
  series(info: SeriesInfo): void;
  /** Undefined, or why the tile was not taken. */
  apply(tile: Tile): string | undefined;
  /** Rows that changed since the last call. */
  take(): Band[];
  /** Highest store sequence taken of the newest series: what to resume from. */
  since(): { series: string; seq: number } | undefined;
}

export function createAssembly(keep = 6): Assembly {
  const scans = new Map<string, Scan>();
  let newest: string | undefined;
  let wanted: ReadonlySet<string> | undefined;
  /** Newly wanted layers of which nothing has come: until then the numbers of tiles do not speak of them. */
  const missing = new Set<string>();

  const plane = (scan: Scan, layer: string, channels: number): Plane => {
    const old = scan.planes.get(layer);
    if (old && old.channels === channels) return old;
    const dtype = dtypeOf(scan, layer);
    const values = new Float32Array(channels * scan.rows * scan.cols);
    if (dtype !== "uint8") values.fill(Number.NaN);
    const made = { channels, values, dirty: new Uint8Array(scan.rows) };
    scan.planes.set(layer, made);
    return made;
  };
  const dtypeOf = (scan: Scan, layer: string): LayerDtype =>
    scan.dtypes.get(layer) ?? LAYERS.find((l) => l.name === layer)?.dtype ?? "float32";

  const derive = (scan: Scan): void => {
    const row = scan.planes.get("com_row");
    const col = scan.planes.get("com_col");
    if (!row || !col || !(row.dirty.includes(1) || col.dirty.includes(1))) return;
    const out = DERIVED.map((d) => plane(scan, d.name, 1));
    for (let r = 0; r < scan.rows; r++) {
      if (!row.dirty[r] && !col.dirty[r]) continue;
      const cut = (p: Plane): Float32Array => p.values.subarray(r * scan.cols, (r + 1) * scan.cols);
      DERIVED.forEach((d, i) => {
        const p = out[i] as Plane;
        deriveRow(d.name, cut(row), cut(col), cut(p));
        p.dirty[r] = 1;
      });
    }
  };

  return {
    want(layers) {
      const next = new Set(layers);
      for (const name of wanted ? next : []) if (!wanted?.has(name)) missing.add(name);
      for (const name of missing) if (!next.has(name)) missing.delete(name);
      wanted = next;
      for (const scan of scans.values()) {
        if (missing.size > 0) scan.seq = 0;
        for (const name of scan.planes.keys()) if (!next.has(name) && !DERIVED.some((d) => d.name === name)) scan.planes.delete(name);
      }
    },
    series(info) {
      const [rows, cols] = info.shape;
      const old = scans.get(info.id);
      const dtypes = new Map(info.layers.map((l) => [l.name, l.dtype]));
      if (old && old.rows === rows && old.cols === cols) for (const [name, d] of dtypes) old.dtypes.set(name, d);
      else scans.set(info.id, { rows, cols, dtypes, planes: new Map(), seq: 0 });
      if (newest === undefined || !old) newest = info.id;
      for (const id of scans.keys()) if (scans.size > keep && id !== newest) scans.delete(id);
    },
    apply(tile) {
      const scan = scans.get(tile.series);
      if (!scan) return `tile of unknown series ${tile.series}`;
      if (tile.row + tile.rows > scan.rows || tile.col + tile.cols > scan.cols) return `tile of ${tile.layer}: outside the map`;
      // On its way when the layer was given up.
      if (wanted && !wanted.has(tile.layer)) return undefined;
      missing.delete(tile.layer);
      const values = tileValues(tile, dtypeOf(scan, tile.layer));
      const channels = values.length / (tile.rows * tile.cols);
      if (channels > MAX_CHANNELS) return `tile of ${tile.layer}: ${channels} channels`;
      const p = plane(scan, tile.layer, channels);
      for (let c = 0; c < channels; c++)
        for (let r = 0; r < tile.rows; r++) {
          const from = (c * tile.rows + r) * tile.cols;
          p.values.set(values.subarray(from, from + tile.cols), (c * scan.rows + tile.row + r) * scan.cols + tile.col);
        }
      p.dirty.fill(1, tile.row, tile.row + tile.rows);
      if (missing.size === 0) scan.seq = Math.max(scan.seq, tile.seq);
      return undefined;
    },
    take() {
      const bands: Band[] = [];
      for (const [id, scan] of scans) {
        derive(scan);
        for (const [layer, p] of scan.planes) bands.push(...cutBands(id, layer, scan, p));
      }
      return bands;
    },
    since() {
      const scan = newest === undefined ? undefined : scans.get(newest);
      return newest !== undefined && scan && scan.seq > 0 ? { series: newest, seq: scan.seq } : undefined;
    },
  };
}

function cutBands(series: string, layer: string, scan: Scan, p: Plane): Band[] {
  const bands: Band[] = [];
  const { rows, cols } = scan;
  for (let row = p.dirty.indexOf(1); row >= 0; row = p.dirty.indexOf(1, row)) {
    let end = row;
    while (end < rows && p.dirty[end]) end++;
    const count = end - row;
    const data = new Float32Array(p.channels * count * cols);
    for (let c = 0; c < p.channels; c++) data.set(p.values.subarray((c * rows + row) * cols, (c * rows + end) * cols), c * count * cols);
    bands.push({ series, layer, rows, cols, channels: p.channels, row, count, data });
    p.dirty.fill(0, row, end);
    row = end;
  }
  return bands;
}
