/** Scores of a frame, and the sum of their squares without their noise. */
export interface ScoredFrame {
  readonly scores: Float32Array;
  readonly power: number;
}

/** Squared distances between frames without the part that is noise, none negative; rows of `out` are `stride` apart. */
export function frameDistances(frames: readonly ScoredFrame[], out: Float32Array, stride: number): void {
  frames.forEach((a, i) => {
    out[i * stride + i] = 0;
    for (let j = 0; j < i; j++) {
      const b = frames[j];
      let dot = 0;
      for (let k = 0; k < a.scores.length; k++) dot += a.scores[k] * b.scores[k];
      const d = Math.max(0, a.power + b.power - 2 * dot);
      out[i * stride + j] = d;
      out[j * stride + i] = d;
    }
  });
}
