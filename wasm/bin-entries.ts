// Sums of entries by bin. The twin, to read first: src/kernels/bin-entries.ts.
import { COUNTS, FROM, PIXEL, TO } from "./window-frame";

// @ts-ignore: decorator
@inline
function addEntry(what: u32, bin: usize, weight: f32, out: usize): void {
  const at = out + ((<usize>load<u16>(bin + ((what & PIXEL) << 1))) << 2);
  store<f32>(at, load<f32>(at) + weight * <f32>(what >> COUNTS));
}

/** Adds entries times a weight to float32 bins; `bin`: that of each pixel, 16 bits. */
export function binEntries(entries: usize, end: usize, weight: f32, bin: usize, out: usize): void {
  for (; entries + 16 <= end; entries += 16) {
    addEntry(load<u32>(entries), bin, weight, out);
    addEntry(load<u32>(entries, 4), bin, weight, out);
    addEntry(load<u32>(entries, 8), bin, weight, out);
    addEntry(load<u32>(entries, 12), bin, weight, out);
  }
  for (; entries < end; entries += 4) addEntry(load<u32>(entries), bin, weight, out);
}

/** The same for `count` members of a window (addresses, 32 bits each) and their weights. */
export function binWindow(members: usize, count: usize, weights: usize, bin: usize, out: usize): void {
  for (let j: usize = 0; j < 4 * count; j += 4) {
    const weight = load<f32>(weights + j);
    if (weight == 0) continue;
    const frame = <usize>load<u32>(members + j);
    binEntries(load<u32>(frame, FROM), load<u32>(frame, TO), weight, bin, out);
  }
}

/** Sum of the counts of entries. */
export function countEntries(entries: usize, end: usize): f64 {
  let sum: u64 = 0;
  for (; entries < end; entries += 4) sum += load<u32>(entries) >> COUNTS;
  return <f64>sum;
}
