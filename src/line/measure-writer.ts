import { layerSpec, type MapLayer, TIER } from "../core/map-layer.js";
import { MEASURES } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { PIXEL_STAGES } from "../stages/index.js";

export const COLUMN = Object.fromEntries(MEASURES.map((m, i) => [m, i])) as Record<(typeof MEASURES)[number], number>;
const WIDTH = MEASURES.length;

export interface MeasureWriterOptions {
  readonly maps: SeriesMaps;
  readonly framesPerPosition: number;
  /** Turns a vector in detector pixels (row, col) as sent into the configured orientation. */
  readonly orient: (row: number, col: number) => readonly [number, number];
  /** Revisions of this placement are above it. */
  readonly revisionBase: number;
}

const SUM = layerSpec("sum");

interface Layers {
  readonly measures: readonly { readonly column: number; readonly layer: MapLayer }[];
  readonly centre: MapLayer;
  readonly tier: MapLayer;
}

/** In the order in which their stages come. */
const openLayers = (maps: SeriesMaps): Layers => ({
  measures: PIXEL_STAGES.flatMap((stage) => stage.outputs.map(({ column, layer }) => ({ column, layer: maps.open(layer) }))),
  centre: maps.open(layerSpec("centre")),
  tier: maps.open(layerSpec("tier")),
});

/** Writes measures into the layers. Several frames of one position are averaged, in the order of their numbers. */
export function createMeasureWriter(o: MeasureWriterOptions) {
  const { maps, framesPerPosition: per } = o;
  const parts = per > 1 ? new Float64Array(maps.rows * maps.columns * per * WIDTH) : null;
  const partEpoch = per > 1 ? new Int16Array(maps.rows * maps.columns * per).fill(-1) : null;
  const mean = new Float64Array(WIDTH);
  let opened: Layers | null = null;

  function write(layer: MapLayer, at: number, value: number, revision: number): void {
    layer.value[at] = value;
    maps.touch(layer, at, revision);
  }

  /** Mean over the frames of a position that were measured in this epoch; centres of mass weigh by their counts. */
  function average(
    at: number,
    part: number,
    epoch: number,
    m: Float64Array,
    from: number,
    all: Float64Array,
    epochs: Int16Array,
  ): Float64Array {
    all.set(m.subarray(from, from + WIDTH), (at * per + part) * WIDTH);
    epochs[at * per + part] = epoch;
    mean.fill(0);
    let n = 0;
    let counts = 0;
    for (let k = 0; k < per; k++) {
      if (epochs[at * per + k] !== epoch) continue;
      n++;
      const row = all.subarray((at * per + k) * WIDTH, (at * per + k + 1) * WIDTH);
      const weight = row[COLUMN.sum] as number;
      for (let c = 0; c < WIDTH; c++) {
        const centreOfMass = c === COLUMN.com_row || c === COLUMN.com_col;
        if (!centreOfMass) mean[c] = (mean[c] as number) + (row[c] as number);
        else if (weight > 0) mean[c] = (mean[c] as number) + weight * (row[c] as number);
      }
      if (weight > 0) counts += weight;
    }
    for (let c = 0; c < WIDTH; c++) mean[c] = (mean[c] as number) / (c === COLUMN.com_row || c === COLUMN.com_col ? counts : n);
    return mean;
  }

  return {
    /** Counts of a frame whose beam is not known yet. */
    scout(at: number, measures: Float64Array, from: number): void {
      if (per === 1) write(maps.open(SUM), at, measures[from + COLUMN.sum] as number, o.revisionBase + 1);
    },
    /** All measures of a frame; `part`: which of the frames of its position. */
    store(at: number, part: number, epoch: number, measures: Float64Array, from: number, centre: Float64Array, centreFrom: number): void {
      const revision = o.revisionBase + 2 + epoch;
      // An answer of an older epoch may come after that of a newer one.
      if (revision < (maps.revision[at] as number)) return;
      const row = parts && partEpoch ? average(at, part, epoch, measures, from, parts, partEpoch) : measures.subarray(from, from + WIDTH);
      const [comRow, comCol] = o.orient(row[COLUMN.com_row] as number, row[COLUMN.com_col] as number);
      row[COLUMN.com_row] = comRow;
      row[COLUMN.com_col] = comCol;
      opened ??= openLayers(maps);
      for (const { column, layer } of opened.measures) write(layer, at, row[column] as number, revision);
      const { centre: used, tier } = opened;
      used.value[2 * at] = centre[centreFrom] as number;
      used.value[2 * at + 1] = centre[centreFrom + 1] as number;
      maps.touch(used, at, revision);
      write(tier, at, TIER.frame, revision);
    },
  };
}
