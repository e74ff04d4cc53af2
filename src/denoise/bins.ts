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
  // Written out: a scan lays them out some times before its first row is answered.
  const bin = new Uint16Array(used.length);
  const [all, valid] = [new Uint32Array(count), new Uint32Array(count)];
  for (let row = 0, p = 0; row < height; row++)
    for (let column = 0, b = Math.floor(row / side) * columns, left = side; column < width; column++, p++, left--) {
      if (left === 0) [b, left] = [b + 1, side];
      bin[p] = b;
      (all[b] as number)++;
      if (used[p]) (valid[b] as number)++;
    }
  const gain = new Float32Array(used.length);
  for (let p = 0; p < gain.length; p++) if (used[p]) gain[p] = (all[bin[p] as number] as number) / (valid[bin[p] as number] as number);
  return { count, bin, gain };
}
