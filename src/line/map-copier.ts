import type { ArchivedRows } from "../core/archive.js";
import type { MapLayer } from "../core/map-layer.js";
import type { SeriesMaps } from "../maps/store.js";

/** Bytes of a chunk of a map, about. */
const CHUNK_BYTES = 1 << 18;
const BYTES = { float32: 4, int32: 4, uint8: 1 } as const;
const NOTHING = { float32: Number.NaN, int32: -1, uint8: 0 } as const;

/** Rows of a chunk. */
const chunkRows = ({ rows, columns, channels, dtype }: MapLayer): number =>
  Math.min(rows, Math.max(1, Math.floor(CHUNK_BYTES / (columns * channels * BYTES[dtype]))));

/** Copies those rows of maps that changed since they were copied last, chunk by chunk. */
export class MapCopier {
  readonly #maps: SeriesMaps;
  /** Store sequence when each chunk was copied. */
  #copied = new WeakMap<MapLayer, Float64Array>();
  /** Where the round is: number of the layer, and of its chunk. */
  #layer = 0;
  #chunk = 0;

  constructor(maps: SeriesMaps) {
    this.#maps = maps;
  }

  /** The next chunk that changed; null: the round is over, and another one begins. `whole`: rows that hold nothing yet as well. */
  next(): ArchivedRows | null {
    const layers = this.#maps.layers();
    for (; this.#layer < layers.length; this.#layer++, this.#chunk = 0) {
      const layer = layers[this.#layer] as MapLayer;
      const chunk = chunkRows(layer);
      const copied = this.#copied.get(layer) ?? new Float64Array(Math.ceil(layer.rows / chunk));
      this.#copied.set(layer, copied);
      while (this.#chunk < copied.length) {
        const at = this.#chunk++;
        if (this.#changed(layer, at * chunk, chunk, copied[at] as number)) {
          copied[at] = this.#maps.seq;
          return this.#copy(layer, at * chunk, chunk);
        }
      }
    }
    this.#layer = 0;
    this.#chunk = 0;
    return null;
  }

  #changed({ rows, rowSeq }: MapLayer, from: number, chunk: number, since: number): boolean {
    for (let row = from; row < Math.min(rows, from + chunk); row++) if ((rowSeq[row] as number) > since) return true;
    return false;
  }

  #copy(layer: MapLayer, row: number, chunk: number): ArchivedRows {
    const { name, kind, claim, dtype, unit, channels, about, title, parts, channelsFirst, rows, columns } = layer;
    const width = columns * channels;
    const to = Math.min(rows, row + chunk);
    const value = layer.value.slice(row * width, to * width);
    // Rows that hold nothing yet are as memory came.
    for (let r = row; r < to; r++) if (layer.rowSeq[r] === 0) value.fill(NOTHING[dtype], (r - row) * width, (r - row + 1) * width);
    const spec = {
      name,
      kind,
      claim,
      dtype,
      unit,
      channels,
      about,
      ...(title === undefined ? {} : { title }),
      ...(parts ? { parts } : {}),
      ...(channelsFirst ? { channelsFirst } : {}),
    };
    return { layer: spec, rows, columns, row, chunk, value };
  }
}
