/** Positions that must have been judged before the other method is taken. */
const LEAST_JUDGED = 8;
/** Standard errors by which its mean loss must be lower. */
const SURE = 2;
/** Share of the pixels that are the brightest, and of those that they are found by. */
const BRIGHT = 0.03;
const LOOKED_AT = 1 / 8;
/** Of the mean count: the least rate that a pixel is held for. A count where none can be would cost everything. */
const LEAST_RATE = 1e-4;

/**
 * Chooses between two estimates by how well they foretell counts that neither has seen: the Poisson loss mu - x ln mu. The second is taken
 * while its mean over positions is lower by more than two standard errors, and not higher on the brightest pixels, where a smooth estimate
 * would do the most harm.
 */
export class MethodChoice {
  #positions = 0;
  /** Loss of the second minus that of the first, and its square, summed over positions. */
  #sum = 0;
  #squares = 0;
  #bright = 0;

  /** Judges both by one position; `mean`: mean count per pixel; `used`: non-zero where a pixel is valid. */
  judge(first: Float32Array, second: Float32Array, counts: Float32Array, used: Uint8Array, mean: number): void {
    const least = LEAST_RATE * mean;
    const from = brightest(first, used);
    let [difference, bright] = [0, 0];
    for (let p = 0; p < counts.length; p++) {
      if (used[p] === 0) continue;
      const [a, b, x] = [(first[p] as number) + least, (second[p] as number) + least, counts[p] as number];
      const d = b - a - (x > 0 ? x * Math.log(b / a) : 0);
      difference += d;
      if ((first[p] as number) >= from) bright += d;
    }
    this.#positions++;
    this.#sum += difference;
    this.#squares += difference * difference;
    this.#bright += bright;
  }

  /** What was judged so far counts half: the first estimate has become better. */
  fade(): void {
    this.#positions *= 0.5;
    this.#sum *= 0.5;
    this.#squares *= 0.5;
    this.#bright *= 0.5;
  }

  /** Enough has been judged. */
  get decided(): boolean {
    return this.#positions >= LEAST_JUDGED;
  }

  /** Whether the second is to be taken. */
  get second(): boolean {
    const n = this.#positions;
    if (!this.decided) return false;
    const mean = this.#sum / n;
    const error = Math.sqrt(Math.max(0, this.#squares / n - mean * mean) / (n - 1));
    return mean < -SURE * error && this.#bright <= 0;
  }
}

/** The value that the brightest pixels have at least. */
function brightest(values: Float32Array, used: Uint8Array): number {
  const some: number[] = [];
  const step = 1 / LOOKED_AT;
  for (let p = 0; p < values.length; p += step) if (used[p] !== 0) some.push(values[p] as number);
  const sorted = Float32Array.from(some).sort();
  return sorted[Math.floor((1 - BRIGHT) * sorted.length)] ?? 0;
}
