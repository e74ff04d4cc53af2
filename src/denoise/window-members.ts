import type { WindowShape } from "./method.js";

/** Where the frames of scan positions sit. */
export interface Seating {
  readonly columns: number;
  /** Seat of a position; it may be empty. */
  readonly seat: (row: number, column: number) => number;
  readonly has: (seat: number) => boolean;
}

/** Seats of the frames of a window about a position, the own one first; none where it has no frame. `last`: the last row that there is. */
export function windowMembers(
  { columns, seat, has }: Seating,
  { back, ahead, across }: WindowShape,
  row: number,
  column: number,
  last: number,
  members: number[] = [],
): number[] {
  members.length = 0;
  const own = seat(row, column);
  if (!has(own)) return members;
  members.push(own);
  for (let r = Math.max(0, row - back); r <= Math.min(row + ahead, last); r++)
    for (let c = Math.max(0, column - across); c <= Math.min(columns - 1, column + across); c++) {
      const other = seat(r, c);
      if (other !== own && has(other)) members.push(other);
    }
  return members;
}

/** One column in `distance` of a row, `most` at most, at even distances, others in the next row. `shift`: share of a distance to begin with. */
export function someColumns(row: number, columns: number, most: number, distance: number, shift: number): number[] {
  const count = Math.min(most, Math.ceil(columns / distance));
  return Array.from({ length: count }, (_, i) => (Math.imul(row, 7919) + Math.floor(((i + shift) * columns) / count)) % columns);
}
