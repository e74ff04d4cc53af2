/** The scan: which probe position an image belongs to. Position is a function of the image number, never of arrival. */
export const SCAN_ORDERS = ["raster", "serpentine", "positions"] as const;
export type ScanOrder = (typeof SCAN_ORDERS)[number];

export interface ScanGrid {
  readonly rows: number;
  readonly columns: number;
  readonly order: ScanOrder;
  /** Images dropped before the first position. */
  readonly skipStart: number;
  /** Settling or flyback images per line, at its start or its end. */
  readonly lineSkip: number;
  readonly lineSkipAt: "start" | "end";
  readonly framesPerPosition: number;
  /** nm; 0: unknown. */
  readonly step: number;
  /** order "positions": scan index (row * columns + column) of the n-th position; -1: not on the map. */
  readonly positions?: Int32Array;
}

/** One image per position, row after row, nothing else in between; step unknown. */
export const PLAIN_RASTER = { order: "raster", skipStart: 0, lineSkip: 0, lineSkipAt: "start", framesPerPosition: 1, step: 0 } as const;

/** Where a shape came from, in order of trust (contract §3). */
export const SHAPE_SOURCES = ["flag", "operator", "stream", "config", "guess"] as const;
export type ShapeSource = (typeof SHAPE_SOURCES)[number];

export const positionsOf = (g: ScanGrid): number => g.rows * g.columns;
/** Images per line, skipped ones included. */
export const imagesPerLine = (g: ScanGrid): number => g.columns * g.framesPerPosition + g.lineSkip;
/** Number of acquisition lines. A listed scan is cut into lines of `columns` entries. */
export const linesOf = (g: ScanGrid): number =>
  g.order === "positions" && g.positions ? Math.ceil(g.positions.length / g.columns) : g.rows;
/** Images that the grid needs in all. */
export const imagesOf = (g: ScanGrid): number =>
  g.order === "positions" && g.positions
    ? g.skipStart + g.positions.length * g.framesPerPosition + linesOf(g) * g.lineSkip
    : g.skipStart + g.rows * imagesPerLine(g);

/** Largest scan: 4,096 x 4,096 positions, at most so many rows or columns, and so many images. */
export const MAX_POSITIONS = 1 << 24;
export const MAX_SCAN_SIDE = 65536;
export const MAX_IMAGES = 1 << 26;

/** Results of `place` that are not a position. */
export const SKIPPED = -1;
export const BEYOND = -2;

/** Acquisition line of an image: -1 before the first line. */
export function lineOf(g: ScanGrid, image: number): number {
  return image < g.skipStart ? -1 : Math.floor((image - g.skipStart) / imagesPerLine(g));
}

/** Scan index of an image, or SKIPPED (start, settling, not on the map) or BEYOND (after the last position). */
export function place(g: ScanGrid, image: number): number {
  if (image < g.skipStart) return SKIPPED;
  const perLine = imagesPerLine(g);
  const line = Math.floor((image - g.skipStart) / perLine);
  if (line >= linesOf(g)) return BEYOND;
  let within = image - g.skipStart - line * perLine;
  if (g.lineSkipAt === "start") within -= g.lineSkip;
  if (within < 0 || within >= g.columns * g.framesPerPosition) return SKIPPED;
  const column = Math.floor(within / g.framesPerPosition);
  if (g.order === "positions" && g.positions) {
    const n = line * g.columns + column;
    const at = g.positions[n];
    return at === undefined ? BEYOND : at < 0 || at >= g.rows * g.columns ? SKIPPED : at;
  }
  const reversed = g.order === "serpentine" && (line & 1) === 1;
  return line * g.columns + (reversed ? g.columns - 1 - column : column);
}

/** The square-most grid of a count of images: a guess, and shown as one. */
export function guessShape(images: number): readonly [rows: number, columns: number] {
  const n = Math.max(1, Math.floor(images));
  const side = Math.round(Math.sqrt(n));
  for (let rows = side; rows >= Math.max(1, Math.floor(side * 0.5)); rows--) if (n % rows === 0) return [rows, n / rows];
  const columns = Math.ceil(Math.sqrt(n));
  return [Math.ceil(n / columns), columns];
}
