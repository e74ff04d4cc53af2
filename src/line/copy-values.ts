import type { MapLayer } from "../core/map-layer.js";
import type { SeriesMaps } from "../maps/store.js";

/** Carries the values of a position over to another grid, all layers but the frame status, which is placed anew. */
export function copyValues(from: readonly MapLayer[], at: number, maps: SeriesMaps, to: number, revision: number): void {
  for (const old of from) {
    if (old.name === "frame_status" || at < 0 || Number.isNaN(old.value[at * old.channels])) continue;
    const layer = maps.open(old);
    maps.prepare(to);
    for (let c = 0; c < old.channels; c++) layer.value[to * old.channels + c] = old.value[at * old.channels + c] as number;
    maps.touch(layer, to, revision);
  }
}
