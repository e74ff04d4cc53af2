import { MOST_BINS } from "./method.js";

/** Squares of pixels in which frames are compared. */
export interface Bins {
  readonly count: number;
  readonly bin: Uint16Array;
  /** 1 / share of the square that is valid; 0 for excluded pixels. */
  readonly gain: Float32Array;
}

/** `used`: non-zero where a pixel is valid. */
export function layOutBins(height: number, width: number, used: Uint8Array): Bins {
  const side = Math.max(2, Math.ceil(Math.max(height, width) / MOST_BINS));
  const columns = Math.ceil(width / side);
  const count = Math.ceil(height / side) * columns;
  const bin = Uint16Array.from(used, (_, p) => Math.floor(Math.floor(p / width) / side) * columns + Math.floor((p % width) / side));
  const [all, valid] = [new Uint32Array(count), new Uint32Array(count)];
  bin.forEach((b, p) => {
    (all[b] as number)++;
    if (used[p]) (valid[b] as number)++;
  });
  const gain = Float32Array.from(used, (u, p) => (u ? (all[bin[p] as number] as number) / (valid[bin[p] as number] as number) : 0));
  return { count, bin, gain };
}
