/** Grids that hold a count of frames exactly, the square-most first. */
export function shapesFor(frames: number, most = 6): readonly (readonly [rows: number, cols: number])[] {
  const out: (readonly [number, number])[] = [];
  const n = Math.floor(frames);
  for (let a = Math.floor(Math.sqrt(Math.max(0, n))); a >= 1 && out.length < most; a--)
    if (n % a === 0) {
      out.push([a, n / a]);
      if (a * a !== n && out.length < most) out.push([n / a, a]);
    }
  return out;
}

/** What a grid would do with the frames of a series, as a sentence. */
export function shapeFits(rows: number, cols: number, frames: number): string {
  if (!Number.isInteger(rows) || !Number.isInteger(cols) || rows < 1 || cols < 1)
    return "Rows and columns are whole numbers of at least 1.";
  const over = frames - rows * cols;
  if (over === 0) return "Holds every frame exactly.";
  return over > 0 ? `${over} frames would lie beyond the last position.` : `${-over} positions would stay empty.`;
}
