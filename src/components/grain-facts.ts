import type { ShownMap } from "./shown-map.js";

/** A connected region of one class and one direction, as it is shown. */
export interface GrainFacts {
  readonly id: number;
  /** Where corrections wait, the class of most of it. */
  readonly class: number;
  /** As in ComponentRows: mean over its positions of this class. */
  readonly angle: number;
  readonly fold: number;
  /** Positions. */
  readonly area: number;
  /** Mean row and column of its positions. */
  readonly row: number;
  readonly column: number;
}

/** The positions of one class in a grain. */
interface Share {
  area: number;
  fold: number;
  /** Sums over positions of the direction, as often as it repeats in a turn. */
  x: number;
  y: number;
}

interface Sums {
  area: number;
  row: number;
  column: number;
  readonly classes: Map<number, Share>;
}

/** Grains by id, of what is shown of so many positions. */
export function grainFacts({ label, grain, angle, fold }: ShownMap, positions: number, columns: number): GrainFacts[] {
  const found = new Map<number, Sums>();
  for (let at = 0; at < positions; at++) {
    if (label[at] < 0) continue;
    const of = found.get(grain[at]) ?? { area: 0, row: 0, column: 0, classes: new Map() };
    found.set(grain[at], of);
    of.area++;
    of.row += Math.floor(at / columns);
    of.column += at % columns;
    const share = of.classes.get(label[at]) ?? { area: 0, fold: fold[at], x: 0, y: 0 };
    of.classes.set(label[at], share);
    share.area++;
    share.x += Math.cos(share.fold * angle[at]);
    share.y += Math.sin(share.fold * angle[at]);
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([id, { area, row, column, classes }]) => {
      const [own, share] = [...classes].reduce((a, b) => (b[1].area > a[1].area || (b[1].area === a[1].area && b[0] < a[0]) ? b : a));
      return { id, class: own, fold: share.fold, angle: meanOf(share), area, row: row / area, column: column / area };
    });
}

/** In 0..2 pi / fold; NaN: no angle. */
function meanOf({ fold, x, y }: Share): number {
  if (fold === 0) return Number.NaN;
  const angle = Math.atan2(y, x) / fold;
  return angle < 0 ? angle + (2 * Math.PI) / fold : angle;
}
