import type { PatternMade } from "../core/denoise.js";

/** A denoised pattern that was made before anybody asked. */
export interface KeptPattern {
  readonly pixels: Float32Array;
  readonly made: PatternMade;
}

/**
 * Patterns of all series in a bounded memory. Of the oldest series those go first that were made or looked at longest ago: the ones made last are
 * of the first rows of a scan, whose frames go first.
 */
export class PatternCache {
  readonly #limit: number;
  readonly #series = new Map<number, Map<number, KeptPattern>>();
  #bytes = 0;

  /** `limit`: bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** At a scan index of a series. */
  put(series: number, at: number, pattern: KeptPattern): void {
    this.#forget(series, at);
    const kept = this.#series.get(series) ?? new Map<number, KeptPattern>();
    this.#series.set(series, kept);
    kept.set(at, pattern);
    this.#bytes += pattern.pixels.byteLength;
    while (this.#bytes > this.#limit) {
      const [oldest, patterns] = this.#series.entries().next().value as [number, Map<number, KeptPattern>];
      this.#forget(oldest, patterns.keys().next().value as number);
    }
  }

  get(series: number, at: number): KeptPattern | undefined {
    const kept = this.#series.get(series);
    const found = kept?.get(at);
    if (!kept || !found) return undefined;
    kept.delete(at);
    kept.set(at, found);
    return found;
  }

  #forget(series: number, at: number): void {
    const kept = this.#series.get(series);
    const old = kept?.get(at);
    if (!kept || !old) return;
    this.#bytes -= old.pixels.byteLength;
    kept.delete(at);
    if (kept.size === 0) this.#series.delete(series);
  }

  drop(series: number): void {
    for (const { pixels } of this.#series.get(series)?.values() ?? []) this.#bytes -= pixels.byteLength;
    this.#series.delete(series);
  }
}
