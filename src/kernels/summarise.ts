/** Sums over the frames of a scan, per detector pixel. Frames of one scan may be summed in several places and merged. */
export interface Summary {
  readonly height: number;
  readonly width: number;
  /** Frames added. */
  readonly frames: number;
  /** Sum of valid counts. */
  readonly sum: Float64Array;
  /** Sum of squares of valid counts. */
  readonly squares: Float64Array;
  /** Highest valid value; NaN where there was none. */
  readonly max: Float64Array;
  /** Frames in which the pixel was valid. */
  readonly valid: Uint32Array;
}

/** What it lies in: to be moved to another thread. */
export const summaryBuffers = ({ sum, squares, max, valid }: Summary): ArrayBuffer[] =>
  [sum, squares, max, valid].map((array) => array.buffer as ArrayBuffer);

export type SummaryImage = "mean" | "max" | "variance";

/**
 * Merges summaries of the same detector. Integer counts give the same bits in any order and grouping.
 * Throws on an empty list or on detectors of different size.
 */
export function mergeSummaries(list: readonly Summary[]): Summary {
  const first = list[0];
  if (first === undefined) throw new Error("no summaries to merge");
  const { height, width } = first;
  const pixels = height * width;
  const sum = new Float64Array(pixels);
  const squares = new Float64Array(pixels);
  const max = new Float64Array(pixels).fill(Number.NaN);
  const valid = new Uint32Array(pixels);
  let frames = 0;
  for (const part of list) {
    if (part.height !== height || part.width !== width)
      throw new Error(`cannot merge summaries of ${height}x${width} and ${part.height}x${part.width} px`);
    frames += part.frames;
    for (let i = 0; i < pixels; i++) {
      if (part.valid[i] === 0) continue;
      sum[i] += part.sum[i];
      squares[i] += part.squares[i];
      max[i] = valid[i] === 0 ? part.max[i] : Math.max(max[i], part.max[i]);
      valid[i] += part.valid[i];
    }
  }
  return { height, width, frames, sum, squares, max, valid };
}

/** One image of a summary; NaN where no frame had a valid value (variance: fewer than two, as it divides by n - 1). */
export function summaryImage(summary: Summary, kind: SummaryImage): Float32Array {
  const { sum, squares, max, valid } = summary;
  const image = new Float32Array(sum.length);
  for (let i = 0; i < image.length; i++) {
    const n = valid[i];
    if (kind === "max") image[i] = max[i];
    else if (kind === "mean") image[i] = n > 0 ? sum[i] / n : Number.NaN;
    else image[i] = n > 1 ? Math.max(0, squares[i] - (sum[i] * sum[i]) / n) / (n - 1) : Number.NaN;
  }
  return image;
}
