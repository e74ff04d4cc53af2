import type { ComponentScan, GrainFacts } from "../components/component-scan.js";
import type { ExplainedPart, ExplainedPosition } from "../components/explained-position.js";
import { dendrogram, type Join, patternOf } from "../components/hierarchy.js";
import { GRID, type PolarScale } from "../components/polar-events.js";
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

export function factsOf(scan: ComponentScan, seen: Seen): ComponentFacts {
  const grains = scan.grains().map((g) => ({ ...g, angle: seenAngle(g.angle, g.fold, seen.sense) }));
  const area = new Map<number, number>();
  for (const g of grains) area.set(g.class, (area.get(g.class) ?? 0) + g.area);
  const all = [...area.values()].reduce((a, b) => a + b, 0);
  const records = [...scan.classes.records.values()].filter((r) => area.has(r.id)).sort((a, b) => a.id - b.id);
  const polar = records.map((r) => polarOf(r.rate, seen));
  return {
    classes: records.map((r) => ({ id: r.id, fold: r.crystal?.fold ?? 0, share: (area.get(r.id) as number) / all, frozen: r.frozen })),
    polar: Float32Array.from(polar.flatMap((p) => [...p])),
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

export function explainedBy({ parts, electrons, alone, residual }: ExplainedPosition, { sense }: Seen): ExplainedFacts {
  const seen = (part: ExplainedPart): ExplainedPart => ({ ...part, angle: seenAngle(part.angle, part.fold, sense) });
  return { parts: parts.map(seen), electrons, alone, residual };
}
