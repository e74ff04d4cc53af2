import { alignedMean, cutTree, dendrogram, patternOf } from "./hierarchy.js";
import type { ClassRecord } from "./library.js";
import { addShifted, type ClassMap, type Occupancy, occupancyOf, type Shift, shiftOf } from "./map-shift.js";
import { type Rotation, wrap } from "./rotation.js";

/** A class of a cluster, against the one of most frames. */
export interface ClusterMember {
  readonly id: number;
  /** By how many sectors its pattern is turned. */
  readonly turn: number;
  /** By how much its map lies behind. */
  readonly shift: Shift;
}

/** Classes that are nearer to each other than a cut. */
export interface Cluster {
  readonly members: readonly ClusterMember[];
  /** [BINS + 1] Mean of their rates, each turned as the one of most frames lies. */
  readonly rate: Float64Array;
  /** Mean of where they are, each moved as that one lies. */
  readonly map: Occupancy;
}

/** The clusters of some classes where their dendrogram is cut at a distance, by their lowest ids. */
export function clustersAt(rotation: Rotation, records: readonly ClassRecord[], distance: number, scan: ClassMap): Cluster[] {
  const patterns = records.map((r) => patternOf(rotation, r.rate));
  const group = cutTree(dendrogram(rotation, patterns), records.length, distance);
  return [...new Set(group)].map((g) =>
    clusterOf(
      rotation,
      records.filter((_, i) => group[i] === g),
      scan,
    ),
  );
}

function clusterOf(rotation: Rotation, records: readonly ClassRecord[], scan: ClassMap): Cluster {
  const { rate, turns } = alignedMean(
    rotation,
    records.map((r) => ({ rate: r.rate, frames: Math.max(1, r.frames) })),
  );
  const maps = records.map((r) => occupancyOf(scan, r.id));
  const first = maps[records.reduce((best, r, i) => (r.frames > records[best].frames ? i : best), 0)];
  const values = new Float32Array(first.values.length);
  const members = records.map((r, i): ClusterMember => {
    const shift = maps[i] === first ? { rows: 0, columns: 0, alike: 1 } : shiftOf(first, maps[i]);
    addShifted(maps[i], shift, 1 / records.length, values);
    return { id: r.id, turn: wrap(-turns[i]), shift };
  });
  return { members, rate, map: { ...first, values } };
}
