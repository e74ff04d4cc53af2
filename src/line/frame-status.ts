import { FRAME_STATUS, layerSpec } from "../core/map-layer.js";
import type { ScanGrid } from "../core/scan.js";
import type { SeriesMaps } from "../maps/store.js";

const STATUS = layerSpec("frame_status");

/** The layer that shows what came of each position of a grid. */
export class FrameStatus {
  readonly #maps: SeriesMaps;
  readonly #several: boolean;
  readonly #revision: number;

  constructor(maps: SeriesMaps, { framesPerPosition }: ScanGrid, revision: number) {
    this.#maps = maps;
    this.#several = framesPerPosition > 1;
    this.#revision = revision;
  }

  set(at: number, status: number): void {
    const layer = this.#maps.open(STATUS);
    this.#maps.prepare(at);
    layer.value[at] = status;
    this.#maps.touch(layer, at, this.#revision);
  }

  /** Of several frames of one position a bad one shows, whichever came first. */
  came(at: number, status: number): void {
    if (this.#several && this.#maps.open(STATUS).value[at] === FRAME_STATUS.malformed) return;
    this.set(at, status);
  }

  /** One lost frame of several shows. */
  lost(at: number): void {
    const status = this.#maps.open(STATUS).value[at];
    if (status === FRAME_STATUS.notYet || (this.#several && status === FRAME_STATUS.received)) this.set(at, FRAME_STATUS.lost);
  }
}
