/** Adds the counts of a frame that is listed in entries, times a weight, to a plane. */
export function spreadEntries(entries: Uint32Array, from: number, to: number, weight: number, plane: Float32Array): void {
  for (let i = from; i < to; i++) plane[entries[i] & 0x1ffffff] += weight * (entries[i] >>> 25);
}
