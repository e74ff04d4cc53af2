import { layerSpec, type MapLayer, TIER } from "../core/map-layer.js";
import { MEASURES } from "../kernels/pixel-lane.js";
import type { SeriesMaps } from "../maps/store.js";
import { PIXEL_STAGES, ROW_WIDTH } from "../stages/index.js";
import { type Mount, turnVector } from "./mount.js";
import type { DetectorTarget } from "./series-detectors.js";

export const COLUMN = Object.fromEntries(MEASURES.map((m, i) => [m, i])) as Record<(typeof MEASURES)[number], number>;

export interface MeasureWriterOptions {
  readonly maps: SeriesMaps;
  readonly framesPerPosition: number;
  /** How vectors in detector pixels are turned. */
  readonly mount: Mount;
  /** Revisions of this placement are above it. */
  readonly revisionBase: number;
}

/** Numbers of a position as the lanes make them: ROW_WIDTH of them from `from` on, and the beam centre used, two from `centreFrom` on. */
export interface PositionNumbers {
  readonly numbers: Float64Array;
  readonly from: number;
  readonly centre: Float64Array;
  readonly centreFrom: number;
}

/** Where a column of the numbers goes. */
interface Target {
  readonly column: number;
  readonly layer: MapLayer;
  readonly channel: number;
}
interface Layers {
  /** Of the frame alone; and those that may come later. */
  readonly measures: readonly Target[];
  readonly features: readonly Target[];
  readonly centre: MapLayer;
  readonly tier: MapLayer;
  readonly written: readonly MapLayer[];
  readonly writtenLater: readonly MapLayer[];
}

const SUM = layerSpec("sum");
const unique = (targets: readonly Target[]): MapLayer[] => [...new Set(targets.map((target) => target.layer))];

/** In the order in which their stages come. */
function openLayers(maps: SeriesMaps): Layers {
  let first = 0;
  const targets = PIXEL_STAGES.map(({ outputs, width }) => {
    const before = first;
    first += width;
    return outputs.map(({ column, layer, channel = 0 }) => ({ column: before + column, layer: maps.open(layer), channel }));
  });
  const [measures = [], ...later] = targets;
  const features = later.flat();
  const [centre, tier] = [maps.open(layerSpec("centre")), maps.open(layerSpec("tier"))];
  return { measures, features, centre, tier, written: [...unique(measures), centre, tier], writtenLater: unique(features) };
}

/** Mean over the frames of each position that were measured in the same epoch; centres of mass weigh by their counts. */
function createAverage(positions: number, per: number) {
  const all = new Float64Array(positions * per * ROW_WIDTH);
  const epochs = new Int16Array(positions * per).fill(-1);
  const mean = new Float64Array(ROW_WIDTH);
  const centreOfMass = (column: number): boolean => column === COLUMN.com_row || column === COLUMN.com_col;

  /** Takes a frame in; the mean, valid until the next call. */
  return (at: number, part: number, epoch: number, numbers: Float64Array, from: number): Float64Array => {
    all.set(numbers.subarray(from, from + ROW_WIDTH), (at * per + part) * ROW_WIDTH);
    epochs[at * per + part] = epoch;
    mean.fill(0);
    let n = 0;
    let counts = 0;
    for (let k = 0; k < per; k++) {
      if (epochs[at * per + k] !== epoch) continue;
      n++;
      const row = (at * per + k) * ROW_WIDTH;
      const weight = all[row + COLUMN.sum] as number;
      for (let c = 0; c < ROW_WIDTH; c++) {
        if (!centreOfMass(c)) mean[c] = (mean[c] as number) + (all[row + c] as number);
        else if (weight > 0) mean[c] = (mean[c] as number) + weight * (all[row + c] as number);
      }
      if (weight > 0) counts += weight;
    }
    for (let c = 0; c < ROW_WIDTH; c++) mean[c] = (mean[c] as number) / (centreOfMass(c) ? counts : n);
    return mean;
  };
}

/** Revisions from one epoch to the next: what neighbours tell of a position comes in between. */
const EPOCH_STEP = 4;
/** Revision of what is known of a position, in a placement whose revisions are above `base`. */
export const revisionOf = (base: number, epoch: number, tier: number): number => base + 2 + EPOCH_STEP * epoch + tier - TIER.frame;

/** The epoch of a revision that is above `base`. */
export const epochOf = (base: number, revision: number): number => Math.floor((revision - base - 2) / EPOCH_STEP);

/** Writes the numbers of positions into the layers. Several frames of one position are averaged, in the order of their numbers. */
export function createMeasureWriter(o: MeasureWriterOptions) {
  const { maps, framesPerPosition: per } = o;
  const average = per > 1 ? createAverage(maps.rows * maps.columns, per) : null;
  let opened: Layers | null = null;

  function write(targets: readonly Target[], at: number, numbers: Float64Array, from: number): void {
    for (let i = 0; i < targets.length; i++) {
      const { layer, column, channel } = targets[i] as Target;
      layer.value[at * layer.channels + channel] = numbers[from + column] as number;
    }
  }

  return {
    /** Counts of a frame whose beam is not known yet. */
    scout(at: number, numbers: Float64Array, from: number): void {
      if (per > 1) return;
      const sum = maps.open(SUM);
      maps.prepare(at);
      sum.value[at] = numbers[from + COLUMN.sum] as number;
      maps.touch(sum, at, o.revisionBase + 1);
    },
    /** What is known of a frame; `part`: which of the frames of its position; `features`: not just its measures, so `detectors` as well. */
    store(at: number, part: number, epoch: number, p: PositionNumbers, features: boolean, detectors: readonly DetectorTarget[]): void {
      const revision = revisionOf(o.revisionBase, epoch, TIER.frame);
      // An answer of an older epoch may come after that of a newer one, and features after those that neighbours refined.
      const known = maps.revision[at] as number;
      if (revision + EPOCH_STEP <= known) return;
      const numbers = average ? average(at, part, epoch, p.numbers, p.from) : p.numbers;
      const from = average ? 0 : p.from;
      turnVector(o.mount, numbers, from + COLUMN.com_row);
      opened ??= openLayers(maps);
      maps.prepare(at);
      const { measures, centre, tier, written, writtenLater } = opened;
      write(measures, at, numbers, from);
      centre.value[2 * at] = p.centre[p.centreFrom] as number;
      centre.value[2 * at + 1] = p.centre[p.centreFrom + 1] as number;
      if (tier.value[at] === TIER.none || revision > known) tier.value[at] = TIER.frame;
      for (let i = 0; i < written.length; i++) maps.touch(written[i] as MapLayer, at, revision);
      if (!features) return;
      // Nobody refines these.
      for (let i = 0; i < detectors.length; i++) {
        const { layer, column } = detectors[i] as DetectorTarget;
        layer.value[at] = numbers[from + column] as number;
        maps.touch(layer, at, revision);
      }
      if (known > revision) return;
      write(opened.features, at, numbers, from);
      for (let i = 0; i < writtenLater.length; i++) maps.touch(writtenLater[i] as MapLayer, at, revision);
    },
  };
}
