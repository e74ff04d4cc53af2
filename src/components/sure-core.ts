import { sumsOfMost } from "./border-sums.js";
import type { LabelMap } from "./label-map.js";
import { isSpotted, type ModulationMeter } from "./modulation.js";
import { addSum, emptySum, freeSums, type HalfSum, takeSum } from "./region-sum.js";
import type { Region } from "./region-table.js";
import { RegionTiles } from "./region-tiles.js";
import type { ScanEvents } from "./scan-events.js";

/** What has so many times the modulation that tells spots has them, whatever lies in it. */
const CLEAR = 6;
/** One tile in so many may be of something else, and one in any case. */
const OTHERS = 10;
/** Positions of a region that is looked at: in a larger one, what would be as much of it is found as a region of its own. */
const MOST_POSITIONS = 600;

/** Sums of regions by their ids. Who asked for them frees them. */
export interface KnownBy {
  /** Over the core and the positions at borders that are mostly of the region. */
  readonly sums: ReadonlyMap<number, HalfSum>;
  /** Over what is surely of it, where that is less than its core. */
  readonly cores: ReadonlyMap<number, HalfSum>;
}

export const knownBy = (scan: ScanEvents, labels: LabelMap, regions: ReadonlyMap<number, Region>, meter: ModulationMeter): KnownBy => ({
  sums: sumsOfMost(scan, labels, regions),
  cores: sureCores(scan, labels, regions, meter),
});

/**
 * The cores of regions with few spots but for the tiles that have most of them: a halo with some positions of a crystal that is too small to be found has
 * none then, a crystal with faint spots has them everywhere.
 */
function sureCores(scan: ScanEvents, labels: LabelMap, regions: ReadonlyMap<number, Region>, meter: ModulationMeter): Map<number, HalfSum> {
  const cores = new Map<number, HalfSum>();
  for (const { id, core, positions } of regions.values()) {
    if (positions > MOST_POSITIONS) continue;
    const whole = meter.measure(core);
    if (isSpotted(whole) && !isSpotted(whole, CLEAR)) cores.set(id, leastSpotted(new RegionTiles(scan, labels, id).sums, meter));
  }
  return cores;
}

/** Sum of the tiles without those that have most of the spots. Frees the tiles. */
function leastSpotted(tiles: readonly HalfSum[], meter: ModulationMeter): HalfSum {
  const sum = emptySum();
  for (const tile of tiles) addSum(sum, tile);
  const without = tiles.map((tile, i) => {
    takeSum(sum, tile);
    const { power } = meter.measure(sum);
    addSum(sum, tile);
    return { i, power };
  });
  without.sort((a, b) => a.power - b.power || a.i - b.i);
  for (const { i } of without.slice(0, Math.max(1, Math.floor(tiles.length / OTHERS)))) takeSum(sum, tiles[i]);
  freeSums(tiles);
  return sum;
}
