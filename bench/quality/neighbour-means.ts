// The peers that average over neighbouring positions, as plain as they can be written.
import type { TruthSet } from "./truth-set.js";

/** Positions and weights of an average; the weights need not add to 1. */
export type Average = (row: number, column: number) => readonly (readonly [position: number, weight: number])[];

/** Pixels are joined 4 by 4 for the comparison of two patterns. */
const BIN = 4;
/** The gate is open up to this statistic. */
const OPEN = 1;

/** Positions of a square window of 2 * reach + 1, cut off at the edges of the scan; the own one is among them. */
function windowAt({ rows, columns }: TruthSet, reach: number, row: number, column: number): number[] {
  const out: number[] = [];
  for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++)
    for (let c = Math.max(0, column - reach); c <= Math.min(columns - 1, column + reach); c++) out.push(r * columns + c);
  return out;
}

/** All positions alike. */
export const plainMean =
  (set: TruthSet, reach: number): Average =>
  (row, column) =>
    windowAt(set, reach, row, column).map((p) => [p, 1] as const);

/** Good pixels of every position, in bins. */
function binned({ counts, height, width, rows, columns, good }: TruthSet): { readonly bins: number; readonly values: Uint32Array } {
  const across = Math.ceil(width / BIN);
  const bins = across * Math.ceil(height / BIN);
  const values = new Uint32Array(rows * columns * bins);
  const binOf = Uint32Array.from(good, (p) => Math.floor(p / width / BIN) * across + Math.floor((p % width) / BIN));
  for (let position = 0; position < rows * columns; position++) {
    const from = position * height * width;
    good.forEach((p, i) => {
      const b = position * bins + (binOf[i] as number);
      values[b] = (values[b] as number) + (counts[from + p] as number);
    });
  }
  return { bins, values };
}

/** Whether two Poisson patterns of the same beam can be one: mean 0, variance 1 if so, at any dose. */
function pairStatistic(values: Uint32Array, x: number, y: number, bins: number): number {
  let [sum, variance] = [0, 0];
  for (let b = 0; b < bins; b++) {
    const n = (values[x + b] as number) + (values[y + b] as number);
    if (n === 0) continue;
    sum += ((values[x + b] as number) - (values[y + b] as number)) ** 2 / n - 1;
    variance += 2 - 2 / n;
  }
  return variance > 0 ? sum / Math.sqrt(variance) : 0;
}

/** Neighbours count by their likeness to the own pattern: exp(-max(z - 1, 0) / fall), z by the pair statistic. */
export function gatedMean(set: TruthSet, reach: number, fall: number): Average {
  const { bins, values } = binned(set);
  return (row, column) => {
    const own = row * set.columns + column;
    return windowAt(set, reach, row, column).map((p) => {
      const z = p === own ? 0 : pairStatistic(values, own * bins, p * bins, bins);
      return [p, Math.exp(-Math.max(z - OPEN, 0) / fall)] as const;
    });
  };
}

/** The estimate of an average; lent until the next call. */
export function averaged(set: TruthSet, average: Average): (row: number, column: number) => Float32Array {
  const pixels = set.height * set.width;
  const out = new Float32Array(pixels);
  return (row, column) => {
    const members = average(row, column);
    const total = members.reduce((s, [, w]) => s + w, 0);
    out.fill(0);
    for (const [position, weight] of members) {
      const from = position * pixels;
      for (let p = 0; p < pixels; p++) out[p] = (out[p] as number) + (weight / total) * (set.counts[from + p] as number);
    }
    return out;
  };
}
