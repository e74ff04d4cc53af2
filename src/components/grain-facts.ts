import type { Region, RegionClass } from "./classes.js";

/** A connected region of one class and one direction. */
export interface GrainFacts {
  readonly id: number;
  readonly class: number;
  /** As in ComponentRows. */
  readonly angle: number;
  readonly fold: number;
  /** Positions. */
  readonly area: number;
  /** Mean row and column of its positions. */
  readonly row: number;
  readonly column: number;
}

/** Grains by id, of regions with their positions, and of what is known of them. */
export function grainFacts(regions: readonly Region[], of: ReadonlyMap<number, RegionClass>, columns: number): GrainFacts[] {
  const found = new Map<number, { -readonly [K in keyof GrainFacts]: GrainFacts[K] }>();
  for (const { id, positions } of regions) {
    const known = of.get(id);
    if (!known) continue;
    const { class: own, angle, fold } = known;
    const grain = found.get(known.grain) ?? { id: known.grain, class: own, angle, fold, area: 0, row: 0, column: 0 };
    found.set(known.grain, grain);
    for (const at of Array.from(positions)) {
      grain.area++;
      grain.row += Math.floor(at / columns);
      grain.column += at % columns;
    }
  }
  return [...found.values()]
    .filter((g) => g.area > 0)
    .map((g) => ({ ...g, row: g.row / g.area, column: g.column / g.area }))
    .sort((a, b) => a.id - b.id);
}
