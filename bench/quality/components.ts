// The whole chain from polar events to classes, in this process, on a scan whose truth is known.
import { Classes } from "../../src/components/classes.js";
import { crystalMatter } from "../../src/components/crystal-matter.js";
import { answered } from "../../src/components/finishing.js";
import type { Geometry } from "../../src/components/geometry.js";
import { Grains } from "../../src/components/grains.js";
import type { PolarScale } from "../../src/components/polar-events.js";
import { Axis } from "../../src/components/tiling.js";
import { polarFrames } from "./polar-frames.js";
import type { CountedScan } from "./truth-set.js";

const FIRST_SHARE = 0.2;

/** Labels of every position, and what they cost. */
export interface Components {
  readonly grain: Int32Array;
  /** Class of every position. */
  readonly label: Int32Array;
  /** Grains as they were shown before the final pass. */
  readonly online: Int32Array;
  readonly regions: number;
  /** Most positions that changed their region at a band after the first fifth of the scan, as a share of those that had one; and at the end. */
  readonly churn: { readonly bands: number; readonly end: number };
  /** CPU time per position, us. */
  readonly cost: { readonly rows: number; readonly finish: number; readonly classes: number };
  /** Root mean square error of the centres, px. */
  readonly centre: number;
}

/** Microseconds of CPU time that something takes. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Share of the positions that had a label and have another one; `shown` is brought up to date. */
function churnOf(shown: Int32Array, region: Int32Array, seen: number): number {
  let [changed, all] = [0, 0];
  for (let p = 0; p < seen; p++) {
    if ((shown[p] as number) >= 0) {
      all++;
      if (shown[p] !== region[p]) changed++;
    }
    shown[p] = region[p] as number;
  }
  return changed / Math.max(1, all);
}

/** Classes of regions, by position. */
function classify(grains: Grains<Geometry>, scale: PolarScale, positions: number) {
  const of = new Map<number, number[]>([...grains.regions.keys()].map((id) => [id, []]));
  for (let p = 0; p < positions; p++) of.get(grains.labels.region[p] as number)?.push(p);
  const found = new Classes(scale).update(
    [...grains.regions.values()].map(({ id, core, neighbours }) => ({
      id,
      sum: core,
      core,
      coreFrames: core.frames,
      neighbours: [...neighbours.keys()],
      positions: of.get(id) ?? [],
    })),
  );
  const [grain, label] = [new Int32Array(positions).fill(-1), new Int32Array(positions).fill(-1)];
  for (const [id, at] of of) {
    const known = found.get(id);
    for (const p of at) {
      label[p] = known?.class ?? -1;
      // Empty and amorphous areas are of one label each, wherever they are.
      grain[p] = known === undefined ? -1 : known.fold === 0 ? -2 - known.class : known.grain;
    }
  }
  return { grain, label };
}

/** `ellipse`: major over minor axis, and the angle of the major axis, rad. */
export function findComponents(set: CountedScan, ellipse: readonly [number, number]): Components {
  const { rows, columns } = set;
  const positions = rows * columns;
  const { scale, frame, rms } = polarFrames(set, ellipse);
  const frames = Array.from({ length: positions }, (_, p) => frame(p));
  const grains = new Grains({ columns, rows, scale, matter: crystalMatter(scale) });
  const bands = new Axis(rows);
  const shown = new Int32Array(positions).fill(-1);
  let [rowTime, most] = [0, 0];
  for (let row = 0; row < rows; row++) {
    rowTime += timed(() => grains.takeRow((c) => frames[row * columns + c] ?? null));
    if (!bands.endsAt(row + 1)) continue;
    const churn = churnOf(shown, grains.labels.region, (row + 1) * columns);
    if (row > FIRST_SHARE * rows) most = Math.max(most, churn);
  }
  const online = shown.slice();
  const finish = timed(() => answered(grains.finishing()));
  const end = churnOf(shown, grains.labels.region, positions);
  let labels = { grain: new Int32Array(0), label: new Int32Array(0) };
  const classes = timed(() => {
    labels = classify(grains, scale, positions);
  });
  return {
    ...labels,
    online,
    regions: grains.regions.size,
    churn: { bands: most, end },
    cost: { rows: rowTime / positions, finish: finish / positions, classes: classes / positions },
    centre: rms,
  };
}
