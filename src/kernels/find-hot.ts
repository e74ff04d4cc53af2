import { selectValue } from "./select-value.js";

/** Frames before a judgement, per pixel. */
const ENOUGH_FRAMES = 256;
/** A hot pixel exceeds its neighbours by so many standard deviations of their counts, and by this factor. */
const SIGMAS = 8;
const FACTOR = 3;
/** Frames' worth of signal that the excess must rest on: one cosmic ray makes no hot pixel. */
const ENOUGH_HITS = 5;
/** Least share of its counts that a spot spills into each direct neighbour, and how sure that must be. */
const SPILL = 0.02;
const SPILL_SIGMAS = 4;
/** Pairs of neighbours that are compared, about. */
const MAX_PAIRS = 65536;
/** Counts that the neighbours must lead one to expect before a pixel without any is dead. */
const EXPECTED_COUNTS = 15;

/** Pixel numbers (row * width + col), ascending. */
export interface FaultyPixels {
  readonly hot: Int32Array;
  readonly dead: Int32Array;
}

/** Sums of a scan over the frames in which each pixel carried data. */
interface Sums {
  readonly sum: Float64Array;
  readonly valid: Uint32Array;
  readonly height: number;
  readonly width: number;
}

type Place = readonly [rows: number, cols: number];
const DIRECT: readonly Place[] = [
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, 0],
];
const NEAR: readonly Place[] = [...DIRECT, [-1, -1], [-1, 1], [1, -1], [1, 1]];
const RING: readonly Place[] = [-2, -1, 0, 1, 2]
  .flatMap((r) => [-2, -1, 0, 1, 2].map((c): Place => [r, c]))
  .filter(([r, c]) => r * r + c * c > 2);

/** Means of the pixels at these places around a pixel, of those that carry data, ascending, written to `out`; returns how many. */
function meansAt({ sum, valid, height, width }: Sums, places: readonly Place[], at: number, out: Float64Array): number {
  const row = Math.floor(at / width);
  const col = at % width;
  let count = 0;
  for (const [rows, cols] of places) {
    const r = row + rows;
    const c = col + cols;
    if (r < 0 || r >= height || c < 0 || c >= width || valid[r * width + c] === 0) continue;
    const mean = sum[r * width + c] / valid[r * width + c];
    let place = count++;
    for (; place > 0 && out[place - 1] > mean; place--) out[place] = out[place - 1];
    out[place] = mean;
  }
  return count;
}

const medianOf = (sorted: Float64Array, count: number): number => (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2;

/**
 * Whether the direct neighbours share the excess of a pixel, measured against the ring of 16 around them: electrons that hit a sharp
 * Bragg spot spill into them, the counts of a hot pixel do not.
 */
function isShared(sums: Sums, at: number, n: number, excess: number): boolean {
  const means = new Float64Array(RING.length);
  const direct = medianOf(means, meansAt(sums, DIRECT, at, means));
  const ring = medianOf(means, meansAt(sums, RING, at, means));
  return direct - ring > SPILL * excess && direct - ring > SPILL_SIGMAS * Math.sqrt(Math.max(ring, 1 / n) / (2 * n));
}

/**
 * By how much neighbouring sums differ more than Poisson counts would: the median of (a - b)^2 / (a + b) over pairs of neighbours, at
 * least 1. Above 1 the frames do not bear witness independently: a recording sent several times repeats its noise, a scintillator spreads it.
 */
function clumping({ sum, valid, width }: Sums): number {
  const step = Math.max(1, Math.floor(sum.length / MAX_PAIRS));
  const ratios = new Float64Array(Math.ceil(sum.length / step));
  let count = 0;
  for (let at = 0; at + 1 < sum.length; at += step) {
    if ((at + 1) % width === 0 || valid[at] === 0 || valid[at + 1] === 0) continue;
    const both = sum[at] + sum[at + 1];
    if (both > 0) ratios[count++] = (sum[at] - sum[at + 1]) ** 2 / both;
  }
  return count === 0 ? 1 : Math.max(1, selectValue(ratios, count, count >> 1));
}

/**
 * Finds pixels that count by themselves (hot) or not at all (dead) from the sums of a scan, by comparing each with its eight neighbours.
 * Hot: above all of them but one, by 8 sigma = 8 sqrt(rival / frames) and threefold (against their median, one pixel in 20 000 would be
 * flagged by chance where there are a few counts); not sharing the excess with them, which spares sharp Bragg spots; and in several
 * frames. Dead: no count where the median of the neighbours is above 15 counts.
 * Silent below 256 independent frames (see `clumping`). `valid`: frames in which a pixel carried data; `sum`, `squares`: of these.
 */
export function findHot(
  sum: Float64Array,
  squares: Float64Array,
  valid: Uint32Array,
  frames: number,
  height: number,
  width: number,
): FaultyPixels {
  const hot: number[] = [];
  const dead: number[] = [];
  const sums: Sums = { sum, valid, height, width };
  const near = new Float64Array(NEAR.length);
  const clump = frames >= ENOUGH_FRAMES ? clumping(sums) : 1;
  for (let at = 0; frames >= ENOUGH_FRAMES * clump && at < sum.length; at++) {
    const n = valid[at] / clump;
    if (n < ENOUGH_FRAMES) continue;
    const count = meansAt(sums, NEAR, at, near);
    if (count < 3) continue;
    const median = medianOf(near, count);
    if (squares[at] === 0) {
      if (n * median > EXPECTED_COUNTS) dead.push(at);
      continue;
    }
    const mean = sum[at] / valid[at];
    // One of eight neighbours may be hot too; at the edge of the frame there are fewer. Without counts: as if there had been one.
    const rival = Math.max(near[count - (count === NEAR.length ? 2 : 1)], 1 / n);
    if (mean <= FACTOR * rival || mean - rival <= SIGMAS * Math.sqrt(rival / n)) continue;
    const hits = (sum[at] * sum[at]) / squares[at] / clump;
    if (hits >= ENOUGH_HITS && !isShared(sums, at, n, mean - median)) hot.push(at);
  }
  return { hot: Int32Array.from(hot), dead: Int32Array.from(dead) };
}
