import type { ScanGrid } from "../core/scan.js";

/** The last line with frames of each row: rows and lines are the same unless positions are listed. */
export function lastLines({ rows, columns, order, positions }: ScanGrid): Int32Array {
  if (order !== "positions" || !positions) return Int32Array.from({ length: rows }, (_, r) => r);
  const last = new Int32Array(rows).fill(-1);
  positions.forEach((at, n) => {
    if (at >= 0 && at < rows * columns) last[Math.floor(at / columns)] = Math.floor(n / columns);
  });
  return last;
}
