import type { LayerSpec, MapLayer } from "../core/map-layer.js";
import type { LayerInfo, SeriesInfo } from "../core/series.js";
import type { MapsView, SeriesView } from "../core/sink.js";
import { ArrayPool } from "./array-pool.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type LayerState = Mutable<MapLayer> & {
  /** Rows that hold values or "no result"; those after them are still as memory came. */
  laidOut: number;
};

/** Layers of fewer bytes are laid out at once. */
const AT_ONCE = 1 << 20;

const BYTES = { float32: 4, int32: 4, uint8: 1 } as const;
const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;
const NOTHING = { float32: Number.NaN, int32: -1, uint8: 0 } as const;

/**
 * The maps of one series. Writers call `open`, then `prepare`, write into `value`, then `touch`; `commit` makes the update visible.
 * The maps of a large scan take gigabytes: their rows are laid out little by little, before they are written to or while there is time.
 */
export class SeriesMaps implements SeriesView {
  readonly id: string;
  #rows: number;
  #columns: number;
  #seq = 0;
  #base = 0;
  /** Positions before this one are laid out in every layer. */
  #ready = 0;
  #revision: Uint32Array;
  /** Of the layers that have revisions of their own. */
  #apart: Uint32Array | null = null;
  #layers = new Map<string, LayerState>();
  readonly #pool: ArrayPool;
  readonly #describe: () => Omit<SeriesInfo, "layers" | "seq">;
  readonly #changed: (s: SeriesMaps) => void;

  constructor(
    id: string,
    rows: number,
    columns: number,
    describe: () => Omit<SeriesInfo, "layers" | "seq">,
    changed: (s: SeriesMaps) => void,
    pool: ArrayPool,
  ) {
    this.id = id;
    this.#rows = rows;
    this.#columns = columns;
    this.#revision = pool.take(Uint32Array, rows * columns).fill(0);
    this.#pool = pool;
    this.#describe = describe;
    this.#changed = changed;
  }

  get seq(): number {
    return this.#seq;
  }
  get rows(): number {
    return this.#rows;
  }
  get columns(): number {
    return this.#columns;
  }
  /** Revision of each position. */
  get revision(): Uint32Array {
    return this.#revision;
  }

  /** The layer, made on first use: a layer exists once its stage has produced something. */
  open(spec: LayerSpec): MapLayer {
    const known = this.#layers.get(spec.name);
    if (known) return known;
    const { name, kind, claim, dtype, unit, channels, parts, about, title, channelsFirst, apart } = spec;
    // One by one, also what is not there: copies of objects are all different to the engine, and every number of every frame is written to a layer.
    const layer: LayerState = {
      name,
      kind,
      claim,
      dtype,
      unit,
      channels,
      parts,
      about,
      title,
      channelsFirst,
      apart,
      rows: this.#rows,
      columns: this.#columns,
      revision: apart ? this.#revisionApart() : this.#revision,
      value: this.#array(dtype, this.#rows * this.#columns * channels),
      rowSeq: new Float64Array(this.#rows),
      maxRevision: 0,
      laidOut: 0,
    };
    this.#layers.set(spec.name, layer);
    this.#ready = 0;
    if (layer.value.byteLength <= AT_ONCE) this.#layOut(layer, this.#rows);
    return layer;
  }

  /** The same where the layer may have other channels than before: then it starts again empty. */
  reopen(spec: LayerSpec): MapLayer {
    const known = this.#layers.get(spec.name);
    const same = known?.channels === spec.channels && known.parts?.join() === spec.parts?.join();
    if (known && !same) this.close(spec.name);
    return this.open(spec);
  }

  /** There is no such layer any more. */
  close(name: string): void {
    const known = this.#layers.get(name);
    if (known) this.#pool.give([known.value]);
    this.#layers.delete(name);
  }

  #revisionApart(): Uint32Array {
    this.#apart ??= this.#pool.take(Uint32Array, this.#rows * this.#columns).fill(0);
    return this.#apart;
  }

  #array(dtype: LayerSpec["dtype"], length: number): MapLayer["value"] {
    const value = this.#pool.take<MapLayer["value"]>(ARRAYS[dtype], length);
    // Marks are looked at before they are written.
    return dtype === "uint8" ? value.fill(0) : value;
  }

  /** The series is no longer kept: its memory is for the next one, and nobody may look at it any more. */
  release(): void {
    this.#pool.give([...[...this.#layers.values()].map((layer) => layer.value), this.#revision, ...(this.#apart ? [this.#apart] : [])]);
    this.#layers = new Map();
    this.#revision = new Uint32Array();
    this.#apart = null;
  }

  /** Before `at` (scan index) is written to, in whatever layer. */
  prepare(at: number): void {
    if (at < this.#ready) return;
    const rows = Math.floor(at / this.#columns) + 1;
    let least = this.#rows;
    for (const layer of this.#layers.values()) {
      this.#layOut(layer, rows);
      least = Math.min(least, layer.laidOut);
    }
    this.#ready = least * this.#columns;
  }

  /** Lays out about so many bytes of what is not yet. */
  layOut(bytes: number): void {
    let left = bytes;
    for (const layer of this.#layers.values()) {
      if (left <= 0) return;
      const rowBytes = layer.columns * layer.channels * BYTES[layer.dtype];
      const rows = Math.min(this.#rows - layer.laidOut, Math.ceil(left / rowBytes));
      left -= rows * rowBytes;
      this.#layOut(layer, layer.laidOut + rows);
    }
  }

  /** Rows of a new layer count as changed, so that its empty part reaches every client. */
  #layOut(layer: LayerState, rows: number): void {
    if (rows <= layer.laidOut) return;
    const width = layer.columns * layer.channels;
    layer.value.fill(NOTHING[layer.dtype], layer.laidOut * width, rows * width);
    layer.rowSeq.fill(this.#seq + 1, layer.laidOut, rows);
    layer.laidOut = rows;
  }

  /** Says that `at` (scan index) of an opened layer has a new value; its revision is at least `revision`. */
  touch(opened: MapLayer, at: number, revision: number): void {
    // Layers are made here and nowhere else.
    const layer = opened as LayerState;
    const known = layer.revision;
    if (revision > (known[at] ?? 0)) known[at] = revision;
    if (revision > layer.maxRevision) layer.maxRevision = revision;
    const row = Math.floor(at / this.#columns);
    if (layer.rowSeq[row] !== this.#seq + 1) layer.rowSeq[row] = this.#seq + 1;
  }

  /** The same of a whole row. */
  touchRow(opened: MapLayer, row: number, revision: number): void {
    for (let at = row * this.#columns; at < (row + 1) * this.#columns; at++) {
      const known = opened.revision;
      if (revision > (known[at] ?? 0)) known[at] = revision;
    }
    this.touch(opened, row * this.#columns, revision);
  }

  /** One store update: the sequence grows and listeners hear of it. */
  commit(): void {
    this.#seq++;
    this.#changed(this);
  }

  /** Another grid: every layer starts again empty. Returns the revision above which the new ones begin. */
  reshape(rows: number, columns: number): number {
    const base = this.layers().reduce((r, l) => Math.max(r, l.maxRevision), this.#base);
    this.#base = base;
    this.#rows = rows;
    this.#columns = columns;
    this.#revision = new Uint32Array(rows * columns);
    this.#apart = null;
    this.#layers = new Map();
    this.#ready = 0;
    return base;
  }

  layers(): readonly MapLayer[] {
    return [...this.#layers.values()];
  }
  layer(name: string): MapLayer | undefined {
    return this.#layers.get(name);
  }
  wholeLayer(name: string): MapLayer | undefined {
    const layer = this.#layers.get(name);
    if (layer) this.#layOut(layer, this.#rows);
    return layer;
  }

  info(): SeriesInfo {
    const layers: LayerInfo[] = [...this.#layers.values()].map((l) => ({
      name: l.name,
      kind: l.kind,
      claim: l.claim,
      dtype: l.dtype,
      unit: l.unit,
      revision: l.maxRevision,
      about: l.about,
      shape: layerShape(l),
      ...(l.parts ? { parts: l.parts } : {}),
      ...(l.title === undefined ? {} : { title: l.title }),
    }));
    return { ...this.#describe(), layers, seq: this.#seq };
  }
}

/** As in files. */
const layerShape = ({ rows, columns, channels, channelsFirst }: MapLayer): number[] =>
  channelsFirst ? [channels, rows, columns] : channels > 1 ? [rows, columns, channels] : [rows, columns];

/** All series that stay queryable. */
export class MapStore implements MapsView {
  #series: SeriesMaps[] = [];
  readonly #pool = new ArrayPool();
  readonly #gone = new Set<string>();
  readonly #listeners = new Set<(s: SeriesView) => void>();

  add(id: string, rows: number, columns: number, describe: () => Omit<SeriesInfo, "layers" | "seq">): SeriesMaps {
    const maps = new SeriesMaps(id, rows, columns, describe, (s) => this.#tell(s), this.#pool);
    this.#series.push(maps);
    return maps;
  }

  /** No longer queryable, but remembered as gone. */
  drop(id: string): void {
    this.#series.find((s) => s.id === id)?.release();
    this.#series = this.#series.filter((s) => s.id !== id);
    this.#remember(id);
  }

  // Only so many ids are remembered as "gone": memory does not grow with the length of a run.
  #remember(id: string): void {
    this.#gone.add(id);
    if (this.#gone.size > 10_000)
      for (const first of this.#gone) {
        this.#gone.delete(first);
        break;
      }
  }

  #tell(s: SeriesView): void {
    for (const l of this.#listeners) l(s);
  }

  series(): readonly SeriesMaps[] {
    return this.#series;
  }
  get(id: string): SeriesMaps | "gone" | undefined {
    return this.#series.find((s) => s.id === id) ?? (this.#gone.has(id) ? "gone" : undefined);
  }
  latest(): SeriesMaps | undefined {
    return this.#series.at(-1);
  }
  onChange(listener: (series: SeriesView) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
