/** Numbers of a row. */
const COLUMNS = 48;

/** out[r] = sum over i of a[r, i] q[i], with rows of 48 numbers. `down`, `along`: numbers from one r, one i to the next. `out` is none of the others. */
export function combineRows(
  a: Float32Array,
  down: number,
  along: number,
  rows: number,
  count: number,
  q: Float32Array,
  out: Float32Array,
): void {
  const sum = new Float64Array(COLUMNS);
  for (let r = 0; r < rows; r++) {
    sum.fill(0);
    for (let i = 0; i < count; i++) {
      const share = a[r * down + i * along];
      for (let c = 0, at = i * COLUMNS; c < COLUMNS; c++, at++) sum[c] += share * q[at];
    }
    out.set(sum, r * COLUMNS);
  }
}
