import type { ComponentRows } from "../components/component-rows.js";
import { layerSpec, type MapLayer } from "../core/map-layer.js";
import type { SeriesMaps } from "../maps/store.js";

/** Components and bytes beyond which there is no layer of their shares. */
const MOST_WEIGHTS = 32;
const WEIGHTS_BYTES = 2 ** 28;
/** Writes whole rows into the layers of components; the caller commits. */
export function createComponentWriter(maps: SeriesMaps, base: number): (changed: ComponentRows) => void {
  const names = ["label", "grain", "inplane_angle", "fold", "confidence", "boundary", "novelty"] as const;
  let revision = base;
  return (changed) => {
    if (changed.rows.length === 0) return;
    revision++;
    const { columns } = maps;
    const values = [changed.label, changed.grain, changed.angle, changed.fold, changed.confidence, changed.boundary, changed.novelty];
    const layers = names.map((name): MapLayer => maps.open(layerSpec(name)));
    const fits = changed.components.length <= MOST_WEIGHTS && 4 * changed.components.length * maps.rows * columns <= WEIGHTS_BYTES;
    if (!fits) maps.close("weights");
    else if (changed.components.length > 0) {
      // As many channels as there are components now: whoever answers has sent every row where they are others than before.
      const parts = changed.components.map(String);
      layers.push(maps.reopen({ ...layerSpec("weights"), channels: parts.length, parts }));
      values.push(changed.weights);
    }
    for (const [i, row] of changed.rows.entries()) {
      maps.prepare((row + 1) * columns - 1);
      for (const [k, layer] of layers.entries()) {
        const width = columns * layer.channels;
        layer.value.set((values[k] as Float32Array).subarray(i * width, (i + 1) * width), row * width);
        maps.touchRow(layer, row, revision);
      }
    }
  };
}
