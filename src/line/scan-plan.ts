import type { SeriesBegin } from "../core/detector.js";
import { guessShape, imagesOf, type ScanGrid, type ScanOrder, type ShapeSource } from "../core/scan.js";

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
  /** order "positions": scan index of each position. */
  readonly positions: Int32Array | null;
}

export interface ScanPlan {
  readonly grid: ScanGrid;
  readonly from: ShapeSource;
  /** Images that the series should bring; null: nobody knows. */
  readonly expected: number | null;
  /** Contradictions, in words for the operator. */
  readonly notes: readonly string[];
}

/** More positions than this are not laid out: 4,096 x 4,096. */
export const MAX_POSITIONS = 1 << 24;
/** A guess lays out no more than this: one message must not claim memory for a scan that nobody configured. */
export const MAX_GUESS = 1 << 21;
/** First guess where not even a count is known; it grows with the images, and shrinks to them at the end. */
const UNKNOWN_COUNT = 64 * 64;

const words = (s: readonly [number, number]): string => `${s[0]} x ${s[1]}`;
const fits = (s: readonly [number, number] | undefined): s is readonly [number, number] => s !== undefined && s[0] * s[1] <= MAX_POSITIONS;

/**
 * The scan of a series, by contract §3: command line or operator, then the stream's user data, then the configuration, then a
 * square guess. Contradictions and counts that do not fit are notes, never silently resolved.
 */
export function planScan(
  settings: ScanSettings,
  begin: SeriesBegin,
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
    ...(listed && settings.positions ? { positions: settings.positions } : {}),
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
    const images = announced !== null && announced <= MAX_GUESS ? announced : seen;
    const count = Math.min(MAX_GUESS, Math.max(1, positionsIn(images, options)));
    const [rows, columns] = guessShape(count);
    return { grid: { rows, columns, ...options }, from: "guess", expected: announced, notes };
  }
  const [from, [rows, columns]] = first;
  const grid: ScanGrid = { rows, columns, ...options };
  const needed = imagesOf(grid);
  if (announced !== null && announced !== needed)
    notes.push(`the scan ${words([rows, columns])} needs ${needed} images, the detector announced ${announced}`);
  return { grid, from, expected: announced === null ? needed : Math.min(announced, needed), notes };
}

const SOURCE_WORDS: Readonly<Record<ShapeSource, string>> = {
  flag: "the command line",
  operator: "the operator",
  stream: "the stream",
  config: "the configuration",
  guess: "a guess",
};

/** Positions that a count of images leaves after skipping. */
function positionsIn(images: number, o: { skipStart: number; lineSkip: number; framesPerPosition: number }): number {
  const count = Math.max(0, images - o.skipStart);
  if (o.lineSkip === 0) return Math.floor(count / o.framesPerPosition);
  // n * (n * f + skip) = count for a square of n
  const f = o.framesPerPosition;
  const n = Math.floor((-o.lineSkip + Math.sqrt(o.lineSkip ** 2 + 4 * f * count)) / (2 * f));
  return n * n;
}
