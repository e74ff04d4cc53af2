import { FRAME_STATUS, layerSpec, type MapLayer } from "../core/map-layer.js";
import type { ScanGrid } from "../core/scan.js";
import type { SeriesMaps } from "../maps/store.js";

const STATUS = layerSpec("frame_status");

/** The layer that shows what came of each position of a grid. */
export class FrameStatus {
  readonly #maps: SeriesMaps;
  readonly #several: boolean;
  readonly #revision: number;
  #opened: MapLayer | null = null;

  constructor(maps: SeriesMaps, { framesPerPosition }: ScanGrid, revision: number) {
    this.#maps = maps;
    this.#several = framesPerPosition > 1;
    this.#revision = revision;
  }

  get #layer(): MapLayer {
    this.#opened ??= this.#maps.open(STATUS);
    return this.#opened;
  }

  set(at: number, status: number): void {
    const layer = this.#layer;
    this.#maps.prepare(at);
    layer.value[at] = status;
    this.#maps.touch(layer, at, this.#revision);
  }

  /** Of several frames of one position a bad one shows, whichever came first. */
  came(at: number, status: number): void {
    if (this.#several && this.#layer.value[at] === FRAME_STATUS.malformed) return;
    this.set(at, status);
  }

  /** One lost frame of several shows. */
  lost(at: number): void {
    const status = this.#layer.value[at];
    if (status === FRAME_STATUS.notYet || (this.#several && status === FRAME_STATUS.received)) this.set(at, FRAME_STATUS.lost);
  }
}
