/** What scores are made with: bins of the detector, and a basis of few components over them. */
export interface ScoreTable {
  /** Components. */
  readonly components: number;
  /** Bin of each pixel. */
  readonly bin: Uint16Array;
  /** What a count of the pixel adds to its bin: more than 1 where other pixels of the bin are masked. */
  readonly gain: Float32Array;
  /** [bins, components]: component of the basis times the root of the weight of the bin. */
  readonly basis: Float32Array;
  /** Per bin: sum of squares of its row of the basis. */
  readonly power: Float32Array;
  /** Per bin: its weight, one over the variance that is expected. */
  readonly weight: Float32Array;
}

/** Noise of the scores, and of the whole frame: sums of weighted variances. */
export interface ScoreNoise {
  inScores: number;
  inFrame: number;
}

/** Scores of a frame that is listed in entries: z[k] = sum of basis times binned counts. Cost: components per entry. */
export function scoreEntries(
  entries: Uint32Array,
  from: number,
  to: number,
  table: ScoreTable,
  scores: Float32Array,
  at: number,
  noise: ScoreNoise,
): void {
  const { components, bin, gain, basis, power, weight } = table;
  scores.fill(0, at, at + components);
  let [inScores, inFrame] = [0, 0];
  for (let i = from; i < to; i++) {
    const pixel = entries[i] & 0x1ffffff;
    const b = bin[pixel];
    const g = gain[pixel];
    const counts = (entries[i] >>> 25) * g;
    inScores += counts * g * power[b];
    inFrame += counts * g * weight[b];
    for (let k = 0, v = b * components; k < components; k++, v++) scores[at + k] += counts * basis[v];
  }
  noise.inScores = inScores;
  noise.inFrame = inFrame;
}
