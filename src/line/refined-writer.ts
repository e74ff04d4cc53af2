import { layerSpec, type MapLayer, TIER } from "../core/map-layer.js";
import type { RowEstimate } from "../denoise/row-estimate.js";
import type { SeriesMaps } from "../maps/store.js";
import { projections } from "../stages/projections.js";
import { epochOf, revisionOf } from "./measure-writer.js";

const projectionLayer = (projections.outputs[0] as (typeof projections.outputs)[number]).layer;

/** Writes what neighbours tell of positions into the layers. Revisions are above `base`; the caller commits. */
export function createRefinedWriter(maps: SeriesMaps, base: number) {
  const open = (name: string): MapLayer => maps.open(layerSpec(name));
  /** Position `i` of an estimate, at a scan index; `epoch`: of what the estimate was made with. */
  return (at: number, { final, neighbours, features }: Omit<RowEstimate, "row">, i: number, epoch: number): void => {
    const reached = final ? TIER.refined : TIER.causal;
    if (Number.isNaN(neighbours[i])) return;
    // Measured again meanwhile, it will be refined again: until then this is better than the frame alone.
    const revision = revisionOf(base, Math.max(epoch, epochOf(base, maps.revision[at] as number)), reached);
    const [number, tier, refined] = [open("neighbours"), open("tier"), maps.open(projectionLayer)];
    maps.prepare(at);
    number.value[at] = neighbours[i] as number;
    tier.value[at] = reached;
    const { channels, value } = refined;
    for (let k = 0; k < channels; k++) value[at * channels + k] = features[i * channels + k] as number;
    maps.touch(number, at, revision);
    maps.touch(tier, at, revision);
    maps.touch(refined, at, revision);
  };
}
