/**
 * Excluded pixels and what they are filled from, one after another: number of the pixel, how many valid ones are among the eight around it,
 * the number of each. `used`: non-zero where a pixel is valid.
 */
export function listMasked(used: Uint8Array, height: number, width: number): Uint32Array {
  const list: number[] = [];
  for (let p = 0; p < used.length; p++) {
    if (used[p] !== 0) continue;
    const [row, col] = [Math.floor(p / width), p % width];
    const start = list.push(p, 0);
    for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
      for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++) if (used[r * width + c] !== 0) list.push(r * width + c);
    list[start - 1] = list.length - start;
  }
  return Uint32Array.from(list);
}

/** Excluded pixels get the mean of the valid ones around them, 0 where there are none. */
export function fillMasked(plane: Float32Array, list: Uint32Array): void {
  for (let i = 0; i < list.length; ) {
    const pixel = list[i++];
    const around = list[i++];
    let sum = 0;
    for (const next = i + around; i < next; i++) sum += plane[list[i]];
    plane[pixel] = around > 0 ? sum / around : 0;
  }
}
