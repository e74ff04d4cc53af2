import type { Part } from "./component.js";
import type { SharedPart } from "./mixtures.js";
import { GRID, type PolarFrame } from "./polar-events.js";
import type { RegionClass } from "./region-class.js";

const SECTOR = (2 * Math.PI) / GRID.sectors;
/** Parts of a frame that are kept. */
export const PARTS = 4;
/** Angles that differ by less than this part of a sector are one. */
const TURNS = 2;

/** Shares of classes in positions. */
export interface SharesOfPositions {
  /** [positions, PARTS] Classes, 0: none; and their shares. */
  readonly parts: Int32Array;
  readonly shares: Float32Array;
}

export interface Where {
  readonly columns: number;
  readonly rows: number;
  /** Region of each position, -1: none. */
  readonly region: Int32Array;
  readonly known: ReadonlyMap<number, RegionClass>;
  readonly frameAt: (position: number) => PolarFrame | null;
}

/** Of what the frame of a position is made; `parts`: components that may be in it. */
export type FindMixture = (frame: PolarFrame, parts: readonly Part[]) => readonly SharedPart[];

/**
 * Finds the shares of a position, where they are not what they were found to be; none: it has no class. Answers what they were found of, NaN where it has no
 * class; `before`: the same as it was answered then, NaN: it was not.
 */
export function findShares(mixture: FindMixture, at: number, where: Where, before: number, to: SharesOfPositions): number {
  const own = where.known.get(where.region[at]);
  const parts = own ? candidates(where, at) : [];
  const print = own ? printOf(parts) : Number.NaN;
  if (print === before) return print;
  to.parts.fill(0, PARTS * at, PARTS * (at + 1));
  to.shares.fill(0, PARTS * at, PARTS * (at + 1));
  if (!own) return print;
  const frame = parts.length > 1 ? where.frameAt(at) : null;
  let n = PARTS * at;
  for (const { component, share } of frame ? mixture(frame, parts) : []) {
    if (component <= 0 || share <= 0 || n === PARTS * (at + 1)) continue;
    to.parts[n] = component;
    to.shares[n++] = share;
  }
  if (n > PARTS * at) return print;
  to.parts[n] = own.class;
  to.shares[n] = 1;
  return print;
}

/** A number that changes with the components, and with their angles by more than a fraction of a sector. */
function printOf(parts: readonly Part[]): number {
  let print = parts.length;
  for (const { component, turn } of parts) print = (print * 8191 + component * 257 + Math.round(TURNS * turn)) % 2 ** 40;
  return print;
}

/** The class of a position at its angle, then those of the eight around it. */
export function candidates({ columns, rows, region, known }: Where, at: number): Part[] {
  const row = Math.floor(at / columns);
  const column = at % columns;
  const parts: Part[] = [];
  let last = region[at];
  addPart(parts, known.get(last));
  for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
    for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
      const id = region[r * columns + c];
      if (id === last) continue;
      last = id;
      addPart(parts, known.get(id));
    }
  return parts;
}

/** Adds the class of a region, once at each angle. */
function addPart(parts: Part[], of: RegionClass | undefined): void {
  if (!of) return;
  const turn = Number.isNaN(of.angle) ? 0 : of.angle / SECTOR;
  for (const p of parts) if (p.component === of.class && p.turn === turn) return;
  parts.push({ component: of.class, turn });
}
