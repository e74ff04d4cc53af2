/** Cells of up to 2^5 positions a side are looked at: the coarsest regular grid on which anything is worked on at once. */
export const MOST_CELL = 5;

/** Row and column. */
type At = readonly [row: number, col: number];

/** Corners of the cell of 2^h positions a side around a position, the near ones first. */
function corners(h: number, row: number, col: number): readonly At[] {
  const g = 1 << h;
  const [top, left] = [(row >> h) << h, (col >> h) << h];
  const r = 2 * (row - top) > g ? top + g : top;
  const c = 2 * (col - left) > g ? left + g : left;
  const [farR, farC] = [2 * top + g - r, 2 * left + g - c];
  const across: At = [r, farC];
  const along: At = [farR, c];
  const far = (p: At): number => (p[0] - row) ** 2 + (p[1] - col) ** 2;
  return far(across) <= far(along) ? [[r, c], across, along, [farR, farC]] : [[r, c], along, across, [farR, farC]];
}

/**
 * A position with a value near one that waits, to draw it with: the first of the corners of ever larger cells around it, which on
 * a regular grid is a nearest one. Null: none within reach. The shader looks in the same order.
 */
export function nearby(has: (row: number, col: number) => boolean, row: number, col: number): At | null {
  if (has(row, col)) return [row, col];
  for (let h = 1; h <= MOST_CELL; h++) for (const at of corners(h, row, col)) if (has(...at)) return at;
  return null;
}
