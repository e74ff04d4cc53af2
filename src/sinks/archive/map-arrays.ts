import type { ArchivedRows } from "../../core/archive.js";
import type { LayerDtype } from "../../core/map-layer.js";
import { TIER_MAP } from "./pattern-stack.js";
import type { ZarrStore, ZarrType } from "./zarr-store.js";

const MAPS = "braggstream/maps";
const TYPES: Readonly<Record<LayerDtype, ZarrType>> = { float32: "<f4", int32: "<i4", uint8: "|u1" };
const NOTHING: Readonly<Record<LayerDtype, number>> = { float32: Number.NaN, int32: -1, uint8: 0 };

/** [rows, columns, channels] -> [channels, rows, columns]. */
function channelsFirst<T extends ArchivedRows["value"]>(value: T, channels: number): T {
  const out = value.slice() as T;
  const positions = value.length / channels;
  for (let p = 0; p < positions; p++) for (let k = 0; k < channels; k++) out[k * positions + p] = value[p * channels + k] as number;
  return out;
}

/** The layers of a series as arrays. */
export class MapArrays {
  readonly #store: ZarrStore;
  /** Channels of each. */
  readonly #known = new Map<string, number>();

  constructor(store: ZarrStore) {
    this.#store = store;
    store.group(MAPS);
  }

  /** Writes rows that make a chunk. */
  put({ layer, rows, columns, row, chunk, value }: ArchivedRows): void {
    const { name, channels, dtype } = layer;
    const inside = `${MAPS}/${name}`;
    const first = layer.channelsFirst === true;
    if (this.#known.get(name) !== channels) {
      this.#store.remove(inside);
      const { kind, claim, unit, about, parts } = layer;
      const inner = first || channels === 1 ? [] : [channels];
      const outer = first ? [channels] : [];
      const shape = [...outer, rows, columns, ...inner];
      const spec = { shape, chunks: [...outer, chunk, columns, ...inner], type: TYPES[dtype], fill: NOTHING[dtype] };
      this.#store.array(inside, spec, { kind, claim, unit, about, ...(parts ? { parts } : {}) });
      this.#known.set(name, channels);
    }
    const full = this.#whole(value, chunk * columns * channels, NOTHING[dtype]);
    const written = first ? channelsFirst(full, channels) : full;
    const at = [...(first ? [0] : []), Math.floor(row / chunk), 0, ...(first || channels === 1 ? [] : [0])];
    this.#store.chunk(inside, at, new Uint8Array(written.buffer, written.byteOffset, written.byteLength));
  }

  /** Chunks are full: the last one reaches beyond the last row. */
  #whole(value: ArchivedRows["value"], length: number, nothing: number): ArchivedRows["value"] {
    if (value.length === length) return value;
    const out =
      value instanceof Float32Array
        ? new Float32Array(length)
        : value instanceof Int32Array
          ? new Int32Array(length)
          : new Uint8Array(length);
    out.fill(nothing);
    out.set(value);
    return out;
  }

  /** Only these are left. */
  keep(names: readonly string[]): void {
    for (const name of this.#known.keys())
      if (!names.includes(name)) {
        this.#store.remove(`${MAPS}/${name}`);
        this.#known.delete(name);
      }
  }

  /** Another grid: they begin anew. */
  clear(): void {
    this.keep([]);
    this.#store.remove(`${MAPS}/${TIER_MAP}`);
  }
}
