import type { SeriesBegin } from "../core/detector.js";
import { Fault } from "../core/fault.js";
import {
  guessShape,
  imagesOf,
  MAX_IMAGES,
  MAX_POSITIONS,
  MAX_SCAN_SIDE,
  type ScanGrid,
  type ScanOrder,
  type ShapeSource,
} from "../core/scan.js";
import { fitRows, mapBytes } from "./map-memory.js";

/** What the operator configured about the scan; `shape` null: nothing. */
export interface ScanSettings {
  readonly shape: readonly [rows: number, columns: number] | null;
  /** The shape was given on the command line: it outranks the stream. */
  readonly shapeByFlag: boolean;
  readonly order: ScanOrder;
  readonly skipStart: number;
  readonly lineSkip: number;
  readonly lineSkipAt: "start" | "end";
  readonly framesPerPosition: number;
  /** nm; 0: unknown. */
  readonly step: number;
  /** Bytes that the maps of a scan may take. */
  readonly mostMapBytes: number;
  /** order "positions": row and column of each position. */
  readonly positions: readonly (readonly [row: number, column: number])[] | null;
}

export interface ScanPlan {
  readonly grid: ScanGrid;
  readonly from: ShapeSource;
  /** Images that the series should bring; null: nobody knows. */
  readonly expected: number | null;
  /** Contradictions, in words for the operator. */
  readonly notes: readonly string[];
}

/** A guess without a count grows to no more than this: one image number must not claim memory for a scan that nobody announced. */
export const MAX_GUESS = 1 << 22;
/** First guess where not even a count is known; it grows with the images, and shrinks to them at the end. */
const UNKNOWN_COUNT = 64 * 64;

const words = (s: readonly [number, number]): string => `${s[0]} x ${s[1]}`;
const fits = (s: readonly [number, number] | undefined): s is readonly [number, number] =>
  s !== undefined && s[0] * s[1] <= MAX_POSITIONS && Math.max(...s) <= MAX_SCAN_SIDE;

/**
 * The scan of a series, by contract §3: command line or operator, then the stream's user data, then the configuration, then a
 * square guess. Contradictions and counts that do not fit are notes, never silently resolved.
 */
export function planScan(
  settings: ScanSettings,
  begin: Pick<SeriesBegin, "expected" | "scan">,
  operator: readonly [number, number] | null,
  seen = UNKNOWN_COUNT,
): ScanPlan {
  const notes: string[] = [];
  const stream = begin.scan;
  const streamShape = fits(stream.shape) ? stream.shape : undefined;
  if (stream.shape && !streamShape)
    notes.push(`the stream's scan shape ${words(stream.shape)} is larger than ${MAX_POSITIONS} positions and is not used`);
  const listed = settings.order === "positions" && settings.positions !== null;
  const options = {
    order: listed ? ("positions" as const) : stream.order && stream.order !== "positions" ? stream.order : settings.order,
    skipStart: stream.skipStart ?? settings.skipStart,
    lineSkip: stream.lineSkip ?? settings.lineSkip,
    lineSkipAt: stream.lineSkipAt ?? settings.lineSkipAt,
    framesPerPosition: settings.framesPerPosition,
    step: stream.stepNm ?? settings.step,
  };
  const given: [ShapeSource, readonly [number, number] | null | undefined][] = [
    ["operator", operator],
    ["flag", settings.shapeByFlag ? settings.shape : null],
    ["stream", streamShape],
    ["config", settings.shapeByFlag ? null : settings.shape],
  ];
  const known = given.filter((g): g is [ShapeSource, readonly [number, number]] => Array.isArray(g[1]));
  const first = known[0];
  for (const other of operator ? [] : known.slice(1)) {
    if (first && (other[1][0] !== first[1][0] || other[1][1] !== first[1][1]))
      notes.push(`scan shape ${words(first[1])} (${SOURCE_WORDS[first[0]]}) is used; ${SOURCE_WORDS[other[0]]} says ${words(other[1])}`);
  }
  const announced = begin.expected;
  if (!first) {
    // Software often announces far more images than it takes: such a number is no count.
    const count = Math.max(1, isCount(announced) ? positionsIn(announced, options) : Math.min(MAX_GUESS, positionsIn(seen, options)));
    const [rows, columns] = guessShape(count);
    return { grid: fitted(onGrid(rows, columns, options, settings), settings, notes), from: "guess", expected: announced, notes };
  }
  const [from, [rows, columns]] = first;
  const whole = onGrid(rows, columns, options, settings);
  const grid = fitted(whole, settings, notes);
  const needed = imagesOf(whole);
  if (announced !== null && announced !== needed)
    notes.push(`the scan ${words([rows, columns])} needs ${needed} images, the detector announced ${announced}`);
  if (needed > MAX_IMAGES) notes.push(`the scan needs ${needed} images; those from ${MAX_IMAGES} on are counted as beyond`);
  const placeable = imagesOf(grid);
  return { grid, from, expected: announced === null ? placeable : Math.min(announced, placeable), notes };
}

/** The grid with the rows for which there is memory. */
function fitted(grid: ScanGrid, { mostMapBytes }: ScanSettings, notes: string[]): ScanGrid {
  const fit = fitRows(grid, mostMapBytes);
  const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  if (fit.rows < grid.rows)
    notes.push(
      `the maps of ${words([grid.rows, grid.columns])} positions need ${mib(mapBytes(grid))}, [memory] maps_mb allows ${mib(mostMapBytes)}: rows from ${fit.rows} on are counted as beyond`,
    );
  return fit;
}

const SOURCE_WORDS: Readonly<Record<ShapeSource, string>> = {
  flag: "the command line",
  operator: "the operator",
  stream: "the stream",
  config: "the configuration",
  guess: "a guess",
};

/** The grid, with listed positions in its own columns; those outside it are not on the map. */
function onGrid(
  rows: number,
  columns: number,
  options: Omit<ScanGrid, "rows" | "columns" | "positions">,
  settings: ScanSettings,
): ScanGrid {
  if (options.order !== "positions" || !settings.positions) return { rows, columns, ...options };
  const inside = ([r, c]: readonly [number, number]): number => (r >= 0 && c >= 0 && r < rows && c < columns ? r * columns + c : -1);
  return { rows, columns, ...options, positions: Int32Array.from(settings.positions, inside) };
}

/** A number of images that somebody may really take. */
export const isCount = (announced: number | null): announced is number => announced !== null && announced <= MAX_POSITIONS;

/** The grid is a guess without a count: none was told, or one that is no count. */
export const isGrowing = ({ from, expected }: ScanPlan): boolean => from === "guess" && !isCount(expected);

/** Fault bad-usage: nobody can lay a scan out so. */
export function checkShape(rows: number, columns: number): void {
  const whole = Number.isInteger(rows) && Number.isInteger(columns) && rows >= 1 && columns >= 1;
  if (!whole || !fits([rows, columns]))
    throw new Fault("bad-usage", "shape", `shape must be two whole numbers >= 1 with at most ${MAX_POSITIONS} positions`);
}

/** Positions that a count of images leaves after skipping. */
function positionsIn(images: number, o: { skipStart: number; lineSkip: number; framesPerPosition: number }): number {
  const count = Math.max(0, images - o.skipStart);
  if (o.lineSkip === 0) return Math.floor(count / o.framesPerPosition);
  // n * (n * f + skip) = count for a square of n
  const f = o.framesPerPosition;
  const n = Math.floor((-o.lineSkip + Math.sqrt(o.lineSkip ** 2 + 4 * f * count)) / (2 * f));
  return n * n;
}
