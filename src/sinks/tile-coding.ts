import type { MapLayer } from "../core/map-layer.js";
import type { TileDtype } from "../core/wire.js";

/** Values of some rows as they travel: channels first, integer-coded where nothing is lost by it. */
interface CodedRows {
  readonly dtype: TileDtype;
  readonly scale: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Highest values that fit beside the code for "no result". */
const MAX_U8 = 254;
const MAX_U16 = 65534;

/** The smallest type that holds every value exactly. NaN is the highest code of an integer type. */
function smallest(v: Float32Array): "uint8" | "uint16" | "float32" {
  let top = 0;
  for (let i = 0; i < v.length; i++) {
    const x = v[i] ?? 0;
    if (Number.isNaN(x)) continue;
    // -0 has no code.
    if (!(x >= 0 && x <= MAX_U16) || x !== Math.floor(x) || (x === 0 && 1 / x < 0)) return "float32";
    if (x > top) top = x;
  }
  return top <= MAX_U8 ? "uint8" : "uint16";
}

function toCodes(v: Float32Array, codes: Uint8Array | Uint16Array, none: number): void {
  for (let i = 0; i < v.length; i++) {
    const x = v[i] ?? 0;
    codes[i] = Number.isNaN(x) ? none : x;
  }
}

/** [rows, columns, channels] to [channels, rows, columns], into an array of the same type. */
function channelsFirst<T extends MapLayer["value"]>(from: T, channels: number, to: T): void {
  const plane = from.length / channels;
  for (let c = 0; c < channels; c++) for (let i = 0; i < plane; i++) to[c * plane + i] = from[i * channels + c] ?? 0;
}

const asBytes = (v: Uint8Array | Uint16Array | Int32Array | Float32Array): Uint8Array =>
  new Uint8Array(v.buffer, v.byteOffset, v.byteLength);

/** Codes whole rows of a layer. The result is a copy: the layer goes on changing. */
export function codeRows(layer: MapLayer, row: number, rows: number): CodedRows {
  const width = layer.columns * layer.channels;
  const own = layer.value.slice(row * width, (row + rows) * width);
  if (layer.channels > 1) channelsFirst(layer.value.subarray(row * width, (row + rows) * width), layer.channels, own);
  if (!(own instanceof Float32Array))
    return { dtype: own instanceof Int32Array ? "int32" : "uint8", scale: 1, offset: 0, data: asBytes(own) };
  const dtype = smallest(own);
  if (dtype === "float32") return { dtype, scale: 1, offset: 0, data: asBytes(own) };
  const codes = dtype === "uint8" ? new Uint8Array(own.length) : new Uint16Array(own.length);
  toCodes(own, codes, dtype === "uint8" ? MAX_U8 + 1 : MAX_U16 + 1);
  return { dtype, scale: 1, offset: 0, data: asBytes(codes) };
}

/** Rows of a layer that go into one tile of about a megabyte. */
const TILE_BYTES = 1 << 20;
export const rowsPerTile = (layer: MapLayer): number =>
  Math.max(1, Math.floor(TILE_BYTES / (layer.columns * layer.channels * layer.value.BYTES_PER_ELEMENT)));
