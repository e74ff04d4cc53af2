/** An image in which NaN marks pixels without a value. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly value: Float64Array;
}

/** Running mean of 2 * reach + 1 values along lines of `length` values `step` apart; places outside and NaN carry no weight. */
function smoothLine(value: Float64Array, weight: Float64Array, start: number, step: number, length: number, reach: number): void {
  const sums = new Float64Array(length + 1);
  const weights = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) {
    sums[i + 1] = sums[i] + value[start + i * step];
    weights[i + 1] = weights[i] + weight[start + i * step];
  }
  for (let i = 0; i < length; i++) {
    const from = Math.max(0, i - reach);
    const to = Math.min(length, i + reach + 1);
    value[start + i * step] = (sums[to] - sums[from]) / (2 * reach + 1);
    weight[start + i * step] = (weights[to] - weights[from]) / (2 * reach + 1);
  }
}

/** Blurs with a tent of half width 2 * reach + 1, which fills pixels without a value from those around; NaN where there are none. */
export function blurImage({ height, width, value }: Picture, reach: number): Picture {
  const sum = value.map((v) => (Number.isNaN(v) ? 0 : v));
  const weight = value.map((v) => (Number.isNaN(v) ? 0 : 1));
  for (let pass = 0; pass < 2; pass++) {
    for (let row = 0; row < height; row++) smoothLine(sum, weight, row * width, 1, width, reach);
    for (let col = 0; col < width; col++) smoothLine(sum, weight, col, width, height, reach);
  }
  // A pixel that no value reaches has a weight of rounding errors at most.
  return { height, width, value: sum.map((v, i) => (weight[i] > 1e-9 ? v / weight[i] : Number.NaN)) };
}

/** Means over squares of `side` pixels; an incomplete last row or column of squares counts what it has. */
export function binImage({ height, width, value }: Picture, side: number): Picture {
  const rows = Math.ceil(height / side);
  const cols = Math.ceil(width / side);
  const sum = new Float64Array(rows * cols);
  const count = new Float64Array(rows * cols);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const v = value[row * width + col];
      if (Number.isNaN(v)) continue;
      const at = Math.floor(row / side) * cols + Math.floor(col / side);
      sum[at] += v;
      count[at]++;
    }
  return { height: rows, width: cols, value: sum.map((v, i) => (count[i] > 0 ? v / count[i] : Number.NaN)) };
}
