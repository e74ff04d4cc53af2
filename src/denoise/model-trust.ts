/** Classes of the rate, a factor of two apart; the one of the mean count. What lies between two is of both. */
const CLASSES = 16;
const MIDDLE = 5;
/**
 * Share that is taken before anything is known, where a frame has no count, and how well that is known: as if its error were a half. Where it
 * has many, the estimate starts at the training-free one: those counts know more than a model of other scans.
 */
const PRIOR = 0.5;
const CERTAINTY = 4;
/** Standard errors that a gain is taken to be less than it seems: what is not surely better than the training-free estimate is not to be worse. */
const DOUBT = 1;
/** Of the mean count: added to rates that errors are weighed by. */
const LEAST_RATE = 0.02;

/**
 * How far a model is followed on one scan: by which share of what it adds to the training-free estimate, per class of the rate. Learnt from
 * counts that neither has seen, by weighted least squares: with d the difference of both and v the rate, the sum of (x - plain) d / v has the
 * variance of the sum of d^2 / v, by which it is divided, so that a prior of known certainty can be held against it (empirical Bayes).
 */
export class ModelTrust {
  /** Per class: what is gained by the whole difference, and its square. */
  readonly #gains = new Float64Array(CLASSES);
  readonly #squares = new Float64Array(CLASSES);
  readonly #shares = new Float32Array(CLASSES).fill(PRIOR);
  readonly #number = new Float32Array(1);
  readonly #bits = new Int32Array(this.#number.buffer);

  /** Share of each class, 0 to 1. */
  get shares(): Readonly<Float32Array> {
    return this.#shares;
  }

  /** Where a rate lies among the classes. Its logarithm is that of the power of two below it, and even up to the next. */
  #place(rate: number, scale: number): number {
    this.#number[0] = Math.max(0, rate) * scale;
    const log = (this.#bits[0] as number) / 2 ** 23 - 127;
    return Math.min(CLASSES - 1.001, Math.max(0, log + MIDDLE));
  }

  /** Learns from one position; `mean`: mean count per pixel; `used`: non-zero where a pixel is valid. */
  learn(plain: Float32Array, model: Float32Array, counts: Float32Array, used: Uint8Array, mean: number): void {
    if (!(mean > 0)) return;
    for (let p = 0; p < counts.length; p++) {
      if (used[p] === 0) continue;
      const from = plain[p] as number;
      const d = (model[p] as number) - from;
      const weight = d / (from + LEAST_RATE * mean);
      const t = this.#place(from, 1 / mean);
      const q = Math.floor(t);
      for (const [k, h] of [
        [q, q + 1 - t],
        [q + 1, t - q],
      ] as const) {
        (this.#gains[k] as number) += h * weight * ((counts[p] as number) - from);
        (this.#squares[k] as number) += h * weight * d;
      }
    }
    for (let q = 0; q < CLASSES; q++) {
      const [gain, square] = [this.#gains[q] as number, this.#squares[q] as number];
      const sure = gain - DOUBT * Math.sqrt(square);
      const prior = PRIOR / (1 + mean * 2 ** (q - MIDDLE));
      this.#shares[q] = Math.min(1, Math.max(0, (sure + prior * CERTAINTY) / (square + CERTAINTY)));
    }
  }

  /** What was learnt so far counts half: the training-free estimate has become better. */
  fade(): void {
    for (const sums of [this.#gains, this.#squares]) for (let q = 0; q < CLASSES; q++) (sums[q] as number) *= 0.5;
  }

  /** Goes back in `model` to the training-free estimate, as far as the model is not to be followed. */
  apply(plain: Float32Array, model: Float32Array, mean: number): void {
    if (!(mean > 0)) return;
    for (let p = 0; p < model.length; p++) {
      const from = plain[p] as number;
      const t = this.#place(from, 1 / mean);
      const q = Math.floor(t);
      const low = this.#shares[q] as number;
      const share = low + (t - q) * ((this.#shares[q + 1] as number) - low);
      model[p] = from + share * ((model[p] as number) - from);
    }
  }
}
