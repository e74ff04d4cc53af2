/** Frames before a judgement, per pixel. */
const ENOUGH_FRAMES = 256;
/** A hot pixel exceeds its neighbours by so many standard deviations of their counts, and by a factor. */
const SIGMAS = 8;
const FACTOR = 3;
/** Frames' worth of signal that the excess must rest on: one cosmic ray makes no hot pixel. */
const ENOUGH_HITS = 5;
/** Counts that the neighbours must lead one to expect before a pixel without any is dead. */
const EXPECTED_COUNTS = 15;

/** Pixel numbers (row * width + col), ascending. */
export interface FaultyPixels {
  readonly hot: Int32Array;
  readonly dead: Int32Array;
}

/** Means of the neighbours that carry data, ascending, written to `out`; returns how many. */
function neighbourMeans(sum: Float64Array, valid: Uint32Array, height: number, width: number, at: number, out: Float64Array): number {
  const row = Math.floor(at / width);
  const col = at % width;
  let count = 0;
  for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
    for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++) {
      const i = r * width + c;
      if (i === at || valid[i] === 0) continue;
      const mean = sum[i] / valid[i];
      let place = count++;
      for (; place > 0 && out[place - 1] > mean; place--) out[place] = out[place - 1];
      out[place] = mean;
    }
  return count;
}

const medianOf = (sorted: Float64Array, count: number): number => (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2;

/**
 * Finds pixels that count by themselves (hot) or not at all (dead) from the sums of a scan, by comparing each with its eight neighbours.
 * Hot: above their median mean mn by 8 sigma = 8 sqrt(mn / M) and threefold, M frames; isolated, i.e. threefold above all neighbours but
 * one, which spares sharp Bragg spots and the edge of the bright disk; and in several frames. Dead: no count where M mn > 15.
 * Silent below 256 frames. `valid`: frames in which a pixel carried data; `sum`, `squares`: of these.
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
  const near = new Float64Array(8);
  for (let at = 0; frames >= ENOUGH_FRAMES && at < sum.length; at++) {
    const n = valid[at];
    if (n < ENOUGH_FRAMES) continue;
    const count = neighbourMeans(sum, valid, height, width, at, near);
    if (count < 2) continue;
    const median = medianOf(near, count);
    if (sum[at] === 0 && squares[at] === 0) {
      if (n * median > EXPECTED_COUNTS) dead.push(at);
      continue;
    }
    const mean = sum[at] / n;
    // No neighbour has counted: as if the median had, once.
    const expected = Math.max(median, 1 / n);
    const isolated = mean > FACTOR * Math.max(expected, near[count - 2]);
    const hits = (sum[at] * sum[at]) / squares[at];
    if (isolated && mean - expected > SIGMAS * Math.sqrt(expected / n) && hits >= ENOUGH_HITS) hot.push(at);
  }
  return { hot: Int32Array.from(hot), dead: Int32Array.from(dead) };
}
