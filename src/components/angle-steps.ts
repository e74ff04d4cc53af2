/**
 * Least misorientation of a low-angle boundary in the plane, rad: half a degree. Centres are rounded to 1/4 px, which moves spots about the middle of a
 * detector of 128 px by up to 0.2 degrees.
 */
export const LEAST_STEP = (0.5 * Math.PI) / 180;
/** Directions of lines that a region is cut along. */
const DIRECTIONS = 16;

/** The frames of a region in one place, in positions of the scan. */
export interface AnglePart {
  readonly row: number;
  readonly column: number;
  /** Outside the direct beam. */
  readonly electrons: number;
  /** Fisher information of the in-plane angle in them, 1 / rad^2, and that times the angle, from the mean of the region. */
  readonly information: number;
  readonly score: number;
}

/** The in-plane angle over an area, as sums for a linear fit; rad, and positions. */
export interface AngleMoments {
  readonly electrons: number;
  /** Fisher information of the angle, 1 / rad^2. */
  readonly information: number;
  /** Means by information. */
  readonly angle: number;
  readonly row: number;
  readonly column: number;
  /** Sums of information times row^2, row column and column^2, about the means. */
  readonly spread: readonly [number, number, number];
  /** Sums of information times angle times row, and times column, about the means. */
  readonly lean: readonly [number, number];
}

/** Of nothing. */
export const NO_MOMENTS: AngleMoments = { electrons: 0, information: 0, angle: 0, row: 0, column: 0, spread: [0, 0, 0], lean: [0, 0] };

/** Both areas as one. Angles are on one branch. */
export function joinMoments(a: AngleMoments, b: AngleMoments): AngleMoments {
  const information = a.information + b.information;
  const share = information > 0 ? b.information / information : 0;
  const between = a.information * share;
  const [d, rows, columns] = [b.angle - a.angle, b.row - a.row, b.column - a.column];
  return {
    electrons: a.electrons + b.electrons,
    information,
    angle: a.angle + share * d,
    row: a.row + share * rows,
    column: a.column + share * columns,
    spread: [
      a.spread[0] + b.spread[0] + between * rows * rows,
      a.spread[1] + b.spread[1] + between * rows * columns,
      a.spread[2] + b.spread[2] + between * columns * columns,
    ],
    lean: [a.lean[0] + b.lean[0] + between * d * rows, a.lean[1] + b.lean[1] + between * d * columns],
  };
}

export function momentsOf(parts: readonly AnglePart[]): AngleMoments {
  return parts
    .map((p) => ({ ...NO_MOMENTS, ...p, angle: p.information > 0 ? p.score / p.information : 0 }))
    .reduce(joinMoments, NO_MOMENTS);
}

/**
 * Whether there is a step of the in-plane angle between two areas: a low-angle boundary, not one crystal that bends. It must explain the angles better than
 * none, by the Bayesian information criterion over the electrons, and better than a plane through all of them.
 */
export function isStep(a: AngleMoments, b: AngleMoments): boolean {
  return isBest(a, b, 1);
}

/** Sides, 0 and 1, of the line at which a region has such a step; null: it has none. Each has so many parts at least. */
export function findStep(parts: readonly AnglePart[], least: number): Int8Array | null {
  let [best, most, lines]: [readonly AnglePart[], number, number] = [[], 0, 0];
  for (let k = 0; k < DIRECTIONS; k++) {
    const [x, y] = [Math.cos((k * Math.PI) / DIRECTIONS), Math.sin((k * Math.PI) / DIRECTIONS)];
    const along = parts.map((part) => ({ part, at: x * part.row + y * part.column })).sort((a, b) => a.at - b.at);
    const all = along.map((p) => p.part);
    const total = sumsOf(all);
    const own = { information: 0, score: 0 };
    for (const [i, { information, score }] of all.entries()) {
      const [left, right] = [i, all.length - i];
      if (left >= least && right >= least) {
        lines++;
        const explained = explainedBy(own, { information: total.information - own.information, score: total.score - own.score });
        if (explained > most) [best, most] = [all.slice(0, i), explained];
      }
      own.information += information;
      own.score += score;
    }
  }
  const side = Int8Array.from(parts, (p) => (best.includes(p) ? 0 : 1));
  const [a, b] = [0, 1].map((s) => momentsOf(parts.filter((_, i) => side[i] === s)));
  return isBest(a, b, lines) ? side : null;
}

const sumsOf = (parts: readonly AnglePart[]) =>
  parts.reduce((a, b) => ({ information: a.information + b.information, score: a.score + b.score }), { information: 0, score: 0 });

type Sums = Pick<AnglePart, "information" | "score">;

/** Squared difference of two mean angles over its variance. */
function explainedBy(a: Sums, b: Sums): number {
  if (!(a.information > 0 && b.information > 0)) return 0;
  return (a.score / a.information - b.score / b.information) ** 2 / (1 / a.information + 1 / b.information);
}

/**
 * Whether a step between two areas explains the angles better than none, where it may be at so many places, and than a plane. Its size costs the logarithm
 * of the number of electrons. A bend has a direction and a size, a step a place and a size: neither has an advantage.
 */
function isBest(a: AngleMoments, b: AngleMoments, places: number): boolean {
  const d = b.angle - a.angle;
  if (!(Math.abs(d) >= LEAST_STEP && a.information > 0 && b.information > 0)) return false;
  const step = (d * d) / (1 / a.information + 1 / b.information);
  return step > Math.log(a.electrons + b.electrons) + 2 * Math.log(places) && step > explainedByPlane(joinMoments(a, b));
}

/** By how much a plane through the angles lowers their sum of squares, in units of their variance. */
function explainedByPlane({ spread: [rr, rc, cc], lean: [r, c] }: AngleMoments): number {
  const determinant = rr * cc - rc * rc;
  // All in one line: the plane leans along it.
  if (!(determinant > 1e-9 * rr * cc)) return rr + cc > 0 ? (r * r + c * c) / (rr + cc) : 0;
  return (cc * r * r - 2 * rc * r * c + rr * c * c) / determinant;
}
