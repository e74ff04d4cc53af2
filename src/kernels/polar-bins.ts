/**
 * Polar bins about the followed beam. Distances and angles are those of the pattern with the ellipse undone: lengths along its major axis
 * divided by the root of `ratio`, along its minor axis multiplied by it, so that areas stay as they are and counts per pixel keep their meaning.
 */
export interface PolarSetup {
  /** Rings of equal width from `inner` to `outer`, px; sectors from the +col axis towards +row. */
  readonly rings: number;
  readonly sectors: number;
  readonly inner: number;
  readonly outer: number;
  /** Major over minor axis of what should be circles, >= 1, and the angle of the major axis, rad. */
  readonly ratio: number;
  readonly angle: number;
  /** Rows of the batch buffer. */
  readonly batch: number;
}

/** How the bins are looked up: square tables of a bin for every whole-pixel offset from the centre, one table per sub-pixel phase. */
export interface PolarGrid {
  /** rings * sectors. Bin `bins` is nearer than the first ring, `bins + 1` beyond the last. */
  readonly bins: number;
  /** The centre is rounded to 1/steps px along each axis. */
  readonly steps: number;
  /** Offsets go from -reach to reach; pixels beyond are beyond the last ring. */
  readonly reach: number;
  /** Entries of a table, with some more than needed for vectors that reach past the end. */
  readonly entries: number;
}

const STEPS = [4, 2, 1];
/** Most bytes for the tables of all phases: 1/4 px up to 511 px of reach, 1/2 px up to 1023, then whole pixels. */
const MOST_BYTES = 2 ** 25;
/** Entries of a table are byte offsets in 16 bits. */
const MOST_BINS = 2 ** 14 - 2;
const MOST_BATCH_BYTES = 2 ** 26;
/** Entries after a table: a vector of pixels of one byte. */
const SPARE = 16;
/** No frame is so large that its pixels are within reach of a centre farther out. */
const FAR = 2 ** 28;

/** The grid of a set-up; throws RangeError on one that cannot be. */
export function polarGrid(setup: PolarSetup): PolarGrid {
  const { rings, sectors, inner, outer, ratio, angle, batch } = setup;
  const bins = rings * sectors;
  const whole = [rings, sectors, batch].every((n) => Number.isInteger(n) && n >= 1);
  const fits = bins <= MOST_BINS && 4 * bins * batch <= MOST_BATCH_BYTES;
  if (!whole || !fits) throw new RangeError(`polar bins of ${rings} rings, ${sectors} sectors, ${batch} rows`);
  if (!(inner >= 0 && outer > inner && ratio >= 1 && Number.isFinite(angle)))
    throw new RangeError(`polar bins from ${inner} to ${outer} px, ellipse ${ratio}, ${angle}`);
  const reach = Math.ceil(outer * Math.sqrt(ratio)) + 1;
  const entries = (2 * reach + 1) ** 2 + SPARE;
  const steps = STEPS.find((n) => 2 * entries * n * n <= MOST_BYTES);
  if (steps === undefined) throw new RangeError(`polar bins out to ${outer} px, ellipse ${ratio}: too far for a table`);
  return { bins, steps, reach, entries };
}

/** A row that the batch does not have is a bug of the caller: throws. */
export function checkRow(polarRow: number, batch: number): void {
  if (!Number.isInteger(polarRow) || polarRow < 0 || polarRow >= batch)
    throw new RangeError(`row ${polarRow} of a polar batch of ${batch}`);
}

/** Whether pixels can be within reach of this centre at all. */
export const isPlaced = (row: number, col: number): boolean => Math.abs(row) < FAR && Math.abs(col) < FAR;

/** The pixel at or before a coordinate of the centre that is rounded to steps, and the steps from there. */
export const cellOf = (at: number, steps: number): number => Math.floor(Math.floor(at * steps + 0.5) / steps);
const stepOf = (at: number, steps: number): number => Math.floor(at * steps + 0.5) - steps * cellOf(at, steps);

/** Number of the table for a centre, below steps * steps. */
export const phaseOf = (row: number, col: number, steps: number): number => stepOf(row, steps) * steps + stepOf(col, steps);

/** The angle from +x towards +y in quarter turns, 0 to 4 (exclusive); turning by a quarter adds exactly 1. */
function quarterTurns(x: number, y: number): number {
  const quarter = 2 / Math.PI;
  if (x > 0 && y >= 0) return Math.atan2(y, x) * quarter;
  if (y > 0) return 1 + Math.atan2(-x, y) * quarter;
  if (x < 0) return 2 + Math.atan2(-y, -x) * quarter;
  return y < 0 ? 3 + Math.atan2(x, -y) * quarter : 0;
}

/** The table of a phase: four times the bins, by row and column offset, row after row from -reach. The same whenever and wherever it is built. */
export function fillTable(setup: PolarSetup, { bins, steps, reach, entries }: PolarGrid, phase: number, out: Uint16Array): void {
  const { rings, sectors, inner, outer, ratio, angle } = setup;
  const root = Math.sqrt(ratio);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Exactly the identity for a circle, at any angle.
  const xx = 1 / root + (root - 1 / root) * sin * sin;
  const yy = 1 / root + (root - 1 / root) * cos * cos;
  const xy = (1 / root - root) * sin * cos;
  const beyond = 4 * (bins + 1);
  let at = 0;
  for (let row = -reach; row <= reach; row++)
    for (let col = -reach; col <= reach; col++, at++) {
      const dr = row - Math.floor(phase / steps) / steps;
      const dc = col - (phase % steps) / steps;
      const x = xx * dc + xy * dr;
      const y = xy * dc + yy * dr;
      const distance = Math.sqrt(x * x + y * y);
      if (distance < inner) out[at] = 4 * bins;
      else if (distance >= outer) out[at] = beyond;
      else {
        const ring = Math.min(rings - 1, Math.floor(((distance - inner) / (outer - inner)) * rings));
        out[at] = 4 * (ring * sectors + Math.min(sectors - 1, Math.floor((quarterTurns(x, y) * sectors) / 4)));
      }
    }
  out.fill(beyond, at, entries);
}
