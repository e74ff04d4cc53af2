/** Adds the counts of a frame that is listed in entries, times a weight, to the bins of their pixels. */
export function binEntries(entries: Uint32Array, from: number, to: number, weight: number, bin: Uint16Array, out: Float32Array): void {
  for (let i = from; i < to; i++) out[bin[entries[i] & 0x1ffffff]] += weight * (entries[i] >>> 25);
}
