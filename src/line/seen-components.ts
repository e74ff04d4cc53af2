import { clustersAt } from "../components/clusters.js";
import type { ComponentScan } from "../components/component-scan.js";
import type { ExplainedPart, ExplainedPosition } from "../components/explained-position.js";
import type { GrainFacts } from "../components/grain-facts.js";
import { dendrogram, type Join, patternOf } from "../components/hierarchy.js";
import type { ClassRecord } from "../components/library.js";
import { GRID, type PolarScale } from "../components/polar-events.js";
import type { ClustersView } from "../core/components.js";
import { type Mount, orientation } from "./mount.js";

/** Directions as people see them: 1: turns keep their sense, -1: they change it; then the quarter turn at which the sent +col is seen. */
export interface Seen {
  readonly sense: 1 | -1;
  readonly quarter: number;
}

/** One class, as it is shown. */
export interface ClassFacts {
  readonly id: number;
  /** 0: no crystal, no angle. */
  readonly fold: number;
  /** Of the positions that have a class. */
  readonly share: number;
  readonly frozen: boolean;
}

export interface ComponentFacts {
  readonly classes: readonly ClassFacts[];
  /** [classes, rings, sectors] Mean counts per pixel and frame along the zero of the class; sectors counter-clockwise in the mounted frame. */
  readonly polar: Float32Array;
  readonly grains: readonly GrainFacts[];
  /** Joins of the classes, by their places in the list: patterns are clusters 0..n - 1, the i-th join makes cluster n + i. */
  readonly tree: readonly Join[];
  /** Where the rings lie, px; null: no row with a frame has come. */
  readonly scale: PolarScale | null;
}

export const NO_FACTS: ComponentFacts = { classes: [], polar: new Float32Array(), grains: [], tree: [], scale: null };

/** What a frame is made of, with angles as people read them. */
export type ExplainedFacts = Omit<ExplainedPosition, "rate">;

const TURN = 2 * Math.PI;
const SECTOR = TURN / GRID.sectors;

/** Directions as people see them, counter-clockwise in the mounted frame, from those of the sent frame, from +col towards +row. */
export function seenOf(mount: Mount): Seen {
  const turn = orientation(mount);
  const [a, b] = turn(1, 0);
  const [c, d] = turn(0, 1);
  return { sense: a * d - b * c > 0 ? -1 : 1, quarter: (Math.round((2 * Math.atan2(-c, d)) / Math.PI) + 4) % 4 };
}

/** An angle as people read it, in [0, 2 pi / fold). */
export function seenAngle(angle: number, fold: number, sense: 1 | -1): number {
  const period = TURN / Math.max(1, fold);
  const seen = (((sense * angle) % period) + period) % period;
  return Math.fround(seen) >= period ? 0 : seen;
}

/** Classes that are shown, by id, and the part of all positions with a class that each has. */
function sharesOf(scan: ComponentScan): { readonly records: ClassRecord[]; readonly share: (id: number) => number } {
  const area = new Map<number, number>();
  for (const id of scan.shown.label) if (id >= 0) area.set(id, (area.get(id) ?? 0) + 1);
  const all = [...area.values()].reduce((a, b) => a + b, 0);
  const records = [...scan.records.values()].filter((r) => area.has(r.id)).sort((a, b) => a.id - b.id);
  return { records, share: (id) => (area.get(id) as number) / all };
}

export function factsOf(scan: ComponentScan, seen: Seen): ComponentFacts {
  const grains = scan.grains().map((g) => ({ ...g, angle: seenAngle(g.angle, g.fold, seen.sense) }));
  const { records, share } = sharesOf(scan);
  return {
    classes: records.map((r) => ({ id: r.id, fold: r.crystal?.fold ?? 0, share: share(r.id), frozen: r.frozen })),
    polar: joinedArrays(records.map((r) => polarOf(r.rate, seen))),
    grains,
    tree: dendrogram(
      scan.classes.rotation,
      records.map((r) => patternOf(scan.classes.rotation, r.rate)),
    ),
    scale: scan.scale,
  };
}

/** Sectors counted as people see them. */
function polarOf(rate: Float64Array, { sense, quarter }: Seen): Float32Array {
  const { rings, sectors } = GRID;
  const zero = (quarter * sectors) / 4;
  return Float32Array.from({ length: rings * sectors }, (_, i) => {
    const [ring, sector] = [Math.floor(i / sectors), i % sectors];
    const sent = sense > 0 ? sector - zero : zero - 1 - sector;
    return rate[ring * sectors + ((sent + 2 * sectors) % sectors)] as number;
  });
}

export const NO_CLUSTERS: ClustersView = {
  clusters: [],
  polar: new Float32Array(),
  inner: 0,
  outer: 0,
  maps: new Float32Array(),
  height: 0,
  width: 0,
  cell: 1,
};

/** Clusters of the classes that are shown, where their tree is cut at a distance. */
export function clustersOf(scan: ComponentScan, distance: number, seen: Seen): ClustersView {
  const { records, share } = sharesOf(scan);
  const found = clustersAt(scan.classes.rotation, records, distance, scan.shown);
  const { inner, outer } = scan.scale;
  const { height, width, cell } = found[0]?.map ?? NO_CLUSTERS;
  return {
    clusters: found.map(({ members }) => ({
      members: members.map(({ id, turn, shift }) => ({
        id,
        turn: seenAngle(turn * SECTOR, 1, seen.sense),
        shift: [shift.rows, shift.columns],
        alike: shift.alike,
      })),
      share: members.reduce((sum, { id }) => sum + share(id), 0),
    })),
    polar: joinedArrays(found.map((c) => polarOf(c.rate, seen))),
    inner,
    outer,
    maps: joinedArrays(found.map((c) => c.map.values)),
    height,
    width,
    cell,
  };
}

function joinedArrays(list: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(list.reduce((n, a) => n + a.length, 0));
  let at = 0;
  for (const a of list) {
    out.set(a, at);
    at += a.length;
  }
  return out;
}

export function explainedBy({ parts, electrons, alone, residual, waits }: ExplainedPosition, { sense }: Seen): ExplainedFacts {
  const seen = (part: ExplainedPart): ExplainedPart => ({ ...part, angle: seenAngle(part.angle, part.fold, sense) });
  return { parts: parts.map(seen), electrons, alone, residual, waits };
}
